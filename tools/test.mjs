// @ts-check
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, setUp } from "./setup.mjs";
import { ToolchainError, ensureAirflow, ensureAirflowHooks, ensureEtcd, ensureKubeApiserver } from "./toolchain.mjs";
import { ensureMoto, ensurePulumi, ensureVault } from "./toolchain.mjs";

const usage = `Runs everything: format, lint, types, unit and conformance tests, integration tests on real servers.

  npm test                                  everything; sets up what is missing first
  npm run test:unit                         the quick inner loop
  STORES=vault npm run test:integration     integration tests of one store
  node tools/test.mjs --integration -- tests/integration/lifecycle.test.ts
`;

/** What a step did. @typedef {{ name: string, passed: number, failed: number, skipped: number }} Outcome */

const args = process.argv.slice(2);
if (args.includes("--help") || args.includes("-h")) {
  process.stdout.write(usage);
} else {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/** @returns {Promise<number>} exit code */
async function main() {
  const separator = args.indexOf("--");
  const files = separator >= 0 ? args.slice(separator + 1) : [];
  const onlyIntegration = args.includes("--integration");
  await setUp();
  // The toolchain builds while the quick tests run; its failure is reported when it is needed.
  const toolchain = prepareToolchain().then(
    () => undefined,
    (error) => error,
  );
  /** @type {Outcome[]} */
  const outcomes = [];
  if (!onlyIntegration) {
    const checks = ["check:format", "check:lint", "check:types", "check:stores", "check:catalog"];
    for (const script of checks) outcomes.push(await check(script));
    outcomes.push(await mocha("unit and conformance", []));
  }
  const failure = await toolchain;
  if (failure) throw failure;
  outcomes.push(await mocha("integration", ["--config", ".mocharc.integration.json", ...files]));
  return report(outcomes);
}

async function prepareToolchain() {
  await Promise.all([ensurePulumi(), ensureEtcd(), ensureMoto(), ensureAirflow("3.3.2"), ensureAirflow("2.11.2")]);
  await Promise.all([ensureKubeApiserver(), ensureVault(), ensureAirflowHooks()]);
}

/** @param {string} script @returns {Promise<Outcome>} */
async function check(script) {
  const code = await spawned("npm", ["run", "--silent", script], {});
  return { name: script, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** @param {string} name @param {string[]} mochaArgs @returns {Promise<Outcome>} */
async function mocha(name, mochaArgs) {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-test-"));
  try {
    const command = join(root, "node_modules", "mocha", "bin", "mocha.js");
    const colour = process.stdout.isTTY ? [] : ["--no-color"];
    const reporter = ["--reporter", join(root, "tests", "reporter.cjs"), ...colour];
    const code = await spawned(process.execPath, [command, ...reporter, ...mochaArgs], {
      AIRFLOW_ENV_TEST_SUMMARY: folder,
    });
    const summaries = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
    const sum = (/** @type {"passed" | "failed" | "skipped"} */ key) =>
      summaries.reduce((total, one) => total + one[key], 0);
    const outcome = { name, passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
    // A run that died before its end has no summary, and must not pass for that.
    if (code !== 0 && outcome.failed === 0) outcome.failed = 1;
    return outcome;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} command @param {string[]} commandArgs @param {Record<string, string>} env @returns {Promise<number>} */
function spawned(command, commandArgs, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArgs, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** @param {Outcome[]} outcomes @returns {number} */
function report(outcomes) {
  const sum = (/** @type {"passed" | "failed" | "skipped"} */ key) =>
    outcomes.reduce((total, one) => total + one[key], 0);
  process.stdout.write("\n");
  for (const { name, passed, failed, skipped } of outcomes)
    process.stdout.write(`${name}: ${passed} ok, ${failed} not ok${skipped > 0 ? `, ${skipped} left out` : ""}\n`);
  const skipped = sum("skipped");
  process.stdout.write(
    `\n${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
  );
  return sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;
}
