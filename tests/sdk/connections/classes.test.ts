import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { isSecretExtra, listConnectionTypes, type ExtraField } from "../../../catalog/lookup";
import { ConnectionLink, Deployment, Override, Workspace, connections } from "../../../sdk";

const root = join(__dirname, "../../..");
const created: pulumi.runtime.MockResourceArgs[] = [];

const className = (id: string): string =>
  id
    .split("_")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");

/** Inputs of a connection that an extra's name must not take. */
const TAKEN = new Set(
  "workspace deployment description host login password schema port extra sharing name id".split(" "),
);

function inputName(key: string): string {
  const [first = "", ...rest] = key.split(/[^A-Za-z0-9]+/);
  const name = first.charAt(0).toLowerCase() + first.slice(1) + rest.map((part) => className(part)).join("");
  return TAKEN.has(name) ? `extra${className(key)}` : name;
}

function sample({ key, types, enum: allowed }: ExtraField): unknown {
  if (allowed !== undefined) return allowed[0];
  return { string: `value of ${key}`, boolean: false, integer: 0, number: 1.5, array: ["a"], object: { a: 1 } }[
    types[0] ?? "string"
  ];
}

/** Key by which Pulumi marks a wrapped value, such as a secret. */
const SECRET = "4dabf18193072939515e22adb298388d";

/** The value below Pulumi's mark of a secret. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (SECRET in fields) return bare(fields["value"]);
  return Object.fromEntries(Object.entries(fields).map(([key, inner]) => [key, bare(inner)]));
}

describe("connection classes", () => {
  before(async () => {
    const mocks: pulumi.runtime.Mocks = {
      newResource: (args) => {
        created.push(args);
        return { id: `${args.name}-id`, state: args.inputs as Record<string, unknown> };
      },
      call: () => ({}),
    };
    await pulumi.runtime.setMocks(mocks, "project", "stack", false, "organization");
  });

  it("exist for every connection type and nothing else", () => {
    expect(Object.keys(connections)).to.deep.equal(listConnectionTypes().map((type) => className(type.id)));
  });

  it("pass every declared input on under Airflow's name, and mark the secret ones", async function () {
    this.timeout(60_000);
    const workspace = new Workspace("data", { store: "local:.airflow-env" });
    const made = listConnectionTypes().map((type) => {
      const Class = connections[className(type.id) as keyof typeof connections] as new (
        name: string,
        args: Record<string, unknown>,
      ) => pulumi.CustomResource;
      const given = type.extras.map((extra) => [inputName(extra.key), sample(extra)] as const);
      return new Class(`test-${type.id}`, { workspace, ...Object.fromEntries(given), extra: { of_my_own: 1 } });
    });
    await new Promise((resolve) => pulumi.all(made.map((resource) => resource.urn)).apply(resolve));
    for (const type of listConnectionTypes()) {
      const inputs = created.find(({ name }) => name === `test-${type.id}`)?.inputs as Record<string, unknown>;
      expect(inputs["connType"], type.id).to.equal(type.id);
      const expected = type.extras.map((extra) => [extra.key, sample(extra)] as const);
      expect(bare(inputs["extra"]), type.id).to.deep.equal({ ...Object.fromEntries(expected), of_my_own: 1 });
      const isMarked = JSON.stringify(inputs["extra"]).includes(SECRET);
      const named = type.extras.filter((extra) => isSecretExtra(type.id, extra.key));
      // Under a mild name such as `auth` the value decides.
      if (named.some((extra) => extra.secret)) expect(isMarked, type.id).to.equal(true);
      if (named.length === 0) expect(isMarked, type.id).to.equal(false);
    }
  });

  it("give their extras to links and Overrides, under Airflow's names", async () => {
    const workspace = new Workspace("overridden", { store: "local:.airflow-env" });
    const prod = new Deployment("prod", { workspace, target: { directory: { path: "." } } });
    const connection = new connections.Snowflake("wh", { workspace, account: "acme" });
    const fields = { account: "acme-prod", insecureMode: null, privateKeyContent: "k", extra: { query_tag: "q" } };
    const made = [
      new Override("typed override", { connection, deployment: prod, fields: { ...fields, host: "h" } }),
      new ConnectionLink("typed link", { connection, deployment: prod, overrides: { role: "r" } }),
      new Override("plain", {
        connection: { workspace, connId: "pg" },
        deployment: prod,
        fields: { extra: { account: "a" } },
      }),
    ];
    await new Promise((resolve) => pulumi.all(made.map((resource) => resource.urn)).apply(resolve));
    const inputsOf = (resource: string) =>
      created.find(({ name }) => name === resource)?.inputs as Record<string, unknown> | undefined;
    const extra = { account: "acme-prod", insecure_mode: null, private_key_content: "k", query_tag: "q" };
    const overridden = inputsOf("typed override")?.["fields"];
    expect(bare(overridden)).to.deep.equal({ host: "h", extra });
    expect(JSON.stringify(overridden)).to.contain(SECRET);
    expect(inputsOf("typed link")?.["overrides"]).to.deep.equal({ extra: { role: "r" } });
    expect(inputsOf("plain")?.["fields"]).to.deep.equal({ extra: { account: "a" } });
    expect(
      () => new Override("twice", { connection, deployment: prod, fields: { account: "a", extra: { account: "b" } } }),
    ).to.throw('snowflake connection: "account" and "extra.account" are the same field; give one of them');
  });

  it("load on use: importing the SDK loads no class and no catalog", function () {
    this.timeout(30_000);
    const script = `
      const loaded = () => Object.keys(require.cache).map((file) => /([^/]+)[.]generated[.]/.exec(file)?.[1]).filter(Boolean).sort();
      const sdk = require("./sdk/index.ts");
      const atImport = loaded();
      const same = sdk.connections.Snowflake === sdk.connections.Snowflake;
      console.log(JSON.stringify({ atImport, same, afterUse: loaded() }));`;
    const out = execFileSync(process.execPath, ["--require", require.resolve("tsx/cjs"), "-e", script], {
      cwd: root,
      encoding: "utf8",
    });
    expect(JSON.parse(out)).to.deep.equal({
      atImport: ["connections"],
      same: true,
      afterUse: ["connections", "snowflake"],
    });
  });

  it("are ordinary connections to Pulumi: the type token is that of Connection", () => {
    const tokens = new Set(created.filter(({ name }) => name.startsWith("test-")).map(({ type }) => type));
    expect([...tokens]).to.have.lengthOf(1);
  });
});
