import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { whyNotWritten } from "./written-file";

/**
 * Writes a file with mode 0600 by rename: never half-written, and never readable by others, even when it replaces a
 * file that was.
 *
 * @throws InputError if there is no writing there.
 */
export async function writePrivateFile(path: string, text: string | Buffer): Promise<void> {
  const file = resolve(path);
  const temporary = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw whyNotWritten(path, error);
  }
}
