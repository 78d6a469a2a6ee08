import { closeSync, fchmodSync, fsyncSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { ProviderError, StoreUnavailableError } from "../../errors";
import { assertPrivateFile, makePrivateFolder, openRegularFile, syncFolder } from "./safe-files";

/**
 * Where the key of a store without passphrase lives: in the user's configuration, not beside the store. A store's
 * folder gets committed, copied into images and backed up; with the key in it, that would give the secrets away.
 */
export function keyFilePath(storeId: string): string {
  const base = process.env.XDG_CONFIG_HOME ? process.env.XDG_CONFIG_HOME : join(homedir(), ".config");
  return join(base, "airflow-env", "keys", `${storeId}.key`);
}

/**
 * Writes a new key, durably: a store that outlives a power cut must not outlive its key.
 *
 * @throws StoreUnavailableError `denied` if it cannot be written.
 */
export function writeKeyFile(store: string, path: string, secret: Buffer): void {
  try {
    makePrivateFolder(dirname(path));
    const file = openSync(path, "wx", 0o600);
    try {
      // The umask takes bits away from the mode given to open; a mode of a shared filesystem may add some.
      fchmodSync(file, 0o600);
      writeSync(file, `${secret.toString("base64")}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    syncFolder(dirname(path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new StoreUnavailableError(
      "denied",
      `store "${store}": cannot write the key file ${path} (${code}); make the folder writable, or set AIRFLOW_ENV_PASSPHRASE`,
    );
  }
}

/** Removes a key whose store another process made first. */
export function removeKeyFile(path: string): void {
  unlinkSync(path);
}

/**
 * Reads a key.
 *
 * @returns the bytes; their number is not checked.
 * @throws StoreUnavailableError `missing` if there is none, `denied` if it is not the user's alone.
 */
export function readKeyFile(store: string, path: string): Buffer {
  try {
    const file = openRegularFile(store, path);
    try {
      // Of the opened file: by its path, another one could be there by now.
      assertPrivateFile(store, path, file);
      return Buffer.from(readFileSync(file, "utf8").trim(), "base64");
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw unreadable(store, `its key file ${path}, made with it on first use,`, error);
  }
}

/** Why a file with a key or passphrase cannot be read. */
export function unreadable(store: string, what: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error;
  const problem = code === "ENOENT" ? "is missing; bring it here" : `cannot be read (${code})`;
  return new StoreUnavailableError("missing", `store "${store}": ${what} ${problem}. Nothing was changed`);
}
