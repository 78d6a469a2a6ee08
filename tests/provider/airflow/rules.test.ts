import { expect } from "chai";
import fc from "fast-check";
import { MAX_DEPTH } from "../../../catalog/depth";
import {
  DISTINCT_PASSWORDS_WARNING,
  slowLookupWarning,
  validateJson,
  validateVariable,
} from "../../../provider/airflow/rules";
import { pathText } from "../../../provider/path";
import { validConnections, wildConnections } from "../projection/arbitraries";
import { renderConnections, type EffectiveConnection, validateConnection } from "../../fakes/effective";

const valid: EffectiveConnection = { connId: "pg", connType: "postgres" };

/** Fields with a problem when `fields` are set on a valid connection, whatever their static type. */
function problemFields(fields: object): string[] {
  return validateConnection({ ...valid, ...fields }).map((problem) => problem.field);
}

function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}

describe("validateConnection", () => {
  it("accepts whatever Airflow reads back", () => {
    fc.assert(
      fc.property(validConnections, (connection) => {
        expect(validateConnection(connection)).to.deep.equal([]);
      }),
    );
  });

  it("never throws, and whatever it accepts can be rendered", () => {
    fc.assert(
      fc.property(wildConnections, (connection) => {
        if (validateConnection(connection).length === 0) renderConnections([connection]);
      }),
    );
  });

  for (const connId of ["a", "A-1_.b", "a".repeat(200), ".", "-", "__proto__", "a.b.c"]) {
    it(`accepts the id ${connId.slice(0, 20)}`, () => expect(problemFields({ connId })).to.deep.equal([]));
  }

  for (const connId of [
    "",
    "a".repeat(201),
    "a b",
    "a/b",
    "..",
    "a..b",
    "é",
    "a\n",
    "#a",
    "a:b",
    "a(b)",
    1,
    null,
    undefined,
  ]) {
    it(`refuses the id ${JSON.stringify(connId)?.slice(0, 20)}`, () =>
      expect(problemFields({ connId })).to.deep.equal(["connId"]));
  }

  for (const [field, value] of [
    ["connType", ""],
    ["connType", undefined],
    ["connType", 1],
    ["connType", "a\ud800"],
    ["host", 1],
    ["host", "\udc00"],
    ["login", true],
    ["password", {}],
    ["password", ""],
    ["schema", ["a"]],
    ["description", 1n],
    ["port", "5432"],
    ["port", 1.5],
    ["port", NaN],
    ["port", Infinity],
    ["port", true],
    ["port", 2 ** 31],
    ["port", 2 ** 60],
    ["extra", "{}"],
    ["extra", []],
    ["extra", 1],
    ["extra", new Date(0)],
    ["extra", new Map()],
    ["extra", { [Symbol("lost")]: 1 }],
  ] as const) {
    it(`refuses ${field}: ${typeof value} ${String(value).slice(0, 20)}`, () =>
      expect(problemFields({ [field]: value })).to.deep.equal([field]));
  }

  for (const port of [0, -0, -1, 1, 65535, 99999, 2 ** 31 - 1]) {
    it(`accepts the port ${port}`, () => expect(problemFields({ port })).to.deep.equal([]));
  }

  for (const [value, field] of [
    [undefined, "extra.k"],
    [() => 1, "extra.k"],
    [NaN, "extra.k"],
    [-Infinity, "extra.k"],
    [1n, "extra.k"],
    [2 ** 53, "extra.k"],
    [1e300, "extra.k"],
    ["\ud800", "extra.k"],
    [[1, { z: "\ud800" }], "extra.k[1].z"],
    [[undefined], "extra.k[0]"],
    [new Array(2), "extra.k[0]"],
    [{ "\ud800": 1 }, "extra.k"],
    [new Date(0), "extra.k"],
    [new Uint8Array(1), "extra.k"],
    [{ toJSON: () => "other" }, "extra.k.toJSON"],
  ] as const) {
    it(`refuses in extra: ${Object.prototype.toString.call(value)} at ${field}`, () =>
      expect(problemFields({ extra: { k: value } })[0]).to.equal(field));
  }

  for (const value of [
    null,
    true,
    "",
    -0,
    1.5,
    2 ** 53 - 1,
    5e-324,
    [],
    {},
    [[null]],
    JSON.parse('{"__proto__":{}}'),
  ]) {
    it(`accepts in extra: ${JSON.stringify(value)}`, () =>
      expect(problemFields({ extra: { k: value as unknown } })).to.deep.equal([]));
  }

  it("counts the levels of extra", () => {
    expect(problemFields({ extra: nested(MAX_DEPTH) })).to.deep.equal([]);
    expect(problemFields({ extra: nested(MAX_DEPTH + 1) })).to.have.length(1);
    expect(problemFields({ extra: nested(100_000) })).to.have.length(1);
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    expect(problemFields({ extra: cyclic })).to.have.length(1);
    const wide: unknown[] = [];
    wide.push(wide, wide);
    expect(problemFields({ extra: { wide } })).not.to.deep.equal([]);
  });

  it("accepts objects of another realm and without prototype", () => {
    const extra = Object.assign(Object.create(null) as Record<string, unknown>, { a: structuredClone({ b: 1 }) });
    expect(problemFields({ extra })).to.deep.equal([]);
  });

  it("never shows a value", () => {
    const secret = "canary-5e1f";
    const problems = validateConnection({
      connId: `${secret} `,
      connType: `${secret}\ud800`,
      password: `${secret}\ud800`,
      port: secret,
      extra: { k: `${secret}\ud800` },
    } as unknown as EffectiveConnection);
    expect(problems).to.have.length(5);
    expect(JSON.stringify(problems)).not.to.contain(secret);
  });
});

describe("validateVariable", () => {
  const problemPaths = (key: unknown, value: unknown) =>
    validateVariable(key as string, value).map(({ path }) => pathText(path));

  for (const value of ["", "plain", '{"json": [1, null]}', "line\nline", "\0", "👩🏽‍🚀", "x".repeat(1_000_000)])
    it(`accepts the value ${JSON.stringify(value).slice(0, 20)}`, () =>
      expect(problemPaths("key", value)).to.deep.equal([]));

  for (const value of [1, true, {}, ["a"], 1n])
    it(`refuses a value of type ${typeof value}: Airflow reads text`, () =>
      expect(problemPaths("key", value)).to.deep.equal(["value"]));

  it("refuses half a surrogate pair", () => {
    expect(problemPaths("key", "a\ud800")).to.deep.equal(["value"]);
  });

  for (const key of ["a", "A-1_.b", "a".repeat(200), "__proto__"])
    it(`accepts the key ${key.slice(0, 20)}`, () => expect(problemPaths(key, "v")).to.deep.equal([]));

  for (const key of ["", "a".repeat(201), "a b", "a/b", "a..b", "é", 1, null, undefined])
    it(`refuses the key ${JSON.stringify(key)?.slice(0, 20)}`, () =>
      expect(problemPaths(key, "v")).to.deep.equal(["key"]));

  it("never shows a value", () => {
    const secret = "canary-5e1f";
    const problems = validateVariable(`${secret} `, `${secret}\ud800`);
    expect(problems).to.have.length(2);
    expect(JSON.stringify(problems)).not.to.contain(secret);
  });
});

describe("validateJson", () => {
  it("names problems by paths that begin with the given one", () => {
    expect(validateJson({ a: [1, "\ud800"] }, ["value"]).map(({ path }) => path)).to.deep.equal([["value", "a", 1]]);
    expect(validateJson({ "a.b": NaN }, ["extra"]).map(({ path }) => pathText(path))).to.deep.equal(['extra["a.b"]']);
    expect(validateJson("text", ["value"])).to.deep.equal([]);
  });
});

describe("slowLookupWarning", () => {
  const passwords = Array.from({ length: DISTINCT_PASSWORDS_WARNING + 1 }, (_, index) => `p${index}`);

  it("counts each password once and none for no password", () => {
    expect(slowLookupWarning([...passwords, "p0", "p1", undefined, ""])).to.match(/^51 connections/);
    expect(slowLookupWarning([...passwords.slice(1), "p1", undefined, ""])).to.equal(undefined);
  });

  it("warns only above the threshold", () => {
    expect(slowLookupWarning(passwords.slice(1))).to.equal(undefined);
    expect(slowLookupWarning(passwords)).to.match(/^51 connections/);
  });

  it("shows no password", () => {
    const secrets = passwords.map((password) => `canary-${password}`);
    expect(slowLookupWarning(secrets)).not.to.contain("canary");
  });
});
