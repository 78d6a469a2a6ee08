import { expect } from "chai";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { canary, scanForCanary } from "./canary";
import { Engine, type Stack } from "./engine";
import { pythonWithSdk } from "./plugin-tools";

const run = promisify(execFile);
const ROOT = join(__dirname, "../..");
const EXAMPLES = join(ROOT, "examples");
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
const PASSWORD = canary("distribution");
/** Of the example, from its folder. */
const STORE = "local:.airflow-env";
const PLACE = "github://api.github.com/example/pulumi-airflow-env";

/** What people without Node install: on no PATH here is a `node`. */
describe("the archive and the wheel", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-distribution-"));
  const made = (ending: string) => join(folder, readdirSync(folder).find((name) => name.endsWith(ending)) ?? ending);
  const venv = join(folder, "venv");
  let engine: Engine;
  let pulumiFolder: string;
  let inYaml: Stack;

  before(async () => {
    const { ensurePulumi } = await import("../../tools/toolchain.mjs");
    engine = await Engine.create();
    pulumiFolder = dirname((await ensurePulumi()).pulumi);
    await run(process.execPath, [join(ROOT, "tools/distribution.mjs"), folder]);
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function project(example: string): string {
    const path = join(engine.root, example);
    cpSync(join(EXAMPLES, example), path, { recursive: true });
    return path;
  }

  function expectConnections(stack: Stack, password: string): void {
    const file = join(stack.folder, "deployments", "staging", "connections.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).to.have.nested.property("warehouse.password", password);
  }

  it("Pulumi installs the archive, which serves a program in YAML", async () => {
    const { ensurePulumiYaml } = await import("../../tools/toolchain.mjs");
    const PATH = [(await ensurePulumiYaml()).binDir, pulumiFolder].join(delimiter);
    inYaml = await engine.stackIn(project("quickstart-yaml"), "test", { PATH });
    const install = ["plugin", "install", "resource", "airflow-env", version, "--file", made(".tar.gz")];
    await run(join(pulumiFolder, "pulumi"), install, { env: engine.environment({ PATH }) });
    await inYaml.setSecret("airflow-env-yaml:warehousePassword", PASSWORD);
    await inYaml.up();
    expectConnections(inYaml, PASSWORD);
    expect(await inYaml.preview()).to.deep.equal([]);
  });

  it("pip installs the wheel, whose command line reads that store", async () => {
    const { ensurePulumiPython } = await import("../../tools/toolchain.mjs");
    await run((await ensurePulumiPython()).python, ["-m", "venv", venv]);
    await run(join(venv, "bin", "python"), ["-m", "pip", "install", "--quiet", made(".whl")]);
    const environment = { ...engine.environment({}), PATH: "/nowhere" };
    const airflowEnv = (...args: string[]) =>
      run(join(venv, "bin", "airflow-env"), args, { env: environment, cwd: inYaml.folder });
    expect((await airflowEnv("--version")).stdout.trim()).to.equal(version);
    const listed = await airflowEnv("list", "--store", STORE, "--deployment", "staging", "--json");
    expect(listed.stdout).to.contain('"warehouse"').and.not.to.contain(PASSWORD);
    const failed = await airflowEnv("show", "no-such-connection", "--store", STORE).catch(
      (error: { code: number }) => error,
    );
    expect(failed).to.have.property("code").that.is.above(0);
    const program = join(inYaml.folder, "Pulumi.yaml");
    writeFileSync(program, readFileSync(program, "utf8").replace("sslmode: require", "sslmode: verify-ca"));
    const preview = join(folder, "preview.json");
    writeFileSync(preview, (await inYaml.run(["preview", "--json"])).stdout);
    const { stdout: report } = await airflowEnv("report", preview, "--store", STORE);
    expect(report).to.contain("`staging`").and.to.contain("sslmode").and.not.to.contain("verify-ca");
    await inYaml.destroy();
  });

  it("the wheel's plugin serves a program in Python, whose package names the version and the place", async () => {
    const { env } = await pythonWithSdk(folder, "");
    const PATH = [env["PATH"] ?? "", pulumiFolder, join(venv, "bin")].join(delimiter);
    const stack = await engine.stackIn(project("quickstart-python"), "test", { ...env, PATH });
    rmSync(join(engine.environment({})["PULUMI_HOME"] ?? "", "plugins"), { recursive: true });
    await stack.up();
    expectConnections(stack, "correct-horse-battery-staple");
    await stack.destroy();

    const { writeSdk } = await import("../../tools/sdk.mjs");
    await writeSdk("python", join(folder, "placed"), PLACE);
    const plugin = join(folder, "placed", "pulumi_airflow_env", "pulumi-plugin.json");
    expect(JSON.parse(readFileSync(plugin, "utf8"))).to.deep.equal({
      resource: true,
      name: "airflow-env",
      version,
      server: PLACE,
    });
  });

  it("leaves no secret anywhere", async () => {
    await scanForCanary(engine, [PASSWORD], { files: [folder] });
  });
});
