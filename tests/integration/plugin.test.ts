import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canary, scanForCanary } from "./canary";
import { connection, deployment, link, override, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";
import { MAIN, writePluginProject } from "./plugin-tools";

const PASSWORD = canary("password");
const ROTATED = canary("rotated");

describe("the plugin on the real engine", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-plugin-"));
  const [store, places] = [join(folder, "store"), join(folder, "places")];
  let engine: Engine;
  let stack: Stack;

  before(async () => {
    engine = await Engine.create();
    stack = await engine.stackIn(writeProject("native"), "test");
    await stack.setSecret("native:canary", PASSWORD);
    await stack.expectOk(["config", "set", "airflow-env:store", `local:${store}`]);
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Writes a project of the program for the plugin; returns its folder. */
  function writeProject(project: string): string {
    const at = join(engine.root, project);
    writePluginProject(at, project, "nodejs");
    return at;
  }

  const target = (name: string, at = places) => ({ directory: { path: join(at, name) } });
  const program = (warehouse: object = {}, at = places, address = `local:${store}`): ResourceSpec[] => [
    workspace(address),
    deployment("dev", { target: target("dev", at) }),
    deployment("prod", { target: target("prod", at) }),
    connection("warehouse", {
      login: "etl",
      password: "$canary",
      port: 5432,
      extra: { sslmode: "require", api_key: "$canary", nested: { a: [1, null] } },
      ...warehouse,
    }),
    connection("alerts", { connType: "http", sharing: "LinkedToAll", exclude: ["dev"] }),
    connection("own", { workspace: undefined, deployment: "$deployment:dev", connType: "http" }),
    link("warehouse", "dev"),
    link("warehouse", "prod", { overrides: { host: "db.prod", extra: { sslmode: null } } }),
    override("warehouse", "prod", { login: "etl_prod" }),
  ];
  const file = (name: string, at = places) => join(at, name, "connections.json");
  const connections = (name: string) => JSON.parse(readFileSync(file(name), "utf8")) as Record<string, unknown>;

  it("makes what is declared; the next preview is empty", async () => {
    stack.resources = program();
    await stack.up();
    expect(connections("dev")).to.have.all.keys("own", "warehouse");
    expect(connections("dev")["warehouse"]).to.include({ host: "warehouse.internal", password: PASSWORD });
    expect(connections("prod")["warehouse"]).to.include({ host: "db.prod", login: "etl_prod" });
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("writes the bytes that the dynamic provider writes", async () => {
    const dynamic = await engine.stack("dynamic");
    const at = join(folder, "dynamic");
    await dynamic.setSecret("dynamic:canary", PASSWORD);
    dynamic.resources = program({}, at, `local:${join(folder, "dynamic-store")}`);
    await dynamic.up();
    for (const name of ["dev", "prod"])
      expect(readFileSync(file(name)).equals(readFileSync(file(name, at))), name).to.equal(true);
    await dynamic.destroy();
  });

  it("names the one field that changes, and whom it reaches", async () => {
    stack.resources = program({ host: "db2.internal" });
    const [step, ...more] = await stack.preview();
    expect(more).to.deep.equal([]);
    expect(step).to.include({ op: "update", name: "warehouse" });
    expect(step?.detailedDiff).to.have.all.keys("host", "appliesTo");
    expect(step?.newInputs["appliesTo"]).to.equal("dev; unchanged by overrides: prod (change 1: host)");
    await stack.up();
    expect(connections("dev")["warehouse"]).to.include({ host: "db2.internal" });
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("rotates a secret, of which only a fingerprint is shown", async () => {
    await stack.setSecret("native:canary", ROTATED);
    const [step] = await stack.preview();
    expect(step?.detailedDiff).to.include.keys("password", "extra.api_key", "fingerprints.password");
    await stack.up();
    expect(connections("prod")["warehouse"]).to.include({ password: ROTATED });
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("shows in a plain preview what somebody changed by hand, and puts it right", async () => {
    const right = readFileSync(file("dev"), "utf8");
    writeFileSync(file("dev"), right.replace("db2.internal", "elsewhere"));
    const [step, ...more] = await stack.preview();
    expect(more).to.deep.equal([]);
    expect(step?.name).to.equal("dev");
    expect(JSON.stringify(step?.newInputs["drift"])).to.contain("host differs from the store");
    await stack.up();
    expect(readFileSync(file("dev"), "utf8")).to.equal(right);
  });

  it("finds nothing to refresh where nothing has changed", async () => {
    const { stdout } = await stack.expectOk(["refresh", "--yes", "--skip-preview"]);
    expect(stdout)
      .to.match(/\d+ unchanged/)
      .and.not.to.match(/\d+ updated/);
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("records what is stored while a target is out of reach, and the next up mends it", async () => {
    const [folderOfDev, away] = [join(places, "dev"), join(places, "away")];
    renameSync(folderOfDev, away);
    writeFileSync(folderOfDev, "a file in the way");
    stack.resources = program({ host: "db3.internal" });
    const { output } = await stack.expectFailure(["up", "--yes", "--skip-preview"]);
    expect(output).to.contain('connection "warehouse" is stored, but Deployment "dev" is not up to date');
    rmSync(folderOfDev);
    renameSync(away, folderOfDev);
    expect((await stack.preview()).map(({ name }) => name)).to.include("warehouse");
    await stack.up();
    expect(connections("dev")["warehouse"]).to.include({ host: "db3.internal" });
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("replaces for another id, and marks only what makes it so", async () => {
    stack.resources = [...program({ host: "db2.internal" }), connection("spare")];
    await stack.up();
    stack.resources = [...program({ host: "db2.internal" }), connection("spare", { connId: "spare2" })];
    const [step] = (await stack.preview()).filter(({ op }) => op === "replace");
    expect(step?.replaceReasons).to.deep.equal(["connId"]);
    expect(step?.detailedDiff?.["connId"]?.kind).to.equal("update-replace");
    await stack.up();
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("refuses in the preview what is declared twice, and names a wrong field without its value", async () => {
    const before = stack.resources;
    stack.resources = [...before, connection("once", { connId: "new" }), connection("again", { connId: "new" })];
    expect((await stack.expectFailure(["preview"])).output).to.contain('declare the same connection "new"');
    stack.resources = [...before, connection("wrong", { port: "never-shown" })];
    const { output } = await stack.expectFailure(["preview"]);
    expect(output).to.contain("port: must be a number").and.not.to.contain("never-shown");
    stack.resources = before;
  });

  it("takes over what the dynamic provider has made, and changes nothing", async () => {
    const dynamic = await engine.stack("moved");
    const at = join(folder, "moved");
    await dynamic.setSecret("moved:canary", PASSWORD);
    dynamic.resources = program({}, at, `local:${join(folder, "moved-store")}`);
    await dynamic.up();
    const before = readFileSync(file("prod", at));
    writeProject("moved");
    const { stdout } = await dynamic.expectOk(["up", "--yes", "--skip-preview"]);
    expect(stdout).to.match(/^ +10 unchanged$/m);
    expect(readFileSync(file("prod", at)).equals(before)).to.equal(true);
    const types = dynamic.readState().checkpoint.latest.resources?.map(({ type }) => type) ?? [];
    expect(types.filter((type) => type.startsWith("pulumi-nodejs:dynamic"))).to.deep.equal([]);
    dynamic.resources = program({ host: "db2.internal" }, at, `local:${join(folder, "moved-store")}`);
    await dynamic.up();
    expect(await dynamic.preview()).to.deep.equal([]);
    await dynamic.destroy();
  });

  it("imports what another stack has made, and takes it over with the next up", async () => {
    const other = await engine.stack("other");
    other.resources = [
      connection("shared", {
        workspace: { name: "data", store: `local:${store}` },
        password: "$secret:not-a-canary",
      }),
    ];
    await other.up();
    const args = ["airflow-env:index:Connection", "shared", "data/connections/shared"];
    await stack.expectOk(["import", ...args, "--generate-code=false", "--protect=false", "--yes", "--skip-preview"]);
    stack.resources = [...stack.resources, connection("shared", { password: "$secret:not-a-canary" })];
    await stack.up();
    expect(await stack.preview()).to.deep.equal([]);
    expect((await other.expectFailure(["preview"])).output).to.contain("belongs to organization/native/test::shared");
  });

  it("ends when the engine is gone, however that ended", async () => {
    const plugin = spawn(process.execPath, [MAIN, "127.0.0.1:1"], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(plugin, "exit");
    await once(plugin.stdout, "data");
    plugin.stdin.end();
    expect(await ended).to.deep.equal([0, null]);
  });

  it("removes everything in one go, and has left no secret anywhere", async () => {
    await stack.destroy();
    for (const name of ["dev", "prod"]) expect(existsSync(file(name)), name).to.equal(false);
    expect(stack.readState().checkpoint.latest.resources ?? []).to.have.lengthOf(0);
    await scanForCanary(engine, [PASSWORD, ROTATED], { files: [folder] });
  });
});
