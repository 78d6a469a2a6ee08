import { createHash } from "node:crypto";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { fillSettings } from "../../cli/settings";
import { deploymentOption, onlyWorkspaceOption, storeOption } from "../../cli/options";
import { fill, namedStore, run, sampleDocuments } from "./harness";
import { Command } from "commander";

describe("settings of airflow-env", () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "cli-settings-")));
    environment = { HOME: join(folder, "home") };
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }

  /** What a verb gets in a folder. */
  async function filled(at = ".", args: string[] = []): Promise<Record<string, unknown>> {
    const verb = new Command()
      .addOption(storeOption())
      .addOption(onlyWorkspaceOption())
      .addOption(deploymentOption())
      .exitOverride();
    verb.parse(["--deployment", "dev", ...args], { from: "user" });
    await fillSettings(verb, { workingFolder: join(folder, at), environment });
    return verb.opts();
  }

  /** As `pulumi stack select` does. */
  async function select(project: string, path: string, stack: string): Promise<void> {
    const hash = createHash("sha1").update(join(folder, path)).digest("hex");
    await write(`home/.pulumi/workspaces/${project}-${hash}-workspace.json`, JSON.stringify({ stack }));
  }

  it("come from the nearest airflow-env.yaml above, with paths that start at that file", async () => {
    await write("airflow-env.yaml", "store: local:.airflow-env\nworkspace: data\ndeployment: prod\n");
    await mkdir(join(folder, "dags/deep"), { recursive: true });
    const store = `local:${join(folder, ".airflow-env")}`;
    expect(await filled("dags/deep")).to.deep.equal({ store, workspace: "data", deployment: "dev" });
    expect(await filled(".", ["--store", "vault://x", "--workspace", "w"])).to.deep.equal({
      store: "vault://x",
      workspace: "w",
      deployment: "dev",
    });
    await write("dags/airflow-env.yaml", "store: vault://secret/airflow\n");
    expect(await filled("dags/deep")).to.deep.equal({ store: "vault://secret/airflow", deployment: "dev" });
  });

  it("come from the Pulumi project of the folder: the selected stack, then the project", async () => {
    await write(
      "Pulumi.yaml",
      "name: p\nruntime: nodejs\nmain: src/index.ts\nconfig:\n  airflow-env:store: local:base\n",
    );
    await write("Pulumi.dev.yaml", "config:\n  airflow-env:store: local:dev\n  p:other:\n    secure: v1:xyz\n");
    await write("Pulumi.prod.yaml", "config:\n  airflow-env:store: vault://secret/prod\n");
    expect(await filled()).to.deep.include({ store: `local:${join(folder, "src/base")}` });
    await select("p", "Pulumi.yaml", "organization/p/dev");
    expect(await filled()).to.deep.include({ store: `local:${join(folder, "src/dev")}` });
    environment["PULUMI_STACK"] = "prod";
    expect(await filled()).to.deep.include({ store: "vault://secret/prod" });
    await write("airflow-env.yaml", "store: local:/mine\n");
    expect(await filled()).to.deep.include({ store: "local:/mine" });
  });

  it("take the only stack there is, where none is selected, and never guess between two", async () => {
    await write("Pulumi.yaml", "name: p\nruntime: nodejs\nstackConfigDir: stacks\n");
    await write("stacks/Pulumi.dev.yaml", "config:\n  airflow-env:store: local:/dev\n");
    expect(await filled()).to.deep.include({ store: "local:/dev" });
    await write("stacks/Pulumi.prod.yaml", "config:\n  airflow-env:store: local:/prod\n");
    expect(await filled().catch(({ code }: { code: string }) => code)).to.equal("usage");
  });

  it("say what is wrong with a file, without its text", async () => {
    const message = () => filled().catch((error: Error) => error.message);
    await write("airflow-env.yaml", "store: [1]\n");
    expect(await message()).to.contain("airflow-env.yaml: store must be a text");
    await write("airflow-env.yaml", "stores: x\n");
    expect(await message()).to.contain("stores is no setting; it takes store, workspace, deployment");
    await write("airflow-env.yaml", "a: 1\n  canary: [\n");
    expect(await message())
      .to.contain("is not YAML: line")
      .and.not.to.contain("canary");
    await write("airflow-env.yaml", "");
    await write("Pulumi.yaml", "name: p\nconfig:\n  airflow-env:store:\n    secure: v1:abc\n");
    expect(await message())
      .to.contain("is encrypted")
      .and.to.contain("--store");
  });

  it("make a verb work with no flag but the Deployment", async () => {
    const store = namedStore("a");
    await fill(store, sampleDocuments());
    await write("airflow-env.yaml", "store: memory:a\n");
    const output = join(folder, "c.json");
    const args = ["fetch", "--deployment", "dev", "--output", output];
    expect(await run([store], args, { workingFolder: folder })).to.deep.include({ code: 0, stderr: "" });
    await fill(
      store,
      sampleDocuments()
        .slice(0, 1)
        .map(([, document]) => ["other/workspace", document]),
    );
    const several = await run([store], args, { workingFolder: folder });
    expect(several.code).to.equal(2);
    expect(several.stderr).to.contain('"data", "other"');
    await write("airflow-env.yaml", "store: memory:a\nworkspace: data\ndeployment: prod\n");
    const { stdout } = await run([store], ["fetch", "--output", output], { workingFolder: folder });
    expect(stdout).to.contain('Deployment "prod"');
  });
});
