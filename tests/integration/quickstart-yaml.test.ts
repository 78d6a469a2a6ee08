import { expect } from "chai";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { canary, scanForCanary } from "./canary";
import { Engine, type Stack } from "./engine";
import { writePlugin } from "./plugin-tools";

const EXAMPLE = join(__dirname, "../../examples/quickstart-yaml");
const PASSWORD = canary("yaml");
const ROTATED = canary("yaml-rotated");

describe("the quickstart in YAML", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-yaml-"));
  let engine: Engine;
  let stack: Stack;

  before(async () => {
    const { ensurePulumiYaml } = await import("../../tools/toolchain.mjs");
    engine = await Engine.create();
    writePlugin(join(folder, "bin"));
    const project = join(engine.root, "airflow-env-yaml");
    cpSync(EXAMPLE, project, { recursive: true });
    const path = [join(folder, "bin"), (await ensurePulumiYaml()).binDir, engine.environment({})["PATH"]];
    stack = await engine.stackIn(project, "test", { PATH: path.join(delimiter) });
    await stack.setSecret("airflow-env-yaml:warehousePassword", PASSWORD);
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (deployment: string) => join(stack.folder, "deployments", deployment, "connections.json");
  const connections = (deployment: string) => JSON.parse(readFileSync(file(deployment), "utf8")) as unknown;
  const alerts = { conn_type: "http", host: "https://alerts.internal" };
  const warehouse = (password: string) => ({ conn_type: "postgres", password, port: 5432, schema: "dw" });

  function edit(from: string, to: string): void {
    const program = join(stack.folder, "Pulumi.yaml");
    const text = readFileSync(program, "utf8");
    expect(text).to.contain(from);
    writeFileSync(program, text.replace(from, to));
  }

  it("makes what it says, and clears what YAML cannot say with null", async () => {
    await stack.up();
    const staging = { host: "warehouse.internal", login: "etl", extra: { sslmode: "require" } };
    expect(connections("dev")).to.deep.equal({ alerts });
    expect(connections("staging")).to.deep.equal({ alerts, warehouse: { ...warehouse(PASSWORD), ...staging } });
    expect(connections("prod")).to.deep.equal({
      alerts,
      warehouse: { ...warehouse(PASSWORD), host: "warehouse-prod.internal", login: "etl_prod" },
    });
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("names the one field that changes, and rotates a secret", async () => {
    edit("host: warehouse.internal", "host: warehouse2.internal");
    const [step, ...more] = await stack.preview();
    expect(more).to.deep.equal([]);
    expect(step?.detailedDiff).to.have.all.keys("host", "appliesTo");
    await stack.setSecret("airflow-env-yaml:warehousePassword", ROTATED);
    await stack.up();
    expect(connections("staging")).to.have.deep.nested.property("warehouse.password", ROTATED);
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("names a wrong value by its property", async () => {
    edit("port: 5432", "port: 99.5");
    expect((await stack.expectFailure(["preview"])).output).to.match(/port\b.*(whole number|integer)/s);
    edit("port: 99.5", "port: 5432");
  });

  it("removes everything, and has left no secret anywhere", async () => {
    await stack.destroy();
    expect(existsSync(file("prod"))).to.equal(false);
    await scanForCanary(engine, [PASSWORD, ROTATED], { files: [folder] });
  });
});
