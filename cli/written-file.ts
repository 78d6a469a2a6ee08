import { access, constants, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "../provider/errors";

const REASONS = new Map([
  ["ENOENT", "its folder does not exist"],
  ["ENOTDIR", "its folder is not a folder"],
  ["EISDIR", "it is a folder"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", "no space left on the disk"],
  ["EDQUOT", "no space left in the user's quota"],
]);

/** What to say of a file that could not be written. */
export function whyNotWritten(path: string, error: unknown): unknown {
  const reason = REASONS.get((error as NodeJS.ErrnoException).code ?? "");
  return reason === undefined ? error : new InputError(`cannot write ${path}: ${reason}`);
}

/** Writes a file without secrets. @throws InputError if there is no writing there. */
export async function writeOutput(path: string, text: string): Promise<void> {
  await explained(path, () => writeFile(path, text));
}

/** Before other things are done that go with a file. @throws InputError if there is no making one there. */
export async function assertFolder(path: string): Promise<void> {
  // With a dot, so that a file in the folder's place is told.
  await explained(path, () => access(`${dirname(path)}/.`, constants.W_OK));
}

async function explained(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw whyNotWritten(path, error);
  }
}
