import { expect } from "chai";
import fc from "fast-check";
import { changedPaths } from "../../../provider/environment/compare";
import { pathText } from "../../../provider/path";

const changedTexts = (a: object | undefined, b: object | undefined) => changedPaths(a, b).map(pathText);

describe("changedPaths", () => {
  const table: [string, object | undefined, object | undefined, string[]][] = [
    ["equal", { a: 1, extra: { b: [1, { c: 2 }] } }, { extra: { b: [1, { c: 2 }] }, a: 1 }, []],
    ["nothing and nothing", undefined, {}, []],
    ["absent and undefined are equal", { a: undefined }, {}, []],
    ["null is not absent", { a: null }, {}, ["a"]],
    ["replaced", { a: 1 }, { a: 2 }, ["a"]],
    ["type only", { port: 5432 }, { port: "5432" }, ["port"]],
    ["added and removed, sorted", { b: 1 }, { a: 1 }, ["a", "b"]],
    ["extra key by key", { extra: { x: 1, y: 2 } }, { extra: { x: 1, y: 3, z: 4 } }, ["extra.y", "extra.z"]],
    ["extra that appears", {}, { extra: { x: 1 } }, ["extra.x"]],
    ["extra that goes", { extra: { x: 1 } }, {}, ["extra.x"]],
    ["an empty extra is none", {}, { extra: {} }, []],
    ["extra cleared by null", { extra: { x: 1 } }, { extra: null }, ["extra.x"]],
    ["other objects as a whole", { target: { a: 1, b: 2 } }, { target: { a: 1, b: 3 } }, ["target"]],
    ["lists as a whole", { exclude: ["a"] }, { exclude: ["a", "b"] }, ["exclude"]],
    ["members of Object are fields like any other", { toString: 1 }, {}, ["toString"]],
  ];
  for (const [what, a, b, expected] of table)
    it(what, () => {
      expect(changedTexts(a, b)).to.deep.equal(expected);
      expect(changedTexts(b, a)).to.deep.equal(expected);
    });

  it("keeps a key of extra whole, whatever it holds", () => {
    const [a, b] = [{ extra: { "fs.s3a:key": 1, "a[0]": 1 } }, { extra: { "fs.s3a:key": 2, "a[0]": 2 } }];
    expect(changedPaths(a, b)).to.deep.equal([
      ["extra", "a[0]"],
      ["extra", "fs.s3a:key"],
    ]);
  });

  it("never contains a value", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        const before = { password: a, extra: { token: a, nested: { key: a } } };
        const after = { password: b, extra: { token: b, nested: { key: b } } };
        expect(changedTexts(before, after).join()).to.equal(a === b ? "" : "extra.nested,extra.token,password");
      }),
    );
  });
});
