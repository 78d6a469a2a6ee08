// @ts-check
// Reads on standard input what its parent started. When that pipe closes, the parent has ended, in whatever way:
// kills what is still running and removes the temporary folders.
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";

/** @type {Set<number>} */
const groups = new Set();
/** @type {Set<string>} */
const folders = new Set();

const lines = createInterface({ input: process.stdin });

lines.on("line", (line) => {
  const message = JSON.parse(line);
  if (message.watch) groups.add(message.watch);
  if (message.ended) groups.delete(message.ended);
  if (message.keep) folders.add(message.keep);
  if (message.removed) folders.delete(message.removed);
});

lines.on("close", () => {
  for (const group of groups) kill(-group);
  // Pulumi's engine gives its plugins groups of their own, within its session.
  for (const group of groups) for (const pid of membersOf(group)) kill(pid);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** @param {number} pid of a process, or negative of a group */
function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/** Processes of a session, as far as the system tells. @param {number} session @returns {number[]} */
function membersOf(session) {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && sessionOf(pid) === session);
}

/** @param {number} pid */
function sessionOf(pid) {
  try {
    // After the name in parentheses, which may hold spaces: state, parent, group, session.
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[3]);
  } catch {
    return undefined; // It ended between the listing and the reading.
  }
}
