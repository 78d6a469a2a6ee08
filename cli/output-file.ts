import { readFile, realpath } from "node:fs/promises";
import { InputError } from "../provider/errors";
import { mergeBlock } from "./env-block";
import type { EnvFile } from "./env-file";
import { RefusedError } from "./failure";
import { isCommittable } from "./git";
import { writePrivateFile } from "./private-file";

/**
 * Writes a whole file of ours, mode 0600.
 *
 * @param isOurs - whether a text is one that this command has written: anything else is somebody's own.
 * @throws RefusedError for a file that git would commit, and for one that is not ours; it is left as it is.
 */
export async function writeWhole(path: string, text: string, isOurs: (existing: string) => boolean): Promise<void> {
  await refuseCommittable(path);
  await writeOwn(path, text, isOurs);
}

/** As `writeWhole`, for what holds no secret: git may commit it. */
export async function writeOwn(path: string, text: string, isOurs: (existing: string) => boolean): Promise<void> {
  const existing = await existingText(path, "utf8");
  if (existing !== undefined && existing.trim() !== "" && !isOurs(existing))
    throw new RefusedError(`${path} exists and was not written by airflow-env; move it away or choose another path`);
  await writePrivateFile(await followed(path), text);
}

/**
 * Puts lines into our block of an env file, mode 0600; what else the file holds stays byte for byte.
 *
 * @returns variables that the rest of the file sets too.
 * @throws RefusedError for a file that git would commit, and for one with broken markers; it is left as it is.
 */
export async function writeBlock(path: string, { text, names }: EnvFile): Promise<string[]> {
  await refuseCommittable(path);
  const existing = (await existingText(path, "latin1")) ?? "";
  let merged;
  try {
    merged = mergeBlock(existing, text, names);
  } catch (error) {
    throw error instanceof RefusedError ? new RefusedError(`${path} ${error.message}`) : error;
  }
  await writePrivateFile(await followed(path), Buffer.from(merged.text, "latin1"));
  return merged.setTwice;
}

async function refuseCommittable(path: string): Promise<void> {
  if (!(await isCommittable(path))) return;
  throw new RefusedError(`git would commit ${path}; add it to .gitignore, or choose a path outside of the repository`);
}

/** A link to a file stays a link. */
async function followed(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return path;
    throw error;
  }
}

/** @returns undefined when there is no file. */
async function existingText(path: string, encoding: "utf8" | "latin1"): Promise<string | undefined> {
  try {
    return await readFile(path, encoding);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // What stands in the way of a writer is for the writer to say.
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
    if (code === "EACCES") throw new InputError(`cannot read ${path}: permission denied`);
    throw error;
  }
}
