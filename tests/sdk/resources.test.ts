import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Connection,
  ConnectionLink,
  Deployment,
  Override,
  Variable,
  VariableLink,
  Workspace,
  type ConnectionArgs,
} from "../../sdk";
import { requireSameWorkspace } from "../../sdk/deployment";
import { pairInputs } from "../../sdk/pair";
import { useMockedProgram } from "./mocked-program";

const STORE = "local:.airflow-env";
const target = { directory: { path: "out" } };
/** The message with which a declaration that hangs on outputs is refused. */
async function refusalOf({ owner }: Record<string, unknown>): Promise<string | undefined> {
  const outcome = (owner as { promise(): Promise<unknown> }).promise();
  return outcome.then(
    () => undefined,
    ({ message }: Error) => message,
  );
}
const ownerOf = (name: string) => `organization/project/stack::${name}`;

describe("inputs that resources send", () => {
  const { inputsOf, dependenciesOf, types } = useMockedProgram();
  /** Declarations are compared within a program, and all tests are one. */
  let count = 0;
  let data: { name: string; store: string };
  beforeEach(() => (data = { name: `resources-${++count}`, store: STORE }));

  describe("Workspace", () => {
    it("its owner, name and store; the name is the resource's by default", async () => {
      const { name } = data;
      const inputs = await inputsOf(new Workspace(name, { store: STORE }), name);
      expect(inputs).to.deep.equal({ owner: ownerOf(name), name, store: STORE });
      expect(types.get(name)).to.equal("pulumi-nodejs:dynamic/airflow:Workspace");
    });

    it("everything that is given", async () => {
      const args = { name: data.name, store: STORE, secretsFetching: true, adopt: true };
      expect(await inputsOf(new Workspace("ws-all", args), "ws-all")).to.deep.equal({
        owner: ownerOf("ws-all"),
        ...args,
      });
    });

    it("the store of the stack's config by default", async () => {
      pulumi.runtime.setConfig("airflow-env:store", "vault://secret/airflow");
      const inputs = await inputsOf(new Workspace("ws-config", { name: data.name }), "ws-config");
      expect(inputs["store"]).to.equal("vault://secret/airflow");
    });

    it("without any store: says how to give one", () => {
      expect(() => new Workspace("ws-none")).to.throw(
        'Workspace "ws-none": store is missing; pass one, or run: pulumi config set airflow-env:store local:.airflow-env',
      );
    });
  });

  describe("the option import", () => {
    const opts = { import: "data/connections/x" };
    const connection = { workspace: { name: "import", store: STORE }, connId: "x" };
    const pair = { connection, deployment: "prod" };
    const { workspace } = connection;
    const made: [what: string, make: () => unknown][] = [
      ['Workspace "i"', () => new Workspace("i", { name: "import", store: STORE }, opts)],
      ['Deployment "i"', () => new Deployment("i", { workspace, target }, opts)],
      ['connection "i"', () => new Connection("i", { workspace, connType: "http" }, opts)],
      ['link "i"', () => new ConnectionLink("i", pair, opts)],
      ['override "i"', () => new Override("i", { ...pair, fields: { host: "h" } }, opts)],
      ['variable "i"', () => new Variable("i", { workspace, value: "v" }, opts)],
      ['link "i"', () => new VariableLink("i", { variable: { workspace, key: "x" }, deployment: "prod" }, opts)],
    ];
    for (const [what, make] of made)
      it(`of ${what} is refused with the way in`, () =>
        expect(make)
          .to.throw(`${what}: Pulumi cannot import resources of this package`)
          .that.matches(/adopt: true/));
  });

  describe("what a program gives an object to", () => {
    const reachOf = async (resource: Connection, name: string) => (await inputsOf(resource, name))["declaredReach"];

    it("is all Deployments or the linked ones, declared further down too, without the excluded ones", async () => {
      const workspace = new Workspace("ws-reach", { store: STORE });
      const make = (name: string, more: object) => new Connection(name, { workspace, connType: "http", ...more });
      const all = make("reach-all", { sharing: "LinkedToAll", exclude: ["reach-b"] });
      const linked = make("reach-linked", {});
      const none = make("reach-none", {});
      const [a] = ["reach-a", "reach-b", "reach-c"].map((name) => new Deployment(name, { workspace, target }));
      const own = new Connection("reach-own", { deployment: a!, connType: "http" });
      new ConnectionLink("reach-link", { connection: linked, deployment: a! });
      expect(await reachOf(all, "reach-all")).to.deep.equal(["reach-a", "reach-c"]);
      expect(await reachOf(linked, "reach-linked")).to.deep.equal(["reach-a"]);
      expect(await reachOf(none, "reach-none")).to.equal(undefined);
      expect(await reachOf(own, "reach-own")).to.equal(undefined);
    });
  });

  describe("Deployment", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), "airflow-env-sdk-"))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("its owner, Workspace, name and target", async () => {
      const inputs = await inputsOf(new Deployment("dep", { workspace: data, target }), "dep");
      expect(inputs).to.deep.equal({ owner: ownerOf("dep"), workspace: data, name: "dep", target });
      expect(types.get("dep")).to.equal("pulumi-nodejs:dynamic/airflow:Deployment");
    });

    it("of a Workspace resource only name and store, and everything that is given", async () => {
      const workspace = new Workspace(data.name, { store: STORE, secretsFetching: true });
      const rest = {
        name: "prod",
        airflowVersion: "3.1.8",
        runtimeVersion: "3.1-5",
        strict: true,
        adopt: false,
        target,
      };
      const inputs = await inputsOf(new Deployment("dep-all", { workspace, ...rest, providers: ["a==1"] }), "dep-all");
      expect(inputs).to.deep.equal({ owner: ownerOf("dep-all"), workspace: data, ...rest, providers: ["a==1"] });
    });

    it("the packages of a requirements file", async () => {
      const requirementsFile = join(folder, "requirements.txt");
      writeFileSync(requirementsFile, "# ours\r\napache-airflow-providers-postgres==6.2.0\r\n\n  amazon >= 9 \n");
      const args = { workspace: data, target, providers: { requirementsFile } };
      const inputs = await inputsOf(new Deployment("dep-file", args), "dep-file");
      expect(inputs["providers"]).to.deep.equal(["apache-airflow-providers-postgres==6.2.0", "amazon>=9"]);
    });

    it("a requirements file that is not there: names it and the remedy", () => {
      const args = { workspace: data, target, providers: { requirementsFile: "no/such.txt" } };
      expect(() => new Deployment("dep-no-file", args)).to.throw(
        'Deployment "dep-no-file": providers.requirementsFile: no/such.txt cannot be read (ENOENT); ' +
          "give a path relative to the program's folder",
      );
    });
  });

  describe("Connection", () => {
    it("a URI as a secret, and whether it was one; of a reference where it is", async () => {
      const uri = "http://u:longenough@h";
      const sent = async (name: string, given: ConnectionArgs["uri"] & {}) => {
        const { uri: sentUri, secretUri } = await inputsOf(new Connection(name, { workspace: data, uri: given }), name);
        return { uri: sentUri, secretUri };
      };
      const sealed = { secret: uri };
      expect(await sent("uri-plain", uri)).to.deep.equal({ uri: sealed, secretUri: undefined });
      expect(await sent("uri-output", pulumi.output(uri))).to.deep.equal({ uri: sealed, secretUri: false });
      expect(await sent("uri-secret", pulumi.secret(uri))).to.deep.equal({ uri: sealed, secretUri: true });
      const reference = { valueFrom: { env: "AIRFLOW_CONN_X" } };
      expect(await sent("uri-by-reference", reference)).to.deep.equal({ uri: reference, secretUri: undefined });
    });

    it("outputs of what a URI says, for others to use", () => {
      const connection = new Connection("uri-outputs", { workspace: data, uri: "http://h" });
      for (const part of ["connType", "host", "login", "password", "schema", "port", "extra"] as const)
        expect(pulumi.Output.isInstance(connection[part]), part).to.equal(true);
    });

    it("Workspace-level: its owner, Workspace and fields; the id is the resource's name by default", async () => {
      const fields = { connType: "postgres", host: "db", login: "etl", port: 5432, schema: "dw", description: "d" };
      const inputs = await inputsOf(new Connection("pg", { workspace: data, ...fields }), "pg");
      expect(inputs).to.deep.equal({ owner: ownerOf("pg"), workspace: data, connId: "pg", ...fields });
      expect(types.get("pg")).to.equal("pulumi-nodejs:dynamic/airflow:Connection");
    });

    it("Deployment-level: that Deployment and its Workspace", async () => {
      const deployment = new Deployment("dep-own", { workspace: data, name: "prod", target });
      const args = { deployment, connType: "http", connId: "api", adopt: true };
      const inputs = await inputsOf(new Connection("pg-own", args), "pg-own");
      const expected = { owner: ownerOf("pg-own"), adopt: true, workspace: data, deployment: "prod" };
      expect(inputs).to.deep.equal({ ...expected, connId: "api", connType: "http" });
    });

    it("sharing, and excluded Deployments however they are named", async () => {
      const deployment = new Deployment("dep-excluded", { workspace: data, name: "one", target });
      const exclude = [deployment, { name: "two" }, "three", pulumi.output("four")];
      const args = { workspace: data, connType: "http", sharing: "LinkedToAll" as const, exclude };
      const inputs = await inputsOf(new Connection("pg-shared", args), "pg-shared");
      expect(inputs).to.include({ sharing: "LinkedToAll" });
      expect(inputs["exclude"]).to.deep.equal(["one", "two", "three", "four"]);
    });

    it("neither or both of workspace and deployment: an error that says so", () => {
      const message =
        'connection "pg-scope": pass exactly one of workspace (Workspace-level) and deployment (Deployment-level)';
      const deployment = new Deployment("dep-scope", { workspace: data, target });
      for (const scope of [{}, { workspace: data, deployment }])
        expect(() => new Connection("pg-scope", { connType: "http", ...scope } as unknown as ConnectionArgs)).to.throw(
          message,
        );
    });
  });

  describe("ConnectionLink and Override", () => {
    it("the pair of resources of this program", async () => {
      const workspace = new Workspace(data.name, { store: STORE });
      const connection = new Connection("pair-c", { workspace, connId: "pg", connType: "postgres" });
      const deployment = new Deployment("pair-d", { workspace, name: "prod", target });
      const pair = { workspace: data, connId: "pg", deployment: "prod" };
      const link = new ConnectionLink("pair-l", { connection, deployment });
      expect(await inputsOf(link, "pair-l")).to.deep.equal({ owner: ownerOf("pair-l"), ...pair });
      expect(types.get("pair-l")).to.equal("pulumi-nodejs:dynamic/airflow:ConnectionLink");
      const fields = { host: "db.prod", port: 1, login: null, extra: { sslmode: null } };
      const override = new Override("pair-o", { connection, deployment, fields });
      expect(await inputsOf(override, "pair-o")).to.deep.equal({ owner: ownerOf("pair-o"), ...pair, fields });
      expect(types.get("pair-o")).to.equal("pulumi-nodejs:dynamic/airflow:Override");
    });

    it("of two Workspaces: an error, because a Deployment of the same name would get it", async () => {
      const deployment = new Deployment("far-d", { workspace: { ...data, name: "other" }, name: "dev", target });
      for (const kind of ["link", "override"] as const) {
        const connection = { workspace: data, connId: "pg" };
        const message = `${kind} "far-l": Deployment "dev" is in Workspace "other", the connection in "${data.name}"`;
        expect(() => pairInputs(kind, "far-l", { connection, deployment })).to.throw(message);
        const later = { workspace: pulumi.output(data), connId: "pg" };
        expect(await refusalOf(pairInputs(kind, "far-l", { connection: later, deployment }))).to.contain(message);
      }
      expect(() => requireSameWorkspace("w", "a", "dev", "b")).to.throw('in Workspace "b"');
      expect(() => requireSameWorkspace("w", "a", "dev", "a")).to.not.throw();
      expect(() => requireSameWorkspace("w", "a", "dev", undefined)).to.not.throw();
    });

    it("without a Deployment: an error that says what is expected", () => {
      const args = { connection: { workspace: data, connId: "pg" }, deployment: undefined as unknown as string };
      expect(() => pairInputs("link", "half", args)).to.throw(
        'link "half": deployment: is missing; pass a Deployment or its name',
      );
    });

    it("of a Deployment-level connection: an error that says why not", async () => {
      const deployment = new Deployment("only-d", { workspace: data, target });
      const connection = new Connection("only-c", { deployment, connType: "http" });
      for (const kind of ["link", "override"] as const) {
        const message = `${kind} "only-l": connection "only-c" is of Deployment "only-d" alone`;
        expect(() => pairInputs(kind, "only-l", { connection, deployment: "dev" })).to.throw(message);
        const later = pairInputs(kind, "only-l", { connection, deployment: { name: pulumi.output("dev") } });
        expect(await refusalOf(later)).to.contain(message);
      }
    });

    it("of what is no connection: an error that says what is expected", () => {
      const expected = "pass a Connection or { workspace, connId }";
      const cases: [given: unknown, problem: string][] = [
        [undefined, "is missing"],
        [null, "is missing"],
        ["warehouse", "an id alone does not say in which Workspace"],
        [{ connId: "warehouse" }, "is not a connection"],
        [5, "is not a connection"],
      ];
      for (const [given, problem] of cases) {
        const pair = { connection: given as Connection, deployment: "prod" };
        const message = `"wrong": connection: ${problem}; ${expected}`;
        expect(() => new ConnectionLink("wrong", pair)).to.throw(`link ${message}`);
        expect(() => new Override("wrong", { ...pair, fields: {} })).to.throw(`override ${message}`);
      }
    });

    it("the pair of another stack's, by names", async () => {
      const connection = { workspace: data, connId: "pg" };
      const overrides = { host: "db" };
      for (const deployment of ["prod", { name: "prod" }, { name: pulumi.output("prod") }]) {
        const name = `foreign-${++count}`;
        const workspace = { ...data, name };
        const link = new ConnectionLink(name, {
          connection: { ...connection, workspace },
          deployment,
          overrides,
          adopt: true,
        });
        const expected = { owner: ownerOf(name), adopt: true, workspace, connId: "pg", deployment: "prod", overrides };
        expect(await inputsOf(link, name)).to.deep.equal(expected);
      }
    });
  });

  describe("what the program shows to be wrong", () => {
    it("a Workspace by its name alone, and what is none: says what to pass", () => {
      const cases: [given: unknown, problem: string][] = [
        ["data", "a name alone does not say in which store"],
        [{ name: "data" }, "is no Workspace"],
        [5, "is no Workspace"],
        [null, "is missing"],
      ];
      for (const [given, problem] of cases) {
        const workspace = given as Workspace;
        const message = `"odd": workspace: ${problem}; pass a Workspace, or { name, store } of one`;
        expect(() => new Deployment("odd", { workspace, target })).to.throw(`Deployment ${message}`);
        const connection = { workspace, connId: "pg" };
        expect(() => new ConnectionLink("odd", { connection, deployment: "prod" })).to.throw(`link ${message}`);
        if (given !== null)
          expect(() => new Connection("odd", { workspace, connType: "http" })).to.throw(`connection ${message}`);
      }
    });

    it("is refused where it is declared, by resources of this program too", () => {
      const workspace = new Workspace(data.name, { store: STORE });
      expect(() => new Workspace("now-w", { name: data.name, store: STORE })).to.throw("declare the same Workspace");
      const deployment = new Deployment("now-d", { workspace, name: "prod", target });
      expect(() => new Deployment("now-d2", { workspace, name: "prod", target })).to.throw("the same Deployment");
      const connection = new Connection("now-c", { workspace, connType: "http" });
      expect(() => new Connection("now-c2", { workspace, connId: "now-c", connType: "http" })).to.throw("now-c2");
      new ConnectionLink("now-l", { connection, deployment });
      expect(() => new ConnectionLink("now-l2", { connection, deployment: "prod" })).to.throw(
        "two links of connection",
      );
      const variable = new Variable("now-v", { workspace, value: "v" });
      new VariableLink("now-vl", { variable, deployment });
      expect(() => new VariableLink("now-vl2", { variable, deployment })).to.throw('two links of Variable "now-v"');
      expect(() => new Connection("now-own", { deployment, connId: "now-c", connType: "http" })).to.throw("now-l");
    });
  });

  describe("a Workspace that is another stack's output", () => {
    const outputOf = (value: object) => pulumi.output(value) as pulumi.Output<{ name: string; store: string }>;

    it("gives name and store to each kind, and nothing else that it has", async () => {
      const workspace = outputOf({ ...data, uid: "u" });
      const sent = [
        await inputsOf(new Deployment("output-d", { workspace, target }), "output-d"),
        await inputsOf(new Connection("output-c", { workspace, connType: "http" }), "output-c"),
      ];
      for (const inputs of sent) expect(inputs["workspace"]).to.deep.equal(data);
    });

    it("takes part in the comparison of the program", async () => {
      const workspace = outputOf(data);
      const first = new Connection("output-1", { workspace, connId: "one", connType: "http" });
      expect(await inputsOf(first, "output-1")).to.include({ connId: "one" });
      const connection = { workspace, connId: "one" };
      const link = await inputsOf(new ConnectionLink("output-l", { connection, deployment: "prod" }), "output-l");
      expect(link).to.deep.include({ workspace: data, connId: "one", deployment: "prod" });
      const declared = pairInputs("link", "output-l2", { connection, deployment: "prod" });
      expect(await refusalOf(declared)).to.contain('are two links of connection "one" in Deployment "prod"');
    });

    it("of a Deployment in it: a connection of that Deployment", async () => {
      const deployment = new Deployment("output-own", { workspace: outputOf(data), target });
      const inputs = await inputsOf(new Connection("output-oc", { deployment, connType: "http" }), "output-oc");
      expect(inputs).to.deep.include({ workspace: data, deployment: "output-own" });
    });
  });

  describe("what replaces a resource depends on no more than it needs", () => {
    it("a Connection's id on no excluded Deployment: replacing that one must not take the connection from all", async () => {
      const workspace = new Workspace(data.name, { store: STORE });
      const excluded = new Deployment("needs-excluded", { workspace, target });
      const sharing = new Workspace(`${data.name}-other`, { store: STORE }).name.apply(() => "LinkedToAll" as const);
      const args = { workspace, connId: "pg", connType: "http", sharing, exclude: [excluded] };
      const needed = await dependenciesOf(new Connection("needs-c", args), "needs-c");
      expect(needed["connId"] ?? []).to.deep.equal([]);
      expect(needed["workspace"]).to.deep.equal([data.name]);
      expect(needed["exclude"]).to.deep.equal(["needs-excluded"]);
      // The comparison with the rest of the program waits for what the program does not give as text.
      expect(needed["owner"]).to.have.members([`${data.name}-other`]);
    });

    it("a Deployment's name on no Workspace", async () => {
      const workspace = new Workspace(data.name, { store: STORE });
      const needed = await dependenciesOf(new Deployment("needs-d", { workspace, target }), "needs-d");
      expect(needed["name"] ?? []).to.deep.equal([]);
      expect(needed["workspace"]).to.deep.equal([data.name]);
    });

    it("a pair's connection on that connection, its Deployment on that Deployment", async () => {
      const workspace = new Workspace(data.name, { store: STORE });
      const deployment = new Deployment("needs-pair-d", { workspace, target });
      const excluded = new Deployment("needs-pair-x", { workspace, target: { directory: { path: "other" } } });
      const args = { workspace, connType: "http", sharing: "LinkedToAll" as const, exclude: [excluded] };
      const connection = new Connection("needs-pair-c", args);
      const link = await dependenciesOf(new ConnectionLink("needs-l", { connection, deployment }), "needs-l");
      const override = new Override("needs-o", { connection, deployment, fields: {} });
      for (const needed of [link, await dependenciesOf(override, "needs-o")]) {
        expect(needed["connId"]).to.deep.equal(["needs-pair-c"]);
        expect(needed["workspace"]).to.deep.equal(["needs-pair-c"]);
        expect(needed["deployment"]).to.deep.equal(["needs-pair-d"]);
      }
    });
  });

  it("all of them: liveDiff, when the config turns it off and only then", async () => {
    const make = (suffix: string) => {
      const workspace = new Workspace(`live-w${suffix}`, { store: STORE });
      const connection = new Connection(`live-c${suffix}`, { workspace, connType: "http" });
      const deployment = new Deployment(`live-d${suffix}`, { workspace, target });
      const pair = { connection, deployment };
      const link = new ConnectionLink(`live-l${suffix}`, pair);
      const override = new Override(`live-o${suffix}`, { ...pair, fields: {} });
      return Object.entries({ w: workspace, c: connection, d: deployment, l: link, o: override });
    };
    for (const [key, resource] of make("-on"))
      expect(await inputsOf(resource, `live-${key}-on`), key).not.to.have.property("liveDiff");
    pulumi.runtime.setConfig("airflow-env:liveDiff", "false");
    for (const [key, resource] of make("-off"))
      expect(await inputsOf(resource, `live-${key}-off`), key).to.have.property("liveDiff", false);
  });
});
