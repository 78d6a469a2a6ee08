import type Database from "libsql";
import type { StoredRecord } from "./digest";
import { type RecordKeys, seal, SealBrokenError, unseal } from "./seal";
import { asBytes, asInteger, bytesOf, corrupt, hasTypes, textOf } from "./sqlite";

/** An opened database and what its records are sealed with. */
export interface OpenRecords {
  db: Database.Database;
  storeId: string;
  keys: RecordKeys;
}

/** The sealed columns. */
export type RecordColumn = "text" | "metadata";

/** A row as SQLite gives it, before anything is known of it. */
interface Row {
  key: unknown;
  version: number;
  text: unknown;
  metadata: unknown;
  typed: number;
}

/** Values of another type than ours never equal ours, and would hide: the look-up of a key skips a BLOB of its letters. */
const TYPED = hasTypes({ key: "text", version: "integer", text: "blob", metadata: "blob" });
const SELECT = `SELECT ${asBytes("key")}, ${asInteger("version")}, ${asBytes("text")}, ${asBytes("metadata")}, ${TYPED} AS typed FROM documents`;

/** The record of one key, or undefined. */
export function findRecord(store: string, { db }: OpenRecords, key: string): StoredRecord | undefined {
  const row = db.prepare(`${SELECT} WHERE documents.key = ?`).get(key) as Row | undefined;
  return row && checkedRecord(store, row);
}

/**
 * All records, sorted by key; no key twice, so that each look-up finds what is listed. Not yet compared with the state
 * record: see checkRecords.
 */
export function readRecords(store: string, { db }: OpenRecords): StoredRecord[] {
  // SQLite reads them in the order in which they lie, which is what look-ups go by: it must be the keys' own.
  const rows = db.prepare(`${SELECT} ORDER BY documents.key`).all() as Row[];
  let last: string | undefined;
  return rows.map((row) => {
    const record = checkedRecord(store, row);
    if (last !== undefined && last >= record.key)
      throw corrupt(store, `"${record.key}" is out of order or there twice`);
    last = record.key;
    return record;
  });
}

function checkedRecord(store: string, row: Row): StoredRecord {
  const [key, text, metadata] = [textOf(row.key), bytesOf(row.text), bytesOf(row.metadata)];
  const isSound = row.typed === 1 && Number.isSafeInteger(row.version);
  if (!isSound || key === undefined || !text || !metadata) throw corrupt(store, "a record has been changed");
  return { key, version: row.version, text, metadata };
}

/** Opens one sealed column of a record; what does not open was changed by somebody else. */
export function openRecord(store: string, file: OpenRecords, record: StoredRecord, column: RecordColumn): string {
  const context = recordContext(file.storeId, record, column);
  return openSealed(store, file, record[column], context, `the ${column} of "${record.key}"`);
}

/** Seals one column of a record. */
export function sealRecord(
  { keys, storeId }: Pick<OpenRecords, "keys" | "storeId">,
  record: { key: string; version: number },
  column: RecordColumn,
  plain: string,
): Buffer {
  return seal(keys.seal, Buffer.from(plain, "utf8"), recordContext(storeId, record, column));
}

function recordContext(storeId: string, { key, version }: { key: string; version: number }, column: string): string[] {
  return [column, storeId, key, String(version)];
}

/** @throws StoreUnavailableError `corrupt` naming `what`, if it is not what was sealed for this context. */
export function openSealed(
  store: string,
  { keys }: Pick<OpenRecords, "keys">,
  sealed: Buffer,
  context: string[],
  what: string,
): string {
  try {
    return unseal(keys.seal, sealed, context).toString("utf8");
  } catch (error) {
    if (error instanceof SealBrokenError) throw corrupt(store, `${what} has been changed`);
    throw error;
  }
}
