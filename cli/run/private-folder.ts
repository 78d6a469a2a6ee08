import { rmSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, rename, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError, ProviderError } from "../../provider/errors";
import { identify, isRunning } from "./process-identity";

/** File systems that are in memory alone: Linux's tmpfs and ramfs. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);
const FOLDER = /^run-(\d+)-(\d+)-/;

/** A folder that only this user can enter, for as long as this process lives. */
export interface PrivateFolder {
  path: string;
  /** False when the files may reach a disk. */
  isInMemory: boolean;
  /** Writes a file of mode 0600 by rename: whoever reads it sees one text or the other. */
  write(name: string, text: string): Promise<void>;
  /** Takes everything away. Synchronous, for the last moment of a process. */
  readonly remove: () => void;
}

/**
 * Makes a folder in memory, where the system has such a place, and removes what killed processes of this user have left.
 *
 * @throws ProviderError when there is no place for it, or somebody else's folder stands in the way.
 */
export async function makePrivateFolder(environment: NodeJS.ProcessEnv): Promise<PrivateFolder> {
  const places = await placesFor(environment);
  for (const { base } of places) await removeLeftovers(base);
  const [place] = places;
  if (!place) throw new ProviderError("no-place", "there is no folder for temporary files; set TMPDIR");
  const base = await ownBase(place.base);
  const own = await identify(process.pid);
  // The owner is in the name: from its first moment the folder can be told from a leftover.
  const path = await mkdtemp(join(base, `run-${process.pid}-${own?.startedAt ?? "0"}-`));
  return {
    path,
    isInMemory: place.isInMemory,
    async write(name, text) {
      const temporary = join(path, `.${name}.tmp`);
      try {
        await writeFile(temporary, text, { mode: 0o600, flag: "w" });
        await rename(temporary, join(path, name));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
        throw new ProviderError(
          "disk-full",
          `cannot write ${name}: no space left in ${base}; free some, or set TMPDIR`,
        );
      }
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

interface Place {
  /** The folder of all our runs of this user. */
  base: string;
  isInMemory: boolean;
}

/** In memory first; the last one is always there. */
async function placesFor(environment: NodeJS.ProcessEnv): Promise<Place[]> {
  const name = `airflow-env-${process.getuid?.() ?? "user"}`;
  const candidates = [environment["XDG_RUNTIME_DIR"], "/dev/shm", environment["TMPDIR"] || tmpdir()];
  const places: Place[] = [];
  for (const folder of candidates) {
    const isInMemory = folder ? await inMemory(folder) : undefined;
    if (folder && isInMemory !== undefined) places.push({ base: join(folder, name), isInMemory });
  }
  return places.sort((a, b) => Number(b.isInMemory) - Number(a.isInMemory));
}

/** @returns undefined when there is no such folder. */
async function inMemory(folder: string): Promise<boolean | undefined> {
  try {
    return IN_MEMORY.has((await statfs(folder)).type);
  } catch (error) {
    if (["ENOENT", "EACCES", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** Others may write next to it: what is there must be ours, and a folder. */
async function ownBase(base: string): Promise<string> {
  await mkdir(base, { mode: 0o700, recursive: true });
  const found = await lstat(base);
  const isOwn = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !isOwn || (found.mode & 0o077) !== 0)
    throw new InputError(`${base} is not a folder that only you can enter; remove it, or have its owner remove it`);
  return base;
}

async function removeLeftovers(base: string): Promise<void> {
  for (const name of await namesIn(base)) {
    const [, pid, startedAt] = FOLDER.exec(name) ?? [];
    if (pid === undefined || startedAt === undefined) continue;
    if (await isRunning({ pid: Number(pid), startedAt })) continue;
    await rm(join(base, name), { recursive: true, force: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (["ENOENT", "EACCES", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
