import { expect } from "chai";
import fc from "fast-check";
import type { EffectiveConnection } from "../../../provider/model/effective";
import { renderConnections } from "../../../provider/projection/render";
import {
  distinctPasswords,
  DISTINCT_PASSWORDS_WARNING,
  MAX_EXTRA_DEPTH,
  slowLookupWarning,
  validateConnection,
  validateFile,
} from "../../../provider/projection/validate";
import { validConnections, wildConnections } from "./arbitraries";

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
    expect(problemFields({ extra: nested(MAX_EXTRA_DEPTH) })).to.deep.equal([]);
    expect(problemFields({ extra: nested(MAX_EXTRA_DEPTH + 1) })).to.have.length(1);
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

describe("validateFile", () => {
  const rendered = renderConnections([
    { connId: "small", connType: "http" },
    { connId: "large", connType: "http", host: "h".repeat(500) },
  ]);

  it("accepts exactly the limit and refuses one byte more", () => {
    const bytes = Buffer.byteLength(rendered.text);
    expect(validateFile(rendered, bytes)).to.deep.equal([]);
    expect(validateFile(rendered, bytes - 1)).to.have.length(1);
    expect(validateFile(rendered, Infinity)).to.deep.equal([]);
  });

  it("names the largest first, with sizes, without values", () => {
    const [problem] = validateFile(rendered, 100);
    expect(problem?.reason).to.match(/largest: "large" \(\d+ bytes\), "small" \(\d+ bytes\)/);
    expect(problem?.reason).not.to.contain("hhh");
  });
});

describe("distinctPasswords", () => {
  const withPasswords = (passwords: (string | undefined)[]): EffectiveConnection[] =>
    passwords.map((password, index) => ({ ...valid, connId: `c${index}`, password }));

  it("counts each password once and none for no password", () => {
    expect(distinctPasswords(withPasswords(["a", "b", "a", undefined, ""]))).to.equal(2);
  });

  it("warns only above the threshold", () => {
    const passwords = Array.from({ length: DISTINCT_PASSWORDS_WARNING + 1 }, (_, index) => `p${index}`);
    expect(slowLookupWarning(withPasswords(passwords.slice(1)))).to.equal(undefined);
    expect(slowLookupWarning(withPasswords(passwords))).to.match(/^51 connections/);
  });
});
