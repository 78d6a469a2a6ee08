import * as fs from "node:fs";
import { dirname } from "node:path";
import { StoreUnavailableError } from "../../errors";

/** Users, by number, who may own what we rely on, besides root and ourselves: `1000` or `1000,1001`. */
const TRUSTED_OWNERS = "AIRFLOW_ENV_TRUSTED_OWNERS";

/** Windows has access lists in place of these. */
const hasOwners = process.geteuid !== undefined;
/** Windows, which opens no FIFO by a file's name, has no O_NONBLOCK: undefined, which `|` takes for 0. */
const READ_WITHOUT_WAITING = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;

/**
 * Opens a file to read. Never waits: opening a FIFO would, for somebody to write to it.
 *
 * @throws StoreUnavailableError `unreachable` if something else than a file is there.
 */
export function openRegularFile(store: string, path: string): number {
  const file = fs.openSync(path, READ_WITHOUT_WAITING);
  if (fs.fstatSync(file).isFile()) return file;
  fs.closeSync(file);
  throw notAFile(store, path);
}

/**
 * Refuses what is in the way of files that SQLite opens by itself, and would wait for.
 *
 * @throws StoreUnavailableError `unreachable` if something else than a file is there.
 */
export function assertFileOrAbsent(store: string, path: string): void {
  // The link itself: SQLite must not write where it leads.
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stats && !stats.isFile()) throw notAFile(store, path);
}

/**
 * Refuses a folder whose files others could exchange.
 *
 * @throws StoreUnavailableError `denied` with the remedy.
 */
export function assertTrustedFolder(store: string, folder: string): void {
  if (!hasOwners) return;
  const { uid, mode } = fs.statSync(folder);
  assertTrustedOwner(store, `its folder ${folder}`, uid);
  if ((mode & 0o002) === 0) return;
  throw new StoreUnavailableError(
    "denied",
    `store "${store}": everybody may write to its folder ${folder}; run chmod o-w ${folder}, or use a folder of your own`,
  );
}

/** @throws StoreUnavailableError `denied` if an opened key file is somebody else's, or others may read it. */
export function assertPrivateFile(store: string, path: string, file: number): void {
  if (!hasOwners) return;
  const { uid, mode } = fs.fstatSync(file);
  assertTrustedOwner(store, `the key file ${path}`, uid);
  if ((mode & 0o077) === 0) return;
  throw new StoreUnavailableError("denied", `store "${store}": others may read the key file; run chmod 600 ${path}`);
}

/** Makes new names in a folder durable. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const file = fs.openSync(folder, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

/** Makes a folder for its owner alone, with those above it, durably. Does nothing when it is there. */
export function makePrivateFolder(folder: string): void {
  const first = fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  fs.chmodSync(folder, 0o700);
  for (let made = folder; ; made = dirname(made)) {
    syncFolder(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

function assertTrustedOwner(store: string, what: string, uid: number): void {
  const trusted = (process.env[TRUSTED_OWNERS] ?? "").split(",").map((text) => text.trim());
  if (uid === process.geteuid?.() || uid === 0 || trusted.includes(String(uid))) return;
  throw new StoreUnavailableError(
    "denied",
    `store "${store}": ${what} belongs to another user (${uid}), who could exchange it; ` +
      `run as that user, change its owner, or, if you trust that user, set ${TRUSTED_OWNERS}=${uid}`,
  );
}

function notAFile(store: string, path: string): StoreUnavailableError {
  return new StoreUnavailableError(
    "unreachable",
    `store "${store}": ${path} is no ordinary file (a folder, FIFO, link or device); move it away`,
  );
}
