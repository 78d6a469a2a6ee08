import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  findConnectionType,
  findExtra,
  validateAgainstCatalog,
  type ExtraField,
  type FindingCode,
} from "../../catalog/lookup";

/** What the providers' pages document of the most used types, as the catalog's generator is given it. */
function documentedKeys(): Map<string, string[]> {
  const source = readFileSync(join(__dirname, "../../catalog/extras.py"), "utf8");
  const table = source.slice(source.indexOf("DOCUMENTED: dict"));
  return new Map(
    [...table.matchAll(/^ {4}"(\w+)": \(([^)]*)\)/gm)].map(([, type = "", parts = ""]) => {
      const [, ...keys] = [...parts.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text);
      return [type, keys.join("").split(" ")];
    }),
  );
}

/** A value of each type that a key takes; of unknown types any. */
function samplesOf({ key, types, enum: allowed, converts }: ExtraField): unknown[] {
  if (allowed !== undefined) return [...allowed];
  const ofType = { string: converts ? "1" : `/path/of/${key}`, boolean: true, integer: 1, number: 1.5, array: ["a"], object: { a: 1 } };
  return types.length === 0 ? ["text", 1, true, ["a"], { a: 1 }] : types.map((type) => ofType[type]);
}

/** Advice about what a value is, not about whether the key is known. */
const OF_VALUES: FindingCode[] = ["private-key-path", "driver-in-extra"];

describe("the most used types", () => {
  const documented = documentedKeys();

  it("are at least 30, with the pages that list their keys", () => {
    expect(documented.size).to.be.at.least(30);
    expect(documented.get("ssh")).to.include.members(["key_file", "private_key", "ciphers"]);
    expect([...documented.values()].flat().length).to.be.at.least(270);
  });

  for (const [type, keys] of documented)
    it(`${type}: every documented key has an input, a type or a reader, and is accepted without a word`, () => {
      for (const key of keys) {
        const extra = findExtra(type, key);
        if (!extra) throw new Error(`${type}.${key} has no input`);
        // Known from the form, the hooks' code or the library that extra is handed on to; a page alone must say the type.
        const isRead = extra.source === undefined || extra.source === "code" || extra.source === "library";
        expect(isRead || extra.types.length > 0, `${key}: who reads it`).to.equal(true);
        for (const value of samplesOf(extra)) {
          const { errors, warnings } = validateAgainstCatalog({ connType: type, extra: { [key]: value } });
          const said = [...errors, ...warnings].filter(({ code }) => !OF_VALUES.includes(code));
          expect(said, `${key} = ${JSON.stringify(value)}`).to.deep.equal([]);
        }
      }
      expect(findConnectionType(type)?.extras.length).to.be.at.least(keys.length);
    });
});
