// @ts-check
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const watchdogPath = fileURLToPath(new URL("./watchdog.mjs", import.meta.url));

/** @type {import("node:child_process").ChildProcess | undefined} */
let watchdog;

/**
 * Makes sure that a process, with the group that it leads, does not outlive this one, however this one ends:
 * a watchdog process kills it when it notices our end. (No handler of our own sees a SIGKILL.)
 *
 * @param {import("node:child_process").ChildProcess} child spawned with `detached: true`
 * @returns {() => void} to be called when the child has ended
 */
export function guardProcess(child) {
  const { pid } = child;
  if (pid === undefined) return () => undefined;
  tell({ watch: pid });
  return () => tell({ ended: pid });
}

/**
 * Makes sure that a temporary folder does not outlive this process.
 *
 * @param {string} path
 * @returns {() => void} to be called when the folder has been removed
 */
export function guardDirectory(path) {
  tell({ keep: path });
  return () => tell({ removed: path });
}

/** Kills a child and its group. @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} [signal] */
export function killGroup(child, signal = "SIGKILL") {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}

/** @param {object} message */
function tell(message) {
  watchdog ??= startWatchdog();
  watchdog.stdin?.write(`${JSON.stringify(message)}\n`);
}

function startWatchdog() {
  // Detached, so that a Ctrl-C in the terminal ends us first and then lets it do its work.
  const child = spawn(process.execPath, [watchdogPath], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  child.unref();
  // Without this our own end would wait for the pipe, which stays open for as long as we live.
  /** @type {import("node:net").Socket} */ (child.stdin).unref();
  child.stdin.on("error", () => undefined); // the watchdog is gone: nothing left to tell
  return child;
}
