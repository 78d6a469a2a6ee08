import { expect } from "chai";
import { completed } from "../../../provider/plugin/completion";
import { connectionKind, nativeKinds, parseUrn, type NativeKind } from "../../../provider/plugin/kinds";
import { settingsOf, settingsProblems } from "../../../provider/plugin/settings";
import type { Path } from "../../../provider/path";
import type { Kind } from "../../../provider/resources/contract";
import { UNKNOWN } from "../../../provider/resources/declaration/values";

const settings = settingsOf({ store: "local:.airflow-env" });
const urn = (name: string) => `urn:pulumi:prod::acme::my:component:Thing$airflow-env:index:Connection::${name}`;
const kindOf = (kind: Kind): NativeKind => nativeKinds.find((one) => one.kind === kind) ?? connectionKind;
const complete = (kind: NativeKind, inputs: object, secrets: Path[] = [], using = settings) =>
  completed(kind, urn("wh"), { properties: { ...inputs }, secrets }, using);

describe("what a program may leave out", () => {
  it("is read from the URN, whose name may hold the separator", () => {
    expect(parseUrn(urn("a::b"))).to.deep.equal({
      project: "acme",
      stack: "prod",
      type: "airflow-env:index:Connection",
      name: "a::b",
    });
  });

  it("is the owner, the id and the store", () => {
    const workspace = { name: "data" };
    expect(complete(connectionKind, { workspace }).properties).to.deep.equal({
      owner: "organization/acme/prod::wh",
      connId: "wh",
      workspace: { name: "data", store: "local:.airflow-env" },
    });
    expect(complete(kindOf("workspace"), {}).properties).to.include({ name: "wh", store: "local:.airflow-env" });
    expect(complete(kindOf("variable"), { workspace }).properties).to.include({ key: "wh" });
    expect(complete(kindOf("deployment"), { workspace }).properties).to.include({ name: "wh" });
  });

  it("is not touched where the program gives it", () => {
    const given = { connId: "id", workspace: { name: "data", store: "vault://a/b" } };
    expect(complete(connectionKind, given).properties).to.deep.include(given);
    expect(complete(connectionKind, { workspace: UNKNOWN }).properties["workspace"]).to.equal(UNKNOWN);
  });

  it("takes the organization and the kind of preview from the configuration", () => {
    const { owner, liveDiff } = complete(
      connectionKind,
      {},
      [],
      settingsOf({ organization: "acme", liveDiff: "false" }),
    ).properties;
    expect({ owner, liveDiff }).to.deep.equal({ owner: "acme/acme/prod::wh", liveDiff: false });
  });

  it("keeps all parts of a secret URI secret", () => {
    expect(complete(connectionKind, { uri: "x" }, [["uri"]]).properties["secretUri"]).to.equal(true);
    expect(complete(connectionKind, { uri: "x" }).properties).to.not.have.property("secretUri");
  });
});

describe("clear", () => {
  const link = kindOf("connection-link");
  const override = kindOf("override");

  it("sets null where YAML and typed arguments cannot", () => {
    const inputs = { fields: { host: "h", extra: { a: 1 } }, clear: ["login", "extra.role", "extra.a.b"] };
    expect(complete(override, inputs).properties["fields"]).to.deep.equal({
      host: "h",
      login: null,
      extra: { a: 1, role: null, "a.b": null },
    });
    expect(complete(link, { clear: ["extra"] }).properties["overrides"]).to.deep.equal({ extra: null });
  });

  const refused: [name: string, inputs: object, reason: string][] = [
    [
      "what has a value too",
      { fields: { login: "x" }, clear: ["login"] },
      "clear: names login, which has a value here",
    ],
    ["an extra that has one", { fields: { extra: { a: 1 } }, clear: ["extra.a"] }, "clear: names extra.a, which has"],
    ["what is no list", { fields: {}, clear: "login" }, "clear: must be a list of field names"],
    ["a key of an extra that is text", { fields: { extra: "{}" }, clear: ["extra.a"] }, "clear: extra.a needs extra"],
  ];
  for (const [name, inputs, reason] of refused)
    it(`refuses ${name}`, () => {
      const [problem] = complete(override, inputs).problems;
      expect(`${problem?.path.join(".")}: ${problem?.reason}`).to.contain(reason);
    });

  it("is left to the schema of other kinds, which has no such input", () => {
    expect(complete(connectionKind, { clear: ["login"] }).properties).to.have.property("clear");
  });
});

describe("a class of one connection type", () => {
  const snowflake = { ...connectionKind, connType: "snowflake" };

  it("puts its extras into extra, and knows where their secrets are then", () => {
    const inputs = { login: "etl", account: "acme", privateKeyContent: "pem", extra: { other: 1 } };
    const { properties, secrets, problems } = complete(snowflake, inputs, [["privateKeyContent"], ["login"]]);
    expect(problems).to.deep.equal([]);
    expect(properties).to.deep.include({ connType: "snowflake", login: "etl" });
    expect(properties["extra"]).to.deep.equal({ other: 1, account: "acme", private_key_content: "pem" });
    expect(secrets).to.deep.equal([["extra", "private_key_content"], ["login"]]);
  });

  it("refuses an extra that is given twice, and an extra that is no object", () => {
    const twice = complete(snowflake, { account: "a", extra: { account: "b" } }).problems;
    expect(twice[0]?.reason).to.equal("and extra.account are the same field; give one of them");
    expect(complete(snowflake, { account: "a", extra: "{}" }).problems[0]?.path).to.deep.equal(["extra"]);
  });

  it("does not know its extras while one part of them is not known", () => {
    expect(complete(snowflake, { account: "a", extra: UNKNOWN }).properties["extra"]).to.equal(UNKNOWN);
  });
});

describe("the provider's configuration", () => {
  it("may be empty, and a text or a boolean", () => {
    expect(settingsOf({})).to.deep.equal({ liveDiff: true, organization: "organization" });
    expect(settingsOf({ liveDiff: false }).liveDiff).to.equal(false);
  });

  const refused: [configuration: object, path: string][] = [
    [{ store: "nothing:x" }, "store"],
    [{ liveDiff: "no" }, "liveDiff"],
    [{ organization: "" }, "organization"],
  ];
  for (const [configuration, path] of refused)
    it(`is refused for ${JSON.stringify(configuration)}`, () => {
      expect(settingsProblems({ ...configuration }).map((problem) => problem.path)).to.deep.equal([[path]]);
      expect(() => settingsOf({ ...configuration })).to.throw(`airflow-env:${path}`);
    });
});
