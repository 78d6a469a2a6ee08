import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import type { NodeVersion } from "../../tools/toolchain.mjs" with { "resolution-mode": "import" };

const ROOT = join(__dirname, "..", "..");
const MAJORS: NodeVersion[] = ["20", "22", "24"];
/** All of the local store but the long search for damage that goes unnoticed, which concerns SQLite alone. */
const LOCAL_STORE = ["conformance", "in-the-way", "keys", "processes", "seal", "tampering"].map(
  (name) => `tests/provider/stores/local/${name}.test.ts`,
);

/** The built package by its own name, as a program has it; then a store, written by one process and read by the next. */
const PROGRAM = `
  const airflow = require("pulumi-airflow-env");
  const { handlers } = require("pulumi-airflow-env/provider/handlers");
  const { findConnectionType } = require("pulumi-airflow-env/catalog");
  const { openStore } = require(process.cwd() + "/dist/provider/stores/registry.js");
  const [address, task] = process.argv.slice(1);
  openStore(address).then(async (store) => {
    if (task === "write") await store.put("w/connections/c", "text", "{}", "absent");
    const { text } = await store.find("w/connections/c");
    await store.close();
    const names = [airflow.Workspace.name, Object.keys(handlers).includes("connection"), findConnectionType("postgres").id];
    process.stdout.write(JSON.stringify([process.versions.node, ...names, text]));
  });
`;

const run = promisify(execFile);

async function nodeOf(major: NodeVersion): Promise<{ node: string; version: string }> {
  const { ensureNode } = await import("../../tools/toolchain.mjs");
  return ensureNode(major);
}

describe("the package and the local store", function () {
  this.timeout(600_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "node-versions-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const environment = () => ({ ...process.env, XDG_CONFIG_HOME: join(folder, "config") });

  for (const major of MAJORS) {
    it(`are loaded and used by Node ${major}, with a store that another one made`, async () => {
      const { node, version } = await nodeOf(major);
      expect(version).to.match(new RegExp(`^${major}\\.`));
      const use = async (program: string, task: string) => {
        const args = ["--eval", PROGRAM, `local:${join(folder, "store")}`, task];
        const { stdout } = await run(program, args, { cwd: ROOT, env: environment() });
        return JSON.parse(stdout) as unknown[];
      };
      const rest = ["Workspace", true, "postgres", "text"];
      expect(await use(process.execPath, "write")).to.deep.equal([process.versions.node, ...rest]);
      expect(await use(node, "read")).to.deep.equal([version, ...rest]);
      const { stdout } = await run(node, ["dist/cli/main.js", "store", "list", `local:${join(folder, "store")}`], {
        cwd: ROOT,
        env: environment(),
      });
      expect(stdout).not.to.equal("");
    });

    // The unit tests are this for the running one.
    if (process.versions.node.startsWith(`${major}.`)) continue;
    it(`keep the store's contract on Node ${major}`, async () => {
      const { node } = await nodeOf(major);
      const mocha = join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
      const settings = [
        "--no-config",
        "--import=tsx",
        "--require=tests/hooks.ts",
        "--timeout=120000",
        "--reporter=dot",
      ];
      await run(node, [mocha, ...settings, ...LOCAL_STORE], { cwd: ROOT }).catch((error: unknown) => {
        // The report of the failed test, instead of the command line alone.
        throw new Error((error as { stdout?: string }).stdout ?? "mocha did not start", { cause: error });
      });
    });
  }
});
