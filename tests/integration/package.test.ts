import { expect } from "chai";
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { canary, scanForCanary } from "./canary";
import { Engine } from "./engine";

const ROOT = join(__dirname, "..", "..");
const PASSWORD = canary("package");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
/** What is published, packed: 0.6 MB with docs, examples and the Kubernetes client in one file. */
const MAX_PACKED_BYTES = 1_500_000;

/** Whose clients are joined into the package, or asked for by name when an address needs them. */
const VENDORS = /^@(aws-sdk|smithy|kubernetes|google-cloud|azure)\//;

const run = promisify(execFile);
const manifest = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    version: string;
    devDependencies: Record<string, string>;
  };

/** Packed in a fresh clone and installed into an empty folder, with the smallest program of the README. */
describe("the packed package in another folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-package-"));
  let engine: Engine;
  let project: string;
  let packed: string;

  before(async () => {
    engine = await Engine.create();
    project = join(engine.root, "my-airflow");
    const blocks = codeBlocks(README, "## The smallest program");
    const [pack, init, install] = only(blocks, "sh").trim().split("\n");
    const { version, devDependencies } = manifest(ROOT);
    const tarball = `pulumi-airflow-env-${version}.tgz`;
    expect([pack, init, install], "README").to.deep.equal([
      "npm pack --pack-destination ..",
      "cd .. && mkdir my-airflow && cd my-airflow && npm init -y",
      `npm install ../${tarball} @pulumi/pulumi`,
    ]);
    const clone = await freshClone(join(folder, "clone"));
    await run("npm", ["pack", "--pack-destination", ".."], { cwd: clone });
    packed = join(folder, tarball);
    mkdirSync(project);
    writeFileSync(join(project, "Pulumi.yaml"), only(blocks, "yaml"));
    writeFileSync(join(project, "index.ts"), only(blocks, "ts"));
    await run("npm", ["init", "-y"], { cwd: project });
    const pulumi = `@pulumi/pulumi@${devDependencies["@pulumi/pulumi"]}`;
    await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", packed, pulumi], { cwd: project });
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const installed = (...path: string[]) => join(project, "node_modules", "pulumi-airflow-env", ...path);

  for (const major of ["20", "22", "24"] as const)
    it(`does what the README says of the smallest program, under Node ${major}`, async () => {
      const { ensureNode } = await import("../../tools/toolchain.mjs");
      const { binDir, version } = await ensureNode(major);
      const PATH = `${binDir}${delimiter}${engine.environment({}).PATH}`;
      const { stdout } = await run("node", ["--version"], { env: { PATH } });
      expect(stdout.trim())
        .to.equal(`v${version}`)
        .and.to.match(new RegExp(`^v${major}\\.`));

      const stack = await engine.stackIn(project, `node${major}`, { PATH });
      await stack.setSecret("my-airflow:warehousePassword", PASSWORD);
      await stack.up();
      const file = join(project, "airflow-dev", "connections.json");
      expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal({
        warehouse: { conn_type: "postgres", host: "db.internal", login: "etl", password: PASSWORD },
      });
      expect(await stack.preview()).to.deep.equal([]);
      const except = [join(project, "airflow-dev"), join(project, "node_modules")];
      await scanForCanary(engine, [PASSWORD], { except });
      await stack.destroy();
      expect(existsSync(file)).to.equal(false);
      const commandLine = installed("dist", "cli", "main.js");
      const help = await run("node", [commandLine, "--help"], { env: { PATH } });
      expect(help.stdout).to.contain("airflow-env");
    });

  it("names the tested versions of Node in one way", () => {
    expect(README).to.contain("| Node | 20, 22 and 24 |");
    expect(readFileSync(join(ROOT, "docs", "stores", "local.md"), "utf8")).to.contain("Node 20, 22 and 24");
  });

  it("brings the command line", async () => {
    const { stdout } = await run("npx", ["--no-install", "airflow-env", "--version"], { cwd: project });
    expect(stdout.trim()).to.contain(manifest(installed()).version);
  });

  it("brings the plugin, which a project finds beside its other commands", async () => {
    const plugged = join(engine.root, "plugged");
    mkdirSync(plugged);
    const page = readFileSync(installed("docs", "plugin.md"), "utf8");
    const [projectFile = ""] = codeBlocks(page, "## Install")
      .filter(({ language }) => language === "yaml")
      .map(({ text }) => text);
    writeFileSync(join(plugged, "Pulumi.yaml"), projectFile.replace("name: my-airflow", "name: plugged"));
    const program = `const { CustomResource } = require("@pulumi/pulumi");
new CustomResource("airflow-env:index:Workspace", "data", { store: "local:.airflow-env" });
`;
    writeFileSync(join(plugged, "index.js"), program);
    writeFileSync(join(plugged, "package.json"), JSON.stringify({ name: "plugged", main: "index.js" }));
    symlinkSync(join(project, "node_modules"), join(plugged, "node_modules"));
    const stack = await engine.stackIn(plugged, "plugged");
    await stack.up();
    expect(await stack.preview()).to.deep.equal([]);
    expect(stack.readState().checkpoint.latest.resources?.map(({ type }) => type)).to.include(
      "airflow-env:index:Workspace",
    );
    await stack.destroy();
  });

  it("holds the build, the documentation, the licence and nothing else of the checkout", () => {
    const own = readdirSync(installed())
      .filter((name) => name !== "node_modules")
      .sort();
    const pages = ["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"];
    expect(own).to.deep.equal([...pages, "dist", "docs", "examples", "package.json"]);
    expect(readdirSync(installed("dist")).sort()).to.deep.equal([
      "THIRD_PARTY_LICENSES",
      "catalog",
      "cli",
      "provider",
      "sdk",
    ]);
    expect(statSync(packed).size).to.be.below(MAX_PACKED_BYTES);
  });

  it("brings vendors' clients inside itself, with their licences, and no package of theirs", () => {
    const { dependencies } = JSON.parse(readFileSync(installed("package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(dependencies).filter((name) => VENDORS.test(name))).to.deep.equal([]);
    for (const scope of ["@aws-sdk", "@smithy", "@kubernetes"])
      expect(existsSync(join(project, "node_modules", scope)), scope).to.equal(false);
    const licences = readFileSync(installed("dist", "THIRD_PARTY_LICENSES"), "utf8");
    for (const name of ["@kubernetes/client-node", "@aws-sdk/client-secrets-manager", "@smithy/core", "js-yaml"])
      expect(licences).to.contain(`\n${name} `);
    expect(licences).to.contain("Apache License").and.to.contain("Permission is hereby granted");
  });

  it("opens every kind of store without a further package, or says which one its login needs", async () => {
    const script = `
      const { openStore } = require(${JSON.stringify(installed("dist", "provider", "stores", "registry.js"))});
      const addresses = ["local:store", "kubernetes://airflow?kubeconfig=none", "vault://secret/a?address=http://127.0.0.1:1&maxAttempts=1",
        "aws-sm://airflow?region=eu-west-1&endpoint=http://127.0.0.1:1&maxAttempts=1", "gcp-sm://my-project/airflow"];
      const said = ({ code, message }) => code + (/ run: npm install [a-z-]+$/.test(message) ? ", says what to install" : "");
      (async () => {
        for (const address of addresses) {
          const store = await openStore(address);
          console.log(store.kind, await store.find("w/workspace").then(() => "works", said));
          await store.close();
        }
      })();`;
    const { stdout } = await run(process.execPath, ["--eval", script], {
      cwd: project,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        VAULT_TOKEN: "t",
        AWS_ACCESS_KEY_ID: "k",
        AWS_SECRET_ACCESS_KEY: "s",
      },
    });
    expect(stdout.trim().split("\n")).to.deep.equal([
      "local works",
      "kubernetes store-unavailable",
      "vault store-unavailable",
      "aws-secrets-manager store-unavailable",
      "google-secret-manager store-unavailable, says what to install",
    ]);
  });

  it("has a page or file behind every link of a page", () => {
    const pages = readdirSync(installed(), { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".md") && !name.startsWith("node_modules"),
    );
    const links = pages.flatMap((page) =>
      [...readFileSync(installed(page), "utf8").matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link = ""]) => ({
        page,
        link,
      })),
    );
    const dead = links.filter(
      ({ page, link }) => !/^[a-z]+:/.test(link) && !existsSync(join(dirname(installed(page)), link)),
    );
    // CONTRIBUTING.md is for a checkout. Pictures would double the package: npm's page takes them from the repository.
    const missed = dead.filter(
      ({ page, link }) => page !== "CONTRIBUTING.md" && !/(^|\/)images\/[^/]+\.png$/.test(link),
    );
    expect(missed).to.deep.equal([]);
    expect(links.length).to.be.greaterThan(100);
  });
});

/** What a clone of this checkout would hold, with what is not committed yet: neither node_modules nor dist. */
async function freshClone(folder: string): Promise<string> {
  const options = { cwd: ROOT, maxBuffer: 10_000_000 };
  const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], options);
  const files = stdout.split("\0").filter((name) => name !== "" && existsSync(join(ROOT, name)));
  for (const name of files)
    if (!statSync(join(ROOT, name)).isDirectory()) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  return folder;
}

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
