import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { listConnectionTypes, type ExtraField } from "../../../catalog/lookup";
import { Workspace, connections } from "../../../sdk";

const root = join(__dirname, "../../..");
const created: pulumi.runtime.MockResourceArgs[] = [];

const className = (id: string): string =>
  id
    .split("_")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");

function inputName(key: string): string {
  const [first = "", ...rest] = key.split(/[^A-Za-z0-9]+/);
  const name = first.charAt(0).toLowerCase() + first.slice(1) + rest.map((part) => className(part)).join("");
  return name === "workspace" ? "extraWorkspace" : name;
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
      const hasSecret = type.extras.some((extra) => extra.secret);
      expect(JSON.stringify(inputs["extra"]).includes(SECRET), type.id).to.equal(hasSecret);
    }
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
