import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Airflow } from "../../tools/servers/airflow.mjs";
import type { KubeServer } from "../../tools/servers/kube.mjs";
import { canary, scanForCanary } from "./canary";
import { grantSecrets } from "./cluster";
import { Engine, type ResourceSpec, type Stack } from "./engine";
import type { StoreUnderTest } from "./stores-under-test";

type Expected = Record<string, Record<string, unknown>>;

const PASSWORD = canary("password");
const ROTATED = canary("rotated");

/** One whole life on the real engine, a real store and a real apiserver, read by a real Airflow after each step. */
export function describeLifeCycle(name: string, makeStore: (kube: KubeServer) => Promise<StoreUnderTest>): void {
  describe(`life cycle on the ${name} store`, () => {
    let kube: KubeServer;
    let airflow: Airflow;
    let engine: Engine;
    let store: StoreUnderTest;
    let stack: Stack;
    let env: Record<string, string>;
    const folder = mkdtempSync(join(tmpdir(), "airflow-env-life-"));

    before(async () => {
      const { startKubeApiserver } = await import("../../tools/servers/kube.mjs");
      const { startAirflow } = await import("../../tools/servers/airflow.mjs");
      [kube, airflow] = await Promise.all([
        startKubeApiserver({ users: [{ name: "provider" }], audit: true }),
        startAirflow("3.3.2"),
      ]);
      await grantSecrets(kube, "provider");
      for (const namespace of ["prod", "staging", "dev", "moved"]) await kube.createNamespace(namespace);
      store = await makeStore(kube);
      engine = await Engine.create();
      env = { KUBECONFIG: kube.kubeconfig("provider"), ...store.env };
      stack = await engine.stack("life", env);
      await stack.setSecret("life:canary", PASSWORD);
    });

    after(async () => {
      await Promise.all([kube?.stop(), airflow?.stop(), store?.stop()]);
      engine?.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    const workspace = (): ResourceSpec => ({ kind: "workspace", name: "data", args: { store: store.address } });
    const deployment = (deploymentName: string, namespace = deploymentName): ResourceSpec => ({
      kind: "deployment",
      name: deploymentName,
      args: { workspace: "$workspace:data", target: { kubernetes: { namespace } } },
    });
    const warehouse = (args: Record<string, unknown> = {}): ResourceSpec => ({
      kind: "connection",
      name: "warehouse",
      args: {
        workspace: "$workspace:data",
        connType: "postgres",
        host: "db.internal",
        login: "etl",
        password: "$canary",
        port: 5432,
        schema: "dw",
        extra: { sslmode: "require", api_key: "$canary" },
        ...args,
      },
    });
    const alerts = (args: Record<string, unknown> = {}): ResourceSpec => ({
      kind: "connection",
      name: "alerts",
      args: { workspace: "$workspace:data", connType: "http", host: "alerts", sharing: "LinkedToAll", ...args },
    });
    const link = (to: string, overrides?: Record<string, unknown>): ResourceSpec => ({
      kind: "link",
      name: `warehouse-${to}`,
      args: { connection: "$connection:warehouse", deployment: `$deployment:${to}`, ...(overrides && { overrides }) },
    });
    const override = (fields: Record<string, unknown>): ResourceSpec => ({
      kind: "override",
      name: "warehouse-prod-login",
      args: { connection: "$connection:warehouse", deployment: "$deployment:prod", fields },
    });

    const base = {
      conn_type: "postgres",
      description: null,
      host: "db.internal",
      login: "etl",
      password: PASSWORD,
      port: 5432,
      schema: "dw",
      extra_dejson: { sslmode: "require", api_key: PASSWORD },
    };
    const alert = {
      conn_type: "http",
      description: null,
      host: "alerts",
      login: null,
      password: null,
      port: null,
      schema: null,
      extra_dejson: {},
    };

    /** What Airflow itself reads from the Secret of one Deployment; undefined when there is no Secret. */
    async function read(namespace: string): Promise<Expected | undefined> {
      const path = `/api/v1/namespaces/${namespace}/secrets/airflow-connections`;
      const { status, body } = await kube.request("GET", path);
      if (status === 404) return undefined;
      const file = join(folder, "connections.json");
      writeFileSync(
        file,
        Buffer.from((body as { data: Record<string, string> }).data["connections.json"] ?? "", "base64"),
      );
      const connections = await airflow.read(file, "all");
      return Object.fromEntries(
        Object.entries(connections).map(([id, { conn_id: _, extra: __, ...fields }]) => [id, fields]),
      );
    }

    /** `up`, then: Airflow reads exactly this, and a preview is empty. */
    async function converge(resources: ResourceSpec[], expected: Record<string, Expected | undefined>): Promise<void> {
      stack.resources = resources;
      await stack.up();
      for (const [namespace, connections] of Object.entries(expected))
        expect(await read(namespace), namespace).to.deep.equal(connections);
      expect(await stack.preview()).to.deep.equal([]);
    }

    const all = () => [
      workspace(),
      ...["prod", "staging", "dev"].map((one) => deployment(one)),
      warehouse(),
      alerts(),
      link("staging"),
      link("prod", { host: "db.prod", extra: { sslmode: "verify-full" } }),
      override({ login: "etl_prod" }),
    ];
    const prodWarehouse = {
      ...base,
      host: "db.prod",
      login: "etl_prod",
      extra_dejson: { sslmode: "verify-full", api_key: PASSWORD },
    };

    it("creates everything", async () => {
      await converge(all(), {
        prod: { alerts: alert, warehouse: prodWarehouse },
        staging: { alerts: alert, warehouse: base },
        dev: { alerts: alert },
      });
    });

    it("does nothing when nothing changed", async () => {
      const writes = () => kube.auditEvents("provider").filter(({ verb }) => !["get", "list"].includes(verb)).length;
      const before = writes();
      await stack.up();
      expect(writes() - before).to.equal(0);
    });

    it("shows whom a changed field reaches, and changes it", async () => {
      const resources = all().map((one) => (one.name === "warehouse" ? warehouse({ host: "db2.internal" }) : one));
      stack.resources = resources;
      const [step, ...more] = await stack.preview();
      expect(more).to.deep.equal([]);
      expect(step).to.include({ op: "update", name: "warehouse" });
      expect(step?.newInputs["appliesTo"]).to.match(/^staging; unchanged by overrides: prod \(change \d+: host\)$/);
      await converge(resources, {
        prod: { alerts: alert, warehouse: prodWarehouse },
        staging: { alerts: alert, warehouse: { ...base, host: "db2.internal" } },
        dev: { alerts: alert },
      });
      await converge(all(), { staging: { alerts: alert, warehouse: base } });
    });

    it("shows that a secret changed without showing it, and rotates it", async () => {
      await stack.setSecret("life:canary", ROTATED);
      const [step] = await stack.preview();
      expect(step?.name).to.equal("warehouse");
      const fingerprints = [step?.oldInputs, step?.newInputs].map((inputs) => inputs?.["fingerprints"]);
      expect(fingerprints[0]).to.have.keys("password", "extra.api_key");
      expect(fingerprints[1]).to.not.deep.equal(fingerprints[0]);
      const rotated = (fields: typeof base) => ({
        ...fields,
        password: ROTATED,
        extra_dejson: { ...fields.extra_dejson, api_key: ROTATED },
      });
      await converge(all(), {
        prod: { alerts: alert, warehouse: rotated(prodWarehouse) },
        staging: { alerts: alert, warehouse: rotated(base) },
      });
      await stack.setSecret("life:canary", PASSWORD);
      await converge(all(), { staging: { alerts: alert, warehouse: base } });
    });

    it("changes an override, and clears a field and an extra with null", async () => {
      const changed = all().slice(0, -1);
      await converge([...changed, override({ login: "other", schema: null, extra: { sslmode: null } })], {
        prod: {
          alerts: alert,
          warehouse: { ...prodWarehouse, login: "other", schema: null, extra_dejson: { api_key: PASSWORD } },
        },
      });
      await converge(all(), { prod: { alerts: alert, warehouse: prodWarehouse } });
    });

    it("switches sharing both ways, keeping links and overrides", async () => {
      const shared = all().map((one) => (one.name === "warehouse" ? warehouse({ sharing: "LinkedToAll" }) : one));
      await converge(shared, {
        prod: { alerts: alert, warehouse: prodWarehouse },
        staging: { alerts: alert, warehouse: base },
        dev: { alerts: alert, warehouse: base },
      });
      stack.resources = all();
      expect((await stack.preview())[0]?.newInputs["appliesTo"]).to.contain("no longer dev");
      await converge(all(), {
        prod: { alerts: alert, warehouse: prodWarehouse },
        staging: { alerts: alert, warehouse: base },
        dev: { alerts: alert },
      });
    });

    it("gives a later Deployment what is linked to all", async () => {
      await kube.createNamespace("later");
      await converge([...all(), deployment("later")], { later: { alerts: alert } });
    });

    it("renames a connection by replacing it", async () => {
      const renamed = all().map((one) => (one.name === "warehouse" ? warehouse({ connId: "wh" }) : one));
      await converge(renamed, {
        later: undefined,
        prod: { alerts: alert, wh: prodWarehouse },
        staging: { alerts: alert, wh: base },
      });
      await converge(all(), { prod: { alerts: alert, warehouse: prodWarehouse } });
    });

    it("moves a Deployment to another namespace", async () => {
      const moved = all().map((one) => (one.name === "staging" ? deployment("staging", "moved") : one));
      await converge(moved, { moved: { alerts: alert, warehouse: base }, staging: undefined });
      await converge(all(), { staging: { alerts: alert, warehouse: base }, moved: undefined });
    });

    it("shows drift of target and store in a plain preview, and heals it", async () => {
      const path = "/api/v1/namespaces/dev/secrets/airflow-connections";
      const { body } = await kube.request("GET", path);
      const secret = body as { data: Record<string, string> };
      secret.data["connections.json"] = Buffer.from('{"alerts": {"conn_type": "http", "host": "evil"}}').toString(
        "base64",
      );
      await kube.request("PUT", path, secret);
      const [step, ...more] = await stack.preview();
      expect(more).to.deep.equal([]);
      expect(step).to.include({ op: "update", name: "dev" });
      expect(JSON.stringify(step?.newInputs["drift"])).to.contain("host differs").and.not.contain("evil");
      await converge(all(), { dev: { alerts: alert } });
    });

    it("leaves no secret anywhere but in the targets while all of it is there", () => scan());

    it("deletes one connection and leaves the others", async () => {
      const without = all().filter(({ name: one }) => one !== "alerts");
      await converge(without, { prod: { warehouse: prodWarehouse }, staging: { warehouse: base }, dev: {} });
    });

    it("destroys everything in one go", async () => {
      await stack.destroy();
      for (const namespace of ["prod", "staging", "dev"]) expect(await read(namespace)).to.equal(undefined);
    });

    it("leaves no secret behind", () => scan());

    const scan = () =>
      scanForCanary(engine, [PASSWORD, ROTATED], {
        kube,
        namespaces: ["prod", "staging", "dev", "moved", "later"],
        files: store.files ?? [],
      });
  });
}
