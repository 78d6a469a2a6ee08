import type { StoredRecord } from "./digest";
import { checkedRecords } from "./integrity";
import type { OpenRecords } from "./records";

/**
 * The records as of the last full check, kept true by our own writes, until another connection commits.
 *
 * A program of 1,000 connections lists its documents 1,000 times while it writes them: reading and checking the whole
 * file each time took most of such an `up`.
 */
export class CheckedSet {
  private known: { dataVersion: number; records: Map<string, StoredRecord> } | undefined;

  constructor(
    private readonly store: string,
    private readonly file: OpenRecords,
  ) {}

  /**
   * All records, in any order. Call it inside a transaction.
   *
   * @throws StoreUnavailableError `corrupt` if anything is not as we wrote it.
   */
  all(): Iterable<StoredRecord> {
    // Begins to read, so the number and the records below are of one moment.
    const { data_version: dataVersion } = this.file.db.prepare("PRAGMA data_version").get() as { data_version: number };
    if (this.known?.dataVersion !== dataVersion) {
      const records = checkedRecords(this.store, this.file);
      this.known = { dataVersion, records: new Map(records.map((record) => [record.key, record])) };
    }
    return this.known.records.values();
  }

  /** Takes over a write of ours that is committed. */
  wrote(key: string, record: StoredRecord | undefined): void {
    if (record) this.known?.records.set(key, record);
    else this.known?.records.delete(key);
  }

  /** After a write that failed: SQLite's own number tells nothing of what our connection did. */
  forget(): void {
    this.known = undefined;
  }
}
