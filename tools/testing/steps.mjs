// @ts-check
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guardProcess } from "../processes/guard.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @typedef {import("./report.d.mts").Outcome} Outcome */

/**
 * Runs a script of package.json; it counts as one test.
 *
 * @param {string} script
 * @returns {Promise<Outcome>}
 */
export async function check(script) {
  const startedAt = performance.now();
  const code = await spawned("npm", ["run", "--silent", script], {});
  const [passed, failed] = code === 0 ? [1, 0] : [0, 1];
  return { name: script, passed, failed, skipped: 0, seconds: secondsSince(startedAt) };
}

/**
 * Runs mocha with the reporter that leaves its counts and times.
 *
 * @param {string} name of the part
 * @param {string[]} args files and options
 * @returns {Promise<Required<Outcome>>}
 */
export async function mocha(name, args) {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-test-"));
  try {
    const command = join(root, "node_modules", "mocha", "bin", "mocha.js");
    const colour = process.stdout.isTTY ? [] : ["--no-color"];
    const reporter = ["--reporter", join(root, "tests", "reporter.cjs"), ...colour];
    const code = await spawned(process.execPath, [command, ...reporter, ...args], {
      AIRFLOW_ENV_TEST_SUMMARY: folder,
    });
    const [summary] = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
    const { passed = 0, failed = 0, skipped = 0, seconds: files = {} } = summary ?? {};
    // A run that ended before its end has no summary, whatever its exit code, and must not pass for that.
    const isBroken = summary === undefined || (code !== 0 && failed === 0);
    return { name, passed, failed: isBroken ? 1 : failed, skipped, seconds: secondsSince(startedAt), files };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} command @param {string[]} args @param {Record<string, string>} env @returns {Promise<number>} */
function spawned(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...env },
      detached: true, // a group of its own, so that all of it ends with this process, however this one ends
    });
    const release = guardProcess(child);
    child.on("error", reject);
    child.on("close", (code) => {
      release();
      resolve(code ?? 1);
    });
  });
}

/** @param {number} startedAt */
function secondsSince(startedAt) {
  return (performance.now() - startedAt) / 1000;
}
