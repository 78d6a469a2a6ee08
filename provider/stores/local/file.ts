import { createHash, randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import type Database from "libsql";
import { createKey, keyHeaderSchema, openKey, type KeyHeader } from "./keys";
import { deriveRecordKeys, KEY_BYTES } from "./seal";
import { checkRecords, type OpenRecords, sealState } from "./records";
import { asBytes, bytesOf, checkFile, corrupt, createTables, openSqlite, textOf, transaction } from "./sqlite";

const FILE = "store.db";
const SQLITE_MAGIC = "SQLite format 3\0";

/** A store's file, opened, its key at hand and its records all accounted for. */
export interface OpenFile extends OpenRecords {
  /** Tells whether the path still leads to this very file. */
  identity: string;
}

/** Path of the database in a store's folder. */
export function databasePath(folder: string): string {
  return join(folder, FILE);
}

/** Device and inode of a store's file, or undefined when there is none. */
export function fileIdentity(folder: string): string | undefined {
  try {
    const stats = fs.statSync(databasePath(folder), { bigint: true });
    return `${stats.dev}:${stats.ino}`;
  } catch (error) {
    // Not `throwIfNoEntry`: from Node 22 on, that takes a file in the way (ENOTDIR) for absence too.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Opens and checks a store's file; undefined when there is none. Makes nothing. */
export async function openFile(store: string, folder: string): Promise<OpenFile | undefined> {
  const identity = fileIdentity(folder);
  if (identity === undefined) return undefined;
  const path = databasePath(folder);
  if (firstBytes(path, SQLITE_MAGIC.length) !== SQLITE_MAGIC) throw corrupt(store, `${FILE} is not a database`);
  const db = await openSqlite(path);
  try {
    checkFile(store, db);
    const header = readHeader(store, db);
    const keys = deriveRecordKeys(await openKey(store, header), header.storeId);
    const file = { db, storeId: header.storeId, keys, identity };
    checkRecords(store, file);
    checkSize(store, path, db);
    return file;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Makes a store's file, complete or not at all: it is built under another name and linked into place.
 * When another process was first, its file stays.
 */
export async function createFile(store: string, folder: string): Promise<void> {
  if (fs.mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) fs.chmodSync(folder, 0o700);
  const storeId = randomUUID();
  const key = await createKey(store, storeId);
  const unfinished = join(folder, `.${FILE}.${storeId}.new`);
  let made = false;
  try {
    fs.closeSync(fs.openSync(unfinished, "wx", 0o600));
    // Unlike the mode given to open, this is not narrowed by the umask. SQLite gives its journal the same mode.
    fs.chmodSync(unfinished, 0o600);
    const db = await openSqlite(unfinished);
    try {
      transaction(db, "IMMEDIATE", () => {
        createTables(db);
        const keys = deriveRecordKeys(key.dataKey, storeId);
        const state = sealState(keys, storeId, { sequence: 0, digest: Buffer.alloc(KEY_BYTES) });
        const header = JSON.stringify(key.header);
        db.prepare("INSERT INTO header VALUES (1, ?, ?, ?)").run(header, checksum(header), state);
      });
    } finally {
      db.close();
    }
    made = linkExclusively(unfinished, databasePath(folder));
    syncFolder(folder);
  } finally {
    fs.rmSync(unfinished, { force: true });
    if (!made) key.discard();
  }
}

function readHeader(store: string, db: Database.Database): KeyHeader {
  const found = db.prepare(`SELECT ${asBytes("header")}, ${asBytes("checksum")} FROM header`).get() as
    { header: unknown; checksum: unknown } | undefined;
  const header = textOf(found?.header);
  // Without the checksum, a damaged header would pass for a wrong key.
  if (header === undefined || !bytesOf(found?.checksum)?.equals(checksum(header))) {
    throw corrupt(store, "its header has been changed");
  }
  const parsed = keyHeaderSchema.safeParse(JSON.parse(header));
  if (!parsed.success) throw corrupt(store, "its header has been changed");
  return parsed.data;
}

function checksum(header: string): Buffer {
  return createHash("sha256").update(header).digest();
}

/** SQLite fills up a last page that was cut off with zeros, and where it was zeros it would go on. */
function checkSize(store: string, path: string, db: Database.Database): void {
  transaction(db, "DEFERRED", () => {
    // Reading locks until the end of the transaction: nobody is just extending the file.
    db.exec("SELECT 1 FROM header");
    const { page_size: pageBytes } = db.prepare("PRAGMA page_size").get() as { page_size: number };
    if (fs.statSync(path).size % pageBytes !== 0) throw corrupt(store, "its file has been cut off");
  });
}

function firstBytes(path: string, count: number): string {
  const file = fs.openSync(path, "r");
  try {
    const bytes = Buffer.alloc(count);
    return bytes.toString("latin1", 0, fs.readSync(file, bytes, 0, count, 0));
  } finally {
    fs.closeSync(file);
  }
}

/** @returns false when there is a file of that name. */
function linkExclusively(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EEXIST") return false;
    // File systems without hard links, exFAT for example.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
  }
  if (fs.existsSync(to)) return false;
  fs.renameSync(from, to);
  return true;
}

/** Makes a new name in the folder durable. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const file = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}
