import { expect } from "chai";
import fc from "fast-check";
import type { ConnectionFields, FieldOverrides } from "../../../provider/airflow/connection";
import { applyOverrides, mergePatch } from "../../../provider/airflow/merge";

/** https://www.rfc-editor.org/rfc/rfc7396#appendix-A: original, patch, result. */
const RFC_7396_APPENDIX_A = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', "{}"],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', "null", "null"],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
  ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
] as const;

const keys = fc.constantFrom("a", "b", "c", "__proto__", "constructor", "10");
const json = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, 0, 1, "", "x", true),
    fc.array(fc.constantFrom<unknown>(null, 1, "y"), { maxLength: 2 }),
    tie("object"),
  ),
  object: fc
    .array(fc.tuple(keys, tie("value")), { maxLength: 4 })
    .map((entries): object => Object.fromEntries(entries) as object),
}));

describe("mergePatch", () => {
  for (const [original, patch, result] of RFC_7396_APPENDIX_A)
    it(`${original} with ${patch} is ${result}`, () => {
      expect(mergePatch(JSON.parse(original), JSON.parse(patch))).to.deep.equal(JSON.parse(result));
    });

  it("applied twice is the same as once", () => {
    fc.assert(
      fc.property(json.value, json.value, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).to.deep.equal(once);
      }),
    );
  });

  it("with an empty patch changes nothing", () => {
    fc.assert(
      fc.property(json.object, (target) => {
        expect(mergePatch(target, {})).to.deep.equal(target);
      }),
    );
  });

  it("changes neither argument", () => {
    fc.assert(
      fc.property(json.value, json.value, (target, patch) => {
        const [targetBefore, patchBefore] = [structuredClone(target), structuredClone(patch)];
        mergePatch(target, patch);
        expect([target, patch]).to.deep.equal([targetBefore, patchBefore]);
      }),
    );
  });

  it("treats __proto__ as a key like any other", () => {
    const patch: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
    const merged = mergePatch({}, patch) as object;
    expect(JSON.stringify(merged)).to.equal('{"__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(merged)).to.equal(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
  });
});

describe("applyOverrides", () => {
  const base: ConnectionFields = {
    connType: "postgres",
    host: "db",
    login: "etl",
    port: 5432,
    extra: { sslmode: "require", pool: { size: 5, recycle: 60 } },
  };
  const table: [string, FieldOverrides, Partial<ConnectionFields>, (keyof ConnectionFields)[]][] = [
    ["no field", {}, {}, []],
    ["an undefined field inherits", { host: undefined }, {}, []],
    ["a value replaces", { host: "db.prod" }, { host: "db.prod" }, []],
    ["an empty string is a value", { host: "" }, { host: "" }, []],
    ["zero is a value", { port: 0 }, { port: 0 }, []],
    ["null clears", { login: null, port: null }, {}, ["login", "port"]],
    ["a field that the base lacks is added", { schema: "dw" }, { schema: "dw" }, []],
    ["clearing what is not set is nothing", { schema: null }, {}, []],
    ["null clears all of extra", { extra: null }, {}, ["extra"]],
    [
      "extra merges key by key, at every level",
      { extra: { sslmode: null, pool: { size: 9 }, app: "x" } },
      { extra: { pool: { size: 9, recycle: 60 }, app: "x" } },
      [],
    ],
  ];
  for (const [what, overrides, changed, cleared] of table)
    it(what, () => {
      const expected: Partial<ConnectionFields> = { ...base, ...changed };
      for (const field of cleared) Reflect.deleteProperty(expected, field);
      expect(applyOverrides(base, overrides)).to.deep.equal(expected);
    });

  it("gives the base itself when nothing is set, so that what is derived from it is derived once", () => {
    for (const nothing of [{}, { host: undefined }, { connType: "mysql" } as FieldOverrides])
      expect(applyOverrides(base, nothing)).to.equal(base);
    expect(applyOverrides(base, { host: "db" }), "a value, even an equal one").not.to.equal(base);
  });

  it("changes neither argument", () => {
    const overrides: FieldOverrides = { host: null, extra: { pool: { size: 9 } } };
    const before = structuredClone({ base, overrides });
    applyOverrides(base, overrides);
    expect({ base, overrides }).to.deep.equal(before);
  });

  it("never replaces the connection type", () => {
    expect(applyOverrides(base, { connType: "mysql" } as FieldOverrides).connType).to.equal("postgres");
  });
});
