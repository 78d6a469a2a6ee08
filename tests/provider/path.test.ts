import { expect } from "chai";
import fc from "fast-check";
import { byText, isSamePath, isWithin, pathText, type Path } from "../../provider/path";

describe("pathText", () => {
  const table: [Path, string][] = [
    [[], ""],
    [["host"], "host"],
    [["extra", "sslmode"], "extra.sslmode"],
    [["extra", "hosts", 0, "name"], "extra.hosts[0].name"],
    [["extra", "fs.s3a.key"], 'extra["fs.s3a.key"]'],
    [["extra", "fs:s3a", "k"], 'extra["fs:s3a"].k'],
    [["extra", "a b"], 'extra["a b"]'],
    [["extra", ""], 'extra[""]'],
    [["extra", 'say "x"'], 'extra["say \\"x\\""]'],
    [["extra", "line\nbreak"], 'extra["line\\nbreak"]'],
    [["extra", "[0]"], 'extra["[0]"]'],
    [["extra", "__proto__"], "extra.__proto__"],
    [["a.b"], '["a.b"]'],
    [[0], "[0]"],
  ];
  for (const [path, text] of table)
    it(`of ${JSON.stringify(path)} is ${text}`, () => {
      expect(pathText(path)).to.equal(text);
    });

  it("is one line, and another one for another path", () => {
    const paths = fc.array(
      fc.oneof(fc.nat({ max: 3 }), fc.string({ unit: fc.constantFrom(...'ab0.:[]"\\ \n'), maxLength: 4 })),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        expect(pathText(a)).not.to.contain("\n");
        expect(pathText(a) === pathText(b)).to.equal(isSamePath(a, b));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("paths", () => {
  it("lie within themselves and what is above them, by whole keys", () => {
    const path: Path = ["extra", "a", 0];
    for (const ancestor of [[], ["extra"], ["extra", "a"], path]) expect(isWithin(path, ancestor)).to.equal(true);
    for (const other of [["extr"], ["extra", "a", "0"], ["extra", "a", 0, "b"], ["a"]])
      expect(isWithin(path, other), pathText(other)).to.equal(false);
  });

  it("are the same key by key, not by text", () => {
    expect(isSamePath(["extra", "a.b"], ["extra", "a", "b"])).to.equal(false);
    expect(isSamePath(["extra"], ["extra", "a"])).to.equal(false);
    expect(isSamePath(["extra", 0], ["extra", 0])).to.equal(true);
  });

  it("are sorted by their texts", () => {
    const sorted: Path[] = [["extra", "a.b"], ["extra", "a"], ["extra"], ["host"], ["description"]].sort(byText);
    expect(sorted.map(pathText)).to.deep.equal(["description", "extra", "extra.a", 'extra["a.b"]', "host"]);
    expect(byText(["a"], ["a"])).to.equal(0);
  });
});
