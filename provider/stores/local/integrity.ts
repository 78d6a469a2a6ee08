import { digestOf, digestOfFirstRelease, type StoredRecord } from "./digest";
import { openRecord, type OpenRecords, readRecords } from "./records";
import { isFirstState, readState, type FirstState, type StoreState } from "./state";
import { checkSchema, corrupt, FORMAT } from "./sqlite";

/**
 * All records of a store, after a comparison with the sealed state record: one that was hidden, removed, renamed, brought
 * back, doubled or rolled back would else read as absent or as current. Call it inside a transaction.
 *
 * Reads the whole file: about 0.2 s for 10,000 documents of 300 bytes. So opening and listing are checked; the look-up of
 * one document is not, beyond the document's own seal; CheckedSet remembers what a check has found.
 *
 * @throws StoreUnavailableError `corrupt` if anything is not as we wrote it.
 */
export function checkedRecords(store: string, file: OpenRecords): StoredRecord[] {
  checkSchema(store, file.db);
  const records = readRecords(store, file);
  const state = readState(store, file);
  if (isFirstState(state)) checkFirstRelease(store, file, records, state);
  else if (!isSameSet(state, digestOf(file.keys.digest, records))) throw explained(store, file, records);
  return records;
}

/** The state record for a write, made from release 0.1.0's when that was the last to write. */
export function writableState(store: string, file: OpenRecords): StoreState {
  const state = readState(store, file);
  if (!isFirstState(state)) return state;
  const records = checkedRecords(store, file);
  // Releases that know this state record by name only are to say so, rather than to call the store damaged.
  file.db.exec(`PRAGMA user_version = ${FORMAT}`);
  return { sequence: state.sequence, records: digestOf(file.keys.digest, records) };
}

function isSameSet({ records }: StoreState, found: StoreState["records"]): boolean {
  return records.count === found.count && records.sum === found.sum;
}

/** That digest is of keys and versions alone: the contents are judged by their own seals. */
function checkFirstRelease(store: string, file: OpenRecords, records: StoredRecord[], { digest }: FirstState): void {
  openAll(store, file, records);
  if (!digestOfFirstRelease(file.keys.firstDigest, records).equals(digest)) throw changedSet(store);
}

/** Which record was changed, or that the set was. */
function explained(store: string, file: OpenRecords, records: StoredRecord[]): Error {
  openAll(store, file, records);
  return changedSet(store);
}

function openAll(store: string, file: OpenRecords, records: StoredRecord[]): void {
  for (const record of records) {
    openRecord(store, file, record, "text");
    openRecord(store, file, record, "metadata");
  }
}

function changedSet(store: string): Error {
  return corrupt(store, "documents have been removed, renamed, or replaced by older ones");
}
