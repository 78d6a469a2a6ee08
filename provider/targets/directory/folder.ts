import { mkdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { TargetUnavailableError } from "../../errors";
import { find } from "./files";

/** Everybody may write; with the sticky bit only to files of their own. */
const WORLD_WRITABLE = 0o002n;
const STICKY = 0o1000n;

/** The folder that `path` names, absolute. */
export function folderOf(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(path);
}

/** Makes a folder with mode 0700, those above it included; one that is there stays as it is. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/**
 * Refuses a folder in which others could put a file of theirs in the place of ours: the next reading would take it for
 * ours. One that is not there is fine.
 *
 * @throws TargetUnavailableError naming the folder and the remedy.
 */
export async function requirePrivateFolder(folder: string): Promise<void> {
  const me = process.getuid?.();
  // Windows knows neither.
  if (me === undefined) return;
  const stats = await find(folder);
  if (!stats) return;
  const refused = (text: string) => new TargetUnavailableError("denied", `directory target ${folder}: ${text}`);
  if (stats.uid !== BigInt(me) && stats.uid !== 0n)
    throw refused(`the folder belongs to another user (uid ${stats.uid}); use a folder of your own, or chown it`);
  if ((stats.mode & WORLD_WRITABLE) !== 0n && (stats.mode & STICKY) === 0n)
    throw refused("everybody may write to the folder; chmod o-w it, or use another one");
}

/** What a path is, whatever links or mounts lead to it: the nearest folder that exists, and what comes below it. */
export async function identityOf(path: string): Promise<readonly string[]> {
  const below: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const stats = await find(at);
    if (stats) return [`${stats.dev}:${stats.ino}`, ...below];
    if (at === dirname(at)) return below;
    below.unshift(basename(at));
  }
}

/** Tells a folder from every other one at the moment. */
export async function folderId(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true });
  return `${dev}:${ino}`;
}
