// @ts-check
// Reads on standard input what its parent started. When that pipe closes, the parent has ended, in whatever way:
// kills what is still running and removes the temporary folders.
import { rmSync } from "node:fs";
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
  for (const group of groups) kill(group);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** @param {number} group */
function kill(group) {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
