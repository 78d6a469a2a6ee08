// @ts-check
import { mkdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import { withProgress } from "./progress.mjs";

const pollMs = 250;
const heartbeatMs = 5_000;
/** A holder that cannot be asked (another host, another container) is given up when it is this silent. */
const silentMs = 60_000;

/**
 * Runs `work` while no other process holds the same lock. A lock whose holder died is stolen, so a killed
 * build never blocks the next one.
 *
 * @template T
 * @param {string} path the lock; its folder exists
 * @param {string} label what is being waited for, for the progress line
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, label, work) {
  const owner = JSON.stringify({ pid: process.pid, host: hostname(), nonce: randomUUID() });
  if (!(await tryTake(path, owner))) {
    await withProgress(`waiting for another process: ${label}`, async () => {
      while (!(await tryTake(path, owner))) await sleep(pollMs);
    });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A failed heartbeat only makes us look dead; the result of the work stays correct.
    utimes(`${path}/owner`, now, now).catch(() => undefined);
  }, heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await ownerOf(path))?.text === owner) await rm(path, { recursive: true, force: true });
  }
}

/** @param {string} path @param {string} owner */
async function tryTake(path, owner) {
  const holder = await ownerOf(path);
  if (holder && !isDead(holder)) return false;
  if (holder) await removeStale(path);
  // A folder renamed into place appears with its owner inside; a bare mkdir would have a moment without one.
  const prepared = `${path}.${randomUUID()}`;
  await mkdir(prepared);
  await writeFile(`${prepared}/owner`, owner);
  try {
    await rename(prepared, path);
    return true;
  } catch (error) {
    await rm(prepared, { recursive: true, force: true });
    if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
    return false;
  }
}

/** Removes a dead holder's lock; a second lock makes sure that nobody removes the successor's. @param {string} path */
async function removeStale(path) {
  const guard = `${path}.steal`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    const made = await stat(guard).catch(() => null);
    if (made && Date.now() - made.mtimeMs > silentMs) await rmdir(guard).catch(() => undefined);
    return;
  }
  try {
    const holder = await ownerOf(path);
    if (holder && isDead(holder)) await rm(path, { recursive: true, force: true });
  } finally {
    await rmdir(guard);
  }
}

/** @param {string} path */
async function ownerOf(path) {
  try {
    const text = await readFile(`${path}/owner`, "utf8");
    const seen = await stat(`${path}/owner`);
    return { text, seenMs: seen.mtimeMs };
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    return null;
  }
}

/** @param {{ text: string, seenMs: number }} holder */
function isDead(holder) {
  if (Date.now() - holder.seenMs > silentMs) return true;
  const { pid, host } = JSON.parse(holder.text);
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return hasCode(error, "ESRCH");
  }
}

/** @param {unknown} error @param {string[]} codes */
function hasCode(error, ...codes) {
  return codes.includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? "");
}
