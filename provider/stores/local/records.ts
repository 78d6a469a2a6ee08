import type Database from "libsql";
import { combineDigests, KEY_BYTES, recordDigest, type RecordKeys, seal, SealBrokenError, unseal } from "./seal";
import { asBytes, asInteger, bytesOf, corrupt, textOf, transaction } from "./sqlite";

/** An opened database and what its records are sealed with. */
export interface OpenRecords {
  db: Database.Database;
  storeId: string;
  keys: RecordKeys;
}

/** What a store knows of all its records together; sealed, and rewritten by every write in the same transaction. */
export interface StoreState {
  /** The newest version given out; versions are never used twice, not even for another document. */
  sequence: number;
  /** Digest of the set of all records, see recordDigest. */
  digest: Buffer;
}

/** Reads the state record; call it inside the transaction that reads or writes the records. */
export function readState(store: string, { db, keys, storeId }: OpenRecords): StoreState {
  const found = db.prepare(`SELECT ${asBytes("state")} FROM header`).get() as { state: unknown } | undefined;
  const plain = openSealed(store, keys, bytesOf(found?.state), ["state", storeId], "its state record");
  const { sequence, digest } = JSON.parse(plain) as { sequence: number; digest: string };
  return { sequence, digest: Buffer.from(digest, "base64") };
}

/** Writes the state record. */
export function writeState({ db, keys, storeId }: OpenRecords, state: StoreState): void {
  db.prepare("UPDATE header SET state = ? WHERE id = ?").run(sealState(keys, storeId, state), 1);
}

/** Opens one sealed column of a record; what does not open was changed by somebody else. */
export function openRecord(
  store: string,
  { keys, storeId }: Pick<OpenRecords, "keys" | "storeId">,
  row: RecordRow,
  column: RecordColumn,
): string {
  const sealed = bytesOf(row[column]);
  return openSealed(store, keys, sealed, recordContext(storeId, row, column), `the ${column} of "${row.key}"`);
}

/** Seals one column of a record. */
export function sealRecord(
  { keys, storeId }: Pick<OpenRecords, "keys" | "storeId">,
  row: { key: string; version: number },
  column: RecordColumn,
  plain: string,
): Buffer {
  return seal(keys.seal, Buffer.from(plain, "utf8"), recordContext(storeId, row, column));
}

function recordContext(storeId: string, { key, version }: { key: string; version: number }, column: string): string[] {
  return [column, storeId, key, String(version)];
}

function openSealed(
  store: string,
  keys: RecordKeys,
  sealed: Buffer | undefined,
  context: string[],
  what: string,
): string {
  if (!sealed) throw corrupt(store, `${what} has been changed`);
  try {
    return unseal(keys.seal, sealed, context).toString("utf8");
  } catch (error) {
    if (error instanceof SealBrokenError) throw corrupt(store, `${what} has been changed`);
    throw error;
  }
}

/** The sealed columns. */
export type RecordColumn = "text" | "metadata";

/** One record; `text` and `metadata` are there when they were asked for, sealed. */
export interface RecordRow {
  key: string;
  version: number;
  text?: unknown;
  metadata?: unknown;
}

/** Reads the records below a prefix, sorted by key. */
export function readRows(
  store: string,
  { db }: Pick<OpenRecords, "db">,
  prefix: string,
  sealed: RecordColumn[] = [],
): RecordRow[] {
  const columns = [asBytes("key"), asInteger("version"), ...sealed.map(asBytes)];
  const select = `SELECT ${columns.join(", ")} FROM documents`;
  // "0" comes right after "/": everything that begins with the prefix, and nothing else.
  const rows =
    prefix === ""
      ? db.prepare(`${select} ORDER BY documents.key`).all()
      : db
          .prepare(`${select} WHERE documents.key >= ? AND documents.key < ? ORDER BY documents.key`)
          .all(prefix, `${prefix.slice(0, -1)}0`);
  return (rows as RecordRow[]).map((row) => {
    const key = textOf(row.key);
    if (key === undefined || !Number.isSafeInteger(row.version)) throw corrupt(store, "a record has been changed");
    return { ...row, key };
  });
}

/** The state record, sealed. */
export function sealState(keys: RecordKeys, storeId: string, { sequence, digest }: StoreState): Buffer {
  const plain = JSON.stringify({ sequence, digest: digest.toString("base64") });
  return seal(keys.seal, Buffer.from(plain), ["state", storeId]);
}

/**
 * Opens every record and compares their set with the sealed digest: a record that was removed, renamed or rolled back
 * alone would else read as absent or as current. About 0.4 s for 10,000 documents, once per process.
 */
export function checkRecords(store: string, file: OpenRecords): void {
  transaction(file.db, "DEFERRED", () => {
    let digest: Buffer = Buffer.alloc(KEY_BYTES);
    for (const row of readRows(store, file, "", ["text", "metadata"])) {
      openRecord(store, file, row, "text");
      openRecord(store, file, row, "metadata");
      digest = combineDigests(digest, recordDigest(file.keys, row.key, row.version));
    }
    if (!digest.equals(readState(store, file).digest)) {
      throw corrupt(store, "documents have been removed, renamed or replaced by older ones");
    }
  });
}
