import { expect } from "chai";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openStore } from "../../provider/stores/registry";
import { canary, scanForCanary } from "./canary";
import { startCluster, type Cluster } from "./cluster";
import { connection, deployment, link, override, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";

/** State and store as release 0.1.0 left them; `UPDATE_FIXTURE=1` makes them anew, once per release. */
const FIXTURE = join(__dirname, "fixtures", "state-0.1.0");
/** Stands in the checked-in state for the folder of the store. */
const PLACE = "@STORE@";
const PASSWORD = canary("upgrade");

describe("state and store of an earlier build", function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let engine: Engine;
  let stack: Stack;
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-upgrade-"));
  const store = join(folder, "store");

  const program = (): ResourceSpec[] => [
    workspace(`local:${store}`),
    deployment("prod"),
    connection("warehouse", { password: "$canary", extra: { sslmode: "require" } }),
    connection("alerts", { connType: "http", sharing: "LinkedToAll" }),
    link("warehouse", "prod", { overrides: { host: "db.prod" } }),
    override("warehouse", "prod", { login: "etl_prod" }),
  ];

  before(async () => {
    cluster = await startCluster(["prod"]);
    engine = await Engine.create();
    stack = await engine.stack("upgrade", cluster.env);
    await stack.setSecret("upgrade:canary", PASSWORD);
    stack.resources = program();
    if (process.env["UPDATE_FIXTURE"] === "1") await makeFixture();
  });

  after(async () => {
    await cluster?.stop();
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    rmSync(store, { recursive: true, force: true });
    mkdirSync(store, { mode: 0o700 });
    copyFileSync(join(FIXTURE, "store.db"), join(store, "store.db"));
    const state = readFileSync(join(FIXTURE, "state.json"), "utf8").replaceAll(PLACE, store);
    mkdirSync(dirname(stack.stateFile()), { recursive: true });
    writeFileSync(stack.stateFile(), state);
  });

  it("are taken over by up, which brings back what is missing", async () => {
    const steps = await stack.preview();
    expect(steps.map(({ op, name }) => `${op} ${name}`)).to.deep.equal(["update prod"]);
    await stack.up();
    expect(await cluster.connections("prod")).to.deep.equal({
      alerts: { conn_type: "http", host: "alerts.internal" },
      warehouse: {
        conn_type: "postgres",
        host: "db.prod",
        login: "etl_prod",
        password: PASSWORD,
        extra: { sslmode: "require" },
      },
    });
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("are destroyed by the code that the state holds", async () => {
    await stack.destroy();
    expect(await cluster.connections("prod")).to.equal(undefined);
    process.env["AIRFLOW_ENV_PASSPHRASE"] = "store-passphrase";
    const open = await openStore(`local:${store}`);
    expect(await open.keys("")).to.deep.equal([]);
    await open.close();
    await scanForCanary(engine, [PASSWORD], { files: [folder, FIXTURE] });
  });

  async function makeFixture(): Promise<void> {
    await stack.up();
    mkdirSync(FIXTURE, { recursive: true });
    copyFileSync(join(store, "store.db"), join(FIXTURE, "store.db"));
    writeFileSync(join(FIXTURE, "state.json"), readFileSync(stack.stateFile(), "utf8").replaceAll(store, PLACE));
    const secret = "/api/v1/namespaces/prod/secrets/airflow-connections";
    await cluster.kube.request("DELETE", secret);
  }
});
