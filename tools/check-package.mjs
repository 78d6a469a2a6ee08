// @ts-check
// Judges the package as npm would publish it: publint its package.json, attw how its types resolve. Needs a build.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./processes/run.mjs";
import { root } from "./setup.mjs";
import { ToolchainError } from "./toolchain/errors.mjs";

/** @param {string} name */
const tool = (name) => join(root, "node_modules", ".bin", name);

const folder = mkdtempSync(join(tmpdir(), "airflow-env-check-"));
try {
  await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: root });
  const packed = join(folder, readdirSync(folder)[0] ?? "");
  await run(tool("publint"), ["run", packed, "--strict"]);
  await run(tool("attw"), [packed, "--profile", "strict"]);
} catch (error) {
  if (!(error instanceof ToolchainError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
