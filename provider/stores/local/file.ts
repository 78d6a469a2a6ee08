import { createHash, randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import type Database from "libsql";
import { z } from "zod";
import { CheckedSet } from "./checked-set";
import { takeName } from "./exclusive-name";
import { createKey, keyHeaderSchema, openKey, type KeyHeader } from "./keys";
import type { OpenRecords } from "./records";
import { assertFileOrAbsent, assertTrustedFolder, makePrivateFolder, openRegularFile, syncFolder } from "./safe-files";
import { deriveRecordKeys } from "./seal";
import { checkFile, corrupt, createTables, headerRow, openSqlite, textOf, transaction } from "./sqlite";
import { EMPTY_STATE, sealState } from "./state";

const FILE = "store.db";
const SQLITE_MAGIC = "SQLite format 3\0";
/** Where an SQLite file says how it is written to, twice: 1 by a rollback journal, 2 by a write-ahead log. */
const JOURNAL_KIND = { at: 18, ours: Buffer.from([1, 1]) };
/** Ends of names beside the file that SQLite opens by itself. */
const COMPANIONS = ["-journal", "-wal", "-shm"];

/** The checksum is no seal: the header may be anything that somebody has written. */
const headerText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      context.addIssue("is no JSON");
      return z.NEVER;
    }
  })
  .pipe(keyHeaderSchema);

/** A store's file, opened, its key at hand and its records all accounted for. */
export interface OpenFile extends OpenRecords {
  /** Tells whether the path still leads to this very file. */
  identity: string;
  checked: CheckedSet;
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
  assertTrustedFolder(store, folder);
  for (const companion of COMPANIONS) assertFileOrAbsent(store, path + companion);
  checkFirstBytes(store, path);
  const db = await openSqlite(path);
  try {
    checkFile(store, db);
    const header = readHeader(store, db);
    const keys = deriveRecordKeys(await openKey(store, header), header.storeId);
    const records = { db, storeId: header.storeId, keys };
    const checked = new CheckedSet(store, records);
    transaction(db, "DEFERRED", () => checked.all());
    checkSize(store, path, db);
    return { ...records, identity, checked };
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
  makePrivateFolder(folder);
  assertTrustedFolder(store, folder);
  // Something that is no store: a link that leads nowhere reads as absent, and would stay in the way for ever.
  assertFileOrAbsent(store, databasePath(folder));
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
        const state = sealState({ keys, storeId }, EMPTY_STATE);
        const header = JSON.stringify(key.header);
        db.prepare("INSERT INTO header VALUES (1, ?, ?, ?)").run(header, checksum(header), state);
      });
    } finally {
      db.close();
    }
    made = await takeName(store, unfinished, databasePath(folder));
    syncFolder(folder);
  } finally {
    fs.rmSync(unfinished, { force: true });
    if (!made) key.discard();
  }
}

function readHeader(store: string, db: Database.Database): KeyHeader {
  const found = headerRow(store, db);
  const header = textOf(found.header);
  // Without the checksum, a damaged header would pass for a wrong key.
  if (header === undefined || !found.checksum.equals(checksum(header))) throw changedHeader(store);
  const parsed = headerText.safeParse(header);
  if (!parsed.success) throw changedHeader(store);
  return parsed.data;
}

function changedHeader(store: string): Error {
  return corrupt(store, "its header has been changed");
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

function checkFirstBytes(store: string, path: string): void {
  const bytes = Buffer.alloc(JOURNAL_KIND.at + JOURNAL_KIND.ours.length);
  const file = openRegularFile(store, path);
  try {
    fs.readSync(file, bytes, 0, bytes.length, 0);
  } finally {
    fs.closeSync(file);
  }
  if (!bytes.toString("latin1").startsWith(SQLITE_MAGIC)) throw corrupt(store, `${FILE} is not a database`);
  // Before SQLite opens it: it would make such a log, and read from one that is there.
  if (!bytes.subarray(JOURNAL_KIND.at).equals(JOURNAL_KIND.ours))
    throw corrupt(store, "another program has switched it to a write-ahead log");
}
