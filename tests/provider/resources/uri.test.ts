import { expect } from "chai";
import type { ConnectionDocument } from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { UNKNOWN_ON_THE_WIRE } from "../../../provider/pulumi/wire";
import { inputs } from "../../fakes/world";
import { CANARY, expectUnchanged, Stack } from "./stack";

const SECRET = encodeURIComponent(CANARY);
const URI = `postgresql://etl:${SECRET}@DB.internal:5433/dw?sslmode=require`;
const reference = { valueFrom: { env: "AIRFLOW_CONN_WAREHOUSE" } };
const KEY = documentKeys.connection("data", "warehouse");

/** A connection given by its URI: the fake's `connType` is one more field beside it. */
function declared(uri: unknown, more: object = {}) {
  const { connType: _, ...given } = inputs.connection("warehouse", { sharing: "LinkedToAll", ...more });
  return { ...given, uri };
}

async function problemsOf(uri: unknown, more: object = {}): Promise<string[]> {
  const stack = new Stack();
  await stack.createWorkspace("prod");
  const { checked } = await stack.resource("connection").preview({ ...declared(uri), ...more });
  expect(JSON.stringify(checked.failures)).to.not.contain(CANARY);
  return checked.failures.map(({ reason }) => reason);
}

async function warningsOf(news: Record<string, unknown>, environment = {}): Promise<string[]> {
  const stack = new Stack();
  await stack.createWorkspace("prod");
  return (await stack.resource("connection").preview(news, { environment })).process.warnings;
}

/** Paths of what is sealed in Pulumi's wire form. */
function sealedIn(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("4dabf18193072939515e22adb298388d" in value) return [path];
  return Object.entries(value).flatMap(([key, item]) => sealedIn(item, path === "" ? key : `${path}.${key}`));
}

describe("a connection by its URI", () => {
  it("is stored, written and recorded by the fields that Airflow reads", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared(URI, { description: "from the old installation" }));
    expect(stack.world.content("prod")?.["warehouse"]).to.deep.include({
      conn_type: "postgres",
      host: "db.internal",
      login: "etl",
      password: CANARY,
      schema: "dw",
      port: 5433,
      extra: { sslmode: "require" },
      description: "from the old installation",
    });
    expect(connection.inputs).to.include({ connType: "postgres", host: "db.internal", port: 5433 });
    expect(connection.inputs).to.not.have.any.keys("uri", "secretUri");
    expect(connection.outputs).to.not.have.any.keys("uri", "secretUri");
    await expectUnchanged(connection, declared(URI, { description: "from the old installation" }));
  });

  it("is the same as its fields: from one to the other nothing changes", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared("http://u:longenough@h:1/s"));
    const parts = { connType: "http", host: "h", login: "u", password: "longenough", port: 1, schema: "s" };
    await expectUnchanged(connection, inputs.connection("warehouse", { sharing: "LinkedToAll", ...parts }));
  });

  it("shows which field changes with it", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared("http://u:longenough@h"));
    const { checked } = await connection.preview(declared("http://u:longenough@other"));
    expect(checked.inputs["appliesTo"]).to.contain("host").and.not.contain("password");
  });

  it("has its secrets sealed, by the rules of its type; of a secret URI all but the type", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const sealed = async (news: object) =>
      sealedIn((await stack.resource("connection").preview({ ...news })).checked.inputs).sort();
    expect(await sealed(declared(`${URI}&sslpassword=x123456`))).to.deep.equal(["extra.sslpassword", "password"]);
    expect(await sealed(declared(URI, { secretExtra: true }))).to.deep.equal(["extra", "password"]);
    expect(await sealed(declared(URI, { secretUri: true }))).to.deep.equal([
      "extra",
      "host",
      "login",
      "password",
      "port",
      "schema",
    ]);
  });

  it("reads a whole extra, an empty password and empty parts", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const extra = encodeURIComponent('{"timeout":30,"nested":{"a":[true]}}');
    await stack.create("connection", declared(`http://:@/?__extra__=${extra}`));
    expect(stack.world.document<ConnectionDocument>(KEY)?.base).to.deep.equal({
      connType: "http",
      extra: { timeout: 30, nested: { a: [true] } },
    });
  });

  it("is taken as good and as changed while it is not known", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared(URI));
    const { checked, diff } = await connection.preview(declared(UNKNOWN_ON_THE_WIRE));
    expect(checked.failures).to.deep.equal([]);
    expect(checked.inputs).to.include({ connType: UNKNOWN_ON_THE_WIRE, password: UNKNOWN_ON_THE_WIRE });
    expect(diff?.changes).to.equal(true);
  });

  for (const part of ["connType", "host", "login", "password", "schema", "port", "extra"])
    it(`is refused beside ${part}`, async () => {
      const value = part === "port" ? 1 : part === "extra" ? { a: 1 } : CANARY;
      for (const uri of [URI, reference, UNKNOWN_ON_THE_WIRE])
        expect(await problemsOf(uri, { [part]: value })).to.deep.equal([
          `${part}: is given beside uri, which says it too; leave out one of the two`,
        ]);
    });

  it("is taken beside parts that an export leaves empty, and an empty one beside the parts", async () => {
    const empty = { connType: null, host: "", login: null, password: "", schema: "", port: null, extra: "" };
    expect(await problemsOf(URI, empty)).to.deep.equal([]);
    for (const uri of [null, ""]) expect(await problemsOf(uri, { connType: "http" })).to.deep.equal([]);
  });

  const refused: [uri: unknown, problem: string][] = [
    ["db.internal", "uri: does not begin with a connection type and ://"],
    [
      `postgres://etl:p/${SECRET}@h/dw`,
      "uri: what follows the host's colon is no port of 0 to 65535; percent-encode : / ? # @ in the login and the password",
    ],
    [`http://h/?__extra__=${SECRET}`, "uri: its __extra__ is not the text of a JSON object"],
    [5, "uri: must be a connection URI or a value reference, not a number"],
    [{ url: "x" }, "uri: must be a connection URI or a value reference, not an object"],
    [
      { valueFrom: { url: "x" } },
      "uri: must be a connection URI or a value reference: valueFrom takes exactly one of env, file and store, each with a name or path as text",
    ],
    [null, 'connType: is needed: a connection type, for example "postgres", or a uri that says all fields'],
  ];
  for (const [uri, problem] of refused)
    it(`is refused: ${problem}`, async () => {
      expect(await problemsOf(uri)).to.deep.equal([problem]);
    });

  it("warns of what Airflow ignores or its versions read differently, and not where that is meant", async () => {
    const uri = `http://u:${SECRET}@h/?timeout=30&a=x&a=y#rest`;
    const warnings = await warningsOf(declared(uri));
    expect(warnings).to.have.lengthOf(3);
    expect(warnings.join("\n"))
      .to.contain('connection "warehouse": uri: extra.timeout is a text here')
      .and.contain("uri: what follows # is ignored by Airflow")
      .and.contain("uri: extra.a is given more than once")
      .and.contain('ignoreWarnings: ["uri-reading"]')
      .and.not.contain(CANARY);
    expect(await warningsOf(declared(uri, { ignoreWarnings: ["uri-reading"] }))).to.deep.equal([]);
    expect(await warningsOf(declared(URI))).to.deep.equal([]);
  });
});

describe("a connection by a reference to its URI", () => {
  const environment = { AIRFLOW_CONN_WAREHOUSE: URI };

  async function created(stack: Stack) {
    await stack.createWorkspace("prod");
    return stack.create("connection", declared(reference), { environment });
  }

  it("is written by its fields, and Pulumi keeps the reference only", async () => {
    const stack = new Stack();
    const connection = await created(stack);
    expect(stack.world.content("prod")?.["warehouse"]).to.include({ conn_type: "postgres", password: CANARY });
    expect(JSON.stringify([connection.inputs, connection.outputs]))
      .to.not.contain("internal")
      .and.not.contain(CANARY);
    expect(connection.outputs["uri"]).to.deep.equal(reference);
    const { checked, diff } = await connection.preview(declared(reference), { environment });
    expect(checked.inputs["fingerprints"]).to.have.all.keys("uri");
    expect(diff?.changes).to.equal(false);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("follows a value that changes behind it, which is no drift", async () => {
    const stack = new Stack();
    const connection = await created(stack);
    const rotated = { environment: { AIRFLOW_CONN_WAREHOUSE: URI.replace("etl:", "etl:new") } };
    const { checked, diff } = await connection.preview(declared(reference), rotated);
    expect(diff?.changes).to.equal(true);
    expect(checked.inputs).to.not.have.property("drift");
    expect(checked.inputs["appliesTo"]).to.contain("password");
    await connection.up(declared(reference), rotated);
    expect(stack.world.content("prod")?.["warehouse"]).to.include({ password: `new${CANARY}` });
  });

  it("shows what somebody changed in the store, and is refreshed to the fields, sealed", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const { documents } = stack.process().open();
    await documents.snapshot();
    const value = { kind: "value" as const, name: "uri", owner: "cli", value: URI };
    await documents.change(documentKeys.value("data", "uri"), () => value);
    const stored = declared({ valueFrom: { store: "uri" } });
    const connection = await stack.create("connection", stored);
    await expectUnchanged(connection, stored);
    await stack.meddle<ConnectionDocument>(KEY, (document) => ({ ...document, base: { ...document.base, host: "x" } }));
    const { checked } = await connection.preview(stored);
    expect(checked.inputs["drift"]).to.deep.equal(["host: changed outside Pulumi"]);
    const refreshed = await connection.refresh();
    expect(refreshed).to.include({ connType: "postgres", host: "x" }).and.not.have.property("uri");
    expect(sealedIn(refreshed)).to.deep.equal(["password"]);
  });

  it("stays what it is where it leads nowhere any more", async () => {
    const stack = new Stack();
    const connection = await created(stack);
    expect(await connection.refresh()).to.deep.include({ uri: reference });
    await connection.delete();
    expect(stack.world.content("prod")).to.deep.equal({});
  });

  it("is refused where it leads to none, and says where that is", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const bad = { environment: { AIRFLOW_CONN_WAREHOUSE: CANARY } };
    const { checked } = await stack.resource("connection").preview(declared(reference), bad);
    expect(checked.failures.map(({ reason }) => reason)).to.deep.equal([
      "uri: does not begin with a connection type and :// (its value is that of environment variable " +
        "AIRFLOW_CONN_WAREHOUSE)",
    ]);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("is judged by what it leads to", async () => {
    const warnings = await warningsOf(declared(reference), { AIRFLOW_CONN_WAREHOUSE: "postgers://u:longenough@h" });
    expect(warnings.join()).to.contain('did you mean "postgres"?');
  });

  it("can be given up for its fields", async () => {
    const stack = new Stack();
    const connection = await created(stack);
    const parts = inputs.connection("warehouse", { sharing: "LinkedToAll", connType: "http", host: "h" });
    await connection.up(parts, { environment });
    expect(stack.world.content("prod")?.["warehouse"]).to.deep.equal({ conn_type: "http", host: "h" });
    await expectUnchanged(connection, parts);
  });
});
