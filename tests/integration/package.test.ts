import { expect } from "chai";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { canary, scanForCanary } from "./canary";
import { Engine, type Stack } from "./engine";

const ROOT = join(__dirname, "..", "..");
const PASSWORD = canary("package");

const run = promisify(execFile);

/** The package as npm would publish it, installed into an empty folder with the smallest program of the README. */
describe("the packed package in another folder", function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-package-"));
  let engine: Engine;
  let stack: Stack;
  let project: string;

  before(async () => {
    engine = await Engine.create();
    project = join(engine.root, "my-airflow");
    mkdirSync(project);
    const blocks = codeBlocks(readFileSync(join(ROOT, "README.md"), "utf8"), "## The smallest program");
    writeFileSync(join(project, "Pulumi.yaml"), only(blocks, "yaml"));
    writeFileSync(join(project, "index.ts"), only(blocks, "ts"));
    const [init = "", install = ""] = only(blocks, "sh").trim().split("\n");
    expect(init, "README").to.contain("npm init -y");
    expect(install, "README").to.equal("npm install pulumi-airflow-env @pulumi/pulumi");
    // The build is there; another one would pull it away from under the tests beside this one.
    await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: ROOT });
    const [packed] = readdirSync(folder);
    await run("npm", ["init", "-y"], { cwd: project });
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      devDependencies: Record<string, string>;
    };
    const pulumi = `@pulumi/pulumi@${devDependencies["@pulumi/pulumi"]}`;
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline"];
    await run("npm", ["install", ...quiet, join(folder, packed ?? ""), pulumi], { cwd: project });
    stack = await engine.stackIn(project, "dev");
    await stack.setSecret("my-airflow:warehousePassword", PASSWORD);
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const installed = (...path: string[]) => join(project, "node_modules", "pulumi-airflow-env", ...path);

  it("does what the README says of the smallest program", async () => {
    await stack.up();
    const file = join(project, "airflow-dev", "connections.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal({
      warehouse: { conn_type: "postgres", host: "db.internal", login: "etl", password: PASSWORD },
    });
    expect(await stack.preview()).to.deep.equal([]);
    await scanForCanary(engine, [PASSWORD], { except: [join(project, "airflow-dev"), join(project, "node_modules")] });
    await stack.destroy();
    expect(existsSync(file)).to.equal(false);
  });

  it("brings the command line", async () => {
    const { stdout } = await run("npx", ["--no-install", "airflow-env", "--version"], { cwd: project });
    const { version } = JSON.parse(readFileSync(installed("package.json"), "utf8")) as { version: string };
    expect(stdout.trim()).to.contain(version);
  });

  it("holds the build, the licence and nothing of the checkout", () => {
    const entries = readdirSync(installed()).sort();
    const own = entries.filter((name) => name !== "node_modules");
    expect(own).to.deep.equal(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json"]);
    expect(readdirSync(installed("dist")).sort()).to.deep.equal(["catalog", "cli", "provider", "sdk"]);
  });
});

interface CodeBlock {
  language: string;
  text: string;
}

/** Code blocks of one section, up to the next heading of the same level. */
function codeBlocks(markdown: string, heading: string): CodeBlock[] {
  const [, rest = ""] = markdown.split(`${heading}\n`);
  const [section = ""] = rest.split(/^## /m);
  return [...section.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language = "", text = ""]) => ({ language, text }));
}

function only(blocks: CodeBlock[], language: string): string {
  const found = blocks.find((block) => block.language === language);
  if (!found) throw new Error(`the README has no ${language} block there`);
  return found.text;
}
