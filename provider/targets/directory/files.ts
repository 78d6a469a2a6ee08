import { type BigIntStats, constants } from "node:fs";
import { open, stat, unlink, type FileHandle } from "node:fs/promises";
import { hasCode, NotAFileError } from "./file-errors";

/**
 * Without O_NONBLOCK, opening a named pipe waits for a writer that may never come. Windows has neither: undefined, which
 * `|` takes for 0.
 */
const READ_WITHOUT_WAITING = constants.O_RDONLY | constants.O_NONBLOCK;

/** @returns undefined when there is no such file. */
export async function find(file: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** @returns undefined when there is no such file. @throws NotAFileError as `readWithStat`. */
export async function readIfPresent(file: string): Promise<string | undefined> {
  return (await readWithStat(file))?.text;
}

/**
 * Text and stat of the same file, even when it is replaced in between.
 *
 * @returns undefined when there is no such file.
 * @throws NotAFileError if a named pipe, device or socket is in the way; never waits for it.
 */
export async function readWithStat(file: string): Promise<{ text: string; stats: BigIntStats } | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, READ_WITHOUT_WAITING);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat({ bigint: true });
    // Reading a folder fails by itself.
    if (!stats.isFile() && !stats.isDirectory()) throw new NotAFileError(file);
    return { text: await handle.readFile("utf8"), stats };
  } finally {
    await handle.close();
  }
}

/** Writes a new file with mode 0600 and waits for the disk. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a file; the absent is fine. */
export async function unlinkIfPresent(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

/** Differs for every file and every change of it. */
export function stamp(stats: BigIntStats): string {
  return `${stats.ino}-${stats.size}-${stats.mtimeNs}-${stats.ctimeNs}`;
}

/** Whether it is the same file with the same content; not by ctime, which changes with its name. */
export function sameFile(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;
}
