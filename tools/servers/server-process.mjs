// @ts-check
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { guardDirectory, guardProcess, killGroup } from "../processes/guard.mjs";

/** How long a server may take to end by itself. */
const graceMs = 3_000;
const pollMs = 50;
const shownLogLines = 30;

/**
 * @typedef {object} ServerProcess
 * @property {number} pid
 * @property {() => string} log what it has written so far
 * @property {(ready: () => Promise<boolean> | boolean, timeoutMs: number) => Promise<void>} waitUntil
 * @property {(signal: NodeJS.Signals) => void} signal
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a server with its output in a log file. It ends with this process, however this process ends, and does not
 * keep it alive.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ directory: string, name: string, env?: NodeJS.ProcessEnv }} options
 * @returns {ServerProcess}
 */
export function startServerProcess(command, args, { directory, name, env }) {
  const logFile = join(directory, `${name}.log`);
  const output = openSync(logFile, "a", 0o600);
  const child = spawn(command, args, { cwd: directory, env, detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  child.unref();
  const release = guardProcess(child);
  /** @type {string | undefined} */
  let ended;
  const end = new Promise((resolve) => {
    child.on("error", (error) => resolve((ended = error.message)));
    child.on("exit", (code, signal) => resolve((ended = `ended with ${signal ?? `exit code ${code}`}`)));
  }).then(release);
  const log = () => readFileSync(logFile, "utf8");

  return {
    pid: child.pid ?? -1,
    log,
    async waitUntil(ready, timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      while (!(await ready())) {
        const late = Date.now() > deadline ? `was not ready after ${timeoutMs / 1000} s` : undefined;
        if (ended ?? late) {
          const tail = log().trimEnd().split("\n").slice(-shownLogLines).join("\n");
          throw new Error(`${name} ${ended ?? late}; the end of its log:\n${tail}`);
        }
        await sleep(pollMs);
      }
    },
    signal: (signal) => killGroup(child, signal),
    async stop() {
      if (ended) return;
      killGroup(child, "SIGCONT"); // a stopped process would not see the next signal
      killGroup(child, "SIGTERM");
      const timer = setTimeout(() => killGroup(child), graceMs);
      await end;
      clearTimeout(timer);
    },
  };
}

/**
 * A temporary folder that is removed at `remove()`, or when this process ends.
 *
 * @param {string} name
 */
export async function temporaryDirectory(name) {
  const path = await mkdtemp(join(tmpdir(), `airflow-env-${name}-`));
  const release = guardDirectory(path);
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
      release();
    },
  };
}

/**
 * A port that was free a moment ago. Another process may take it before its user does; starters then try again.
 *
 * @returns {Promise<number>}
 */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/**
 * Repeats a start whose port was taken in between.
 *
 * @template T
 * @param {() => Promise<T>} start
 * @returns {Promise<T>}
 */
export async function retryTakenPort(start) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 3 || !/address already in use/i.test(/** @type {Error} */ (error).message)) throw error;
    }
  }
}
