import { isUtf8 } from "node:buffer";
import { isDeepStrictEqual } from "node:util";
import type Database from "libsql";
import { codeOf, ProviderError, StoreUnavailableError, UnsupportedError } from "../../errors";
import { redact } from "../../redact";

/** "AfEn", so that `file` and SQLite's own tools tell our files from others. */
const APPLICATION_ID = 0x4166456e;
/** Of the state record; 1 is release 0.1.0's. */
export const FORMAT = 2;
/** Longest wait for other processes' transactions, each of which takes about a millisecond. */
const BUSY_TIMEOUT_MS = 10_000;

const TABLES = {
  header:
    "CREATE TABLE header (id INTEGER PRIMARY KEY CHECK (id = 1), header TEXT NOT NULL, checksum BLOB NOT NULL, state BLOB NOT NULL)",
  documents:
    "CREATE TABLE documents (key TEXT PRIMARY KEY, version INTEGER NOT NULL, text BLOB NOT NULL, metadata BLOB NOT NULL) WITHOUT ROWID",
};

/**
 * Opens an SQLite file. The native library is loaded here, at first use.
 *
 * SQLite's rollback journal, not its write-ahead log: a damaged log silently ends where the damage begins, which would
 * bring back older documents. And SQLite rather than a memory-mapped engine: of 50 truncated files each, lmdb killed the
 * process 49 times (SIGBUS), SQLite reported all.
 *
 * @see https://www.sqlite.org/security.html on untrusted files
 */
export async function openSqlite(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Promise<Database.Database> {
  const { default: Sqlite } = await import("libsql");
  const db = new Sqlite(file, { timeout: busyTimeoutMs });
  db.exec(
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON",
  );
  return db;
}

/**
 * Selects a column as bytes, whatever type a damaged page gives it: text that is not UTF-8 aborts the process in libsql
 * 0.5 (a Rust panic), so no column is ever read as text.
 */
export function asBytes(column: string): string {
  return `CAST(${column} AS BLOB) AS ${column}`;
}

/** As asBytes, for a column of integers. */
export function asInteger(column: string): string {
  return `CAST(${column} AS INTEGER) AS ${column}`;
}

/** A condition, 1 or 0, that columns hold values of these types: in SQLite any column may hold any. */
export function hasTypes(types: Record<string, "blob" | "integer" | "text">): string {
  const conditions = Object.entries(types).map(([column, type]) => `typeof(${column}) = '${type}'`);
  return `(${conditions.join(" AND ")})`;
}

/** Bytes of a blob: libsql gives a Buffer from get(), an ArrayBuffer from all(). Undefined for all else. */
export function bytesOf(column: unknown): Buffer | undefined {
  if (column instanceof ArrayBuffer) return Buffer.from(column);
  return Buffer.isBuffer(column) ? column : undefined;
}

/** Text selected with `asBytes`; undefined when it is no blob or not UTF-8. */
export function textOf(column: unknown): string | undefined {
  const bytes = bytesOf(column);
  return bytes && isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}

/**
 * Runs one transaction, synchronous from begin to end: other processes wait about a millisecond for it.
 *
 * @param mode - `IMMEDIATE` locks for writing at once, so that what is read first is still true when it is written.
 */
export function transaction<T>(db: Database.Database, mode: "DEFERRED" | "IMMEDIATE", run: () => T): T {
  db.exec(`BEGIN ${mode}`);
  try {
    const result = run();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // After some failures SQLite has rolled back already.
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** Writes the empty tables into a new file. */
export function createTables(db: Database.Database): void {
  db.exec(
    `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; ${Object.values(TABLES).join(";")}`,
  );
}

/**
 * Checks that a file is one of ours and that its pages are sound.
 *
 * @throws UnsupportedError if a newer release made it, StoreUnavailableError `corrupt` if it is damaged.
 */
export function checkFile(store: string, db: Database.Database): void {
  const { user_version: format } = row(db, "PRAGMA user_version", "user_version");
  const { application_id: application } = row(db, "PRAGMA application_id", "application_id");
  if (application !== APPLICATION_ID || typeof format !== "number") throw corrupt(store, "it is not a store of ours");
  if (format > FORMAT) {
    throw new UnsupportedError(
      `store "${store}" has format ${format}, this release reads ${FORMAT}; update the package`,
    );
  }
  checkSchema(store, db);
  // Not quick_check, which does not notice records that lie where no look-up finds them.
  const { integrity_check: verdict } = row(db, "PRAGMA integrity_check(1)", "integrity_check");
  if (verdict !== "ok") throw corrupt(store, "its pages are damaged");
}

/**
 * Checks that the tables are ours, letter by letter: with another key or a trigger, SQLite would take what we do for
 * something else.
 */
export function checkSchema(store: string, db: Database.Database): void {
  const columns = ["type", "name", "tbl_name", "sql"];
  const found = db
    .prepare(`SELECT ${columns.map(asBytes).join(", ")} FROM sqlite_schema ORDER BY sqlite_schema.name`)
    .all() as Record<string, unknown>[];
  const expected = Object.entries(TABLES)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sql]) => ["table", name, name, sql]);
  const texts = found.map((entry) => columns.map((column) => textOf(entry[column])));
  if (!isDeepStrictEqual(texts, expected)) throw corrupt(store, "its tables are not those of a store");
}

/** The header's only row, as bytes. */
export function headerRow(store: string, db: Database.Database): { header: Buffer; checksum: Buffer; state: Buffer } {
  const typed = hasTypes({ header: "text", checksum: "blob", state: "blob" });
  const rows = db
    .prepare(
      `SELECT ${["header", "checksum", "state"].map(asBytes).join(", ")}, ${typed} AND id = 1 AS sound FROM header`,
    )
    .all() as Record<string, unknown>[];
  const [header, checksum, state] = ["header", "checksum", "state"].map((column) => bytesOf(rows[0]?.[column]));
  if (rows.length !== 1 || rows[0]?.["sound"] !== 1 || !header || !checksum || !state)
    throw corrupt(store, "its header has been changed");
  return { header, checksum, state };
}

function row<Name extends string>(db: Database.Database, sql: string, _column: Name): Record<Name, unknown> {
  return (db.prepare(sql).get() ?? {}) as Record<Name, unknown>;
}

/** A damaged or tampered store; nothing is ever written to one. */
export function corrupt(store: string, why: string): StoreUnavailableError {
  return new StoreUnavailableError(
    "corrupt",
    `store "${store}" is damaged: ${why}. Nothing was changed; restore its folder from a backup, or move it away and ` +
      "run pulumi up, which writes what the program declares anew",
  );
}

/** Tells what a failure of SQLite or of the file system means. Our own errors pass. */
export function explain(store: string, error: unknown): Error {
  if (error instanceof ProviderError) return error;
  const code = codeOf(error) ?? "";
  if (/^SQLITE_(NOTADB|CORRUPT|IOERR_SHORT_READ)/.test(code)) return corrupt(store, "SQLite cannot read it");
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new StoreUnavailableError(
      "timeout",
      `store "${store}": another process has held it locked for too long; try again`,
    );
  }
  if (/^(SQLITE_(CANTOPEN|PERM|READONLY|AUTH)|EACCES|EPERM|EROFS)/.test(code)) {
    return new StoreUnavailableError("denied", `store "${store}": no access to its folder or file (${code})`);
  }
  if (/^(ENOTDIR|ELOOP|ENAMETOOLONG|ENXIO|EIO|ESTALE)/.test(code)) {
    return new StoreUnavailableError("unreachable", `store "${store}": its path cannot be opened (${code})`);
  }
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code)) {
    return new StoreUnavailableError("failed", `store "${store}": the disk is full; nothing was changed`);
  }
  const line = redact(error);
  return new StoreUnavailableError("failed", `store "${store}" failed: ${line}`);
}
