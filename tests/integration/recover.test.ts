import { expect } from "chai";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connection, deployment, link, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";

/** What docs/how-to.md says under "Recover" and "Rename", done. */
describe("recovering, as the how-to says", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-recover-"));
  const store = join(folder, "store");
  const file = join(folder, "airflow/connections.json");
  let engine: Engine;
  let stack: Stack;
  let written: string;

  const program = (more: Record<string, unknown> = {}, name = "prod", place = "airflow"): ResourceSpec[] => [
    workspace(`local:${store}`, more),
    deployment(name, { target: { directory: { path: join(folder, place) } }, ...more }),
    connection("warehouse", { password: "recovered-password", ...more }),
    link("warehouse", name, more),
  ];

  before(async () => {
    engine = await Engine.create();
    stack = await engine.stack("recover");
    stack.resources = program();
    await stack.up();
    written = readFileSync(file, "utf8");
  });
  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  async function expectUpBrings(): Promise<void> {
    await stack.up();
    expect(readFileSync(file, "utf8")).to.equal(written);
    expect(await stack.preview(), "nothing is left to do").to.deep.equal([]);
  }

  it("a target", async () => {
    rmSync(join(folder, "airflow"), { recursive: true });
    await expectUpBrings();
  });

  it("a store", async () => {
    rmSync(store, { recursive: true });
    const steps = await stack.preview();
    expect(steps.map(({ name }) => name)).to.include.members(["data", "prod", "warehouse", "warehouse-prod"]);
    await expectUpBrings();
  });

  it("a local store whose key is lost", async () => {
    const lost = { env: { AIRFLOW_ENV_PASSPHRASE: "another-passphrase" } };
    const refused = await stack.run(["preview"], lost);
    expect(refused.code, refused.output).to.not.equal(0);
    renameSync(store, `${store}-lost`);
    const { code, output } = await stack.run(["up", "--yes", "--skip-preview"], lost);
    expect(code, output).to.equal(0);
    expect(readFileSync(file, "utf8")).to.equal(written);
    rmSync(store, { recursive: true });
    await expectUpBrings();
  });

  it("Pulumi's state, in a stack of the same name", async () => {
    await stack.expectOk(["stack", "rm", "--yes", "--force", stack.name]);
    await stack.expectOk(["stack", "init", stack.name]);
    await expectUpBrings();
  });

  it("Pulumi's state, in a stack of another name", async () => {
    const other = await engine.stackIn(stack.folder, "other");
    other.resources = program();
    expect((await other.expectFailure(["preview"])).output).to.contain("adopt: true");
    other.resources = program({ adopt: true });
    const steps = await other.preview();
    expect(steps.find(({ name }) => name === "warehouse")?.newInputs["takesOver"]).to.be.a("string");
    await other.up();
    other.resources = program();
    await other.up();
    expect(readFileSync(file, "utf8")).to.equal(written);
    stack = other;
  });

  it("a Deployment's other name, with a place of its own", async () => {
    stack.resources = program({}, "production");
    expect((await stack.expectFailure(["preview"])).output).to.contain("give each its own");
    stack.resources = program({}, "production", "airflow-2");
    await stack.up();
    expect(existsSync(file)).to.equal(false);
    expect(readFileSync(join(folder, "airflow-2/connections.json"), "utf8")).to.equal(written);
  });
});
