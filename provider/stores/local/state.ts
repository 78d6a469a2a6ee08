import { addRecord, EMPTY_SET, recordDigest, removeRecord, type SetDigest, type StoredRecord } from "./digest";
import { openSealed, type OpenRecords } from "./records";
import { seal } from "./seal";
import { corrupt, headerRow } from "./sqlite";

/** What a store knows of all its records together; sealed, and rewritten by every write in the same transaction. */
export interface StoreState {
  /** The newest version given out; versions are never used twice, not even for another document. */
  sequence: number;
  records: SetDigest;
}

/** The state record of release 0.1.0, which the first write replaces. */
export interface FirstState {
  sequence: number;
  /** See digestOfFirstRelease. */
  digest: Buffer;
}

/** Of a store just made. */
export const EMPTY_STATE: StoreState = { sequence: 0, records: EMPTY_SET };

/**
 * The state record in bytes. Its fields have other names than release 0.1.0 used, so that such a process, which may have
 * the file open, fails instead of counting on.
 */
export function sealState({ keys, storeId }: Pick<OpenRecords, "keys" | "storeId">, state: StoreState): Buffer {
  const { count, sum } = state.records;
  const plain = JSON.stringify({ format: 2, sequence: state.sequence, count, sum: sum.toString(16) });
  return seal(keys.seal, Buffer.from(plain), ["state", storeId]);
}

/** Reads the state record; call it inside the transaction that reads or writes the records. */
export function readState(store: string, file: OpenRecords): StoreState | FirstState {
  const sealed = headerRow(store, file.db).state;
  const plain = openSealed(store, file, sealed, ["state", file.storeId], "its state record");
  const state = JSON.parse(plain) as
    | { format: 2; sequence: number; count: number; sum: string }
    | { format?: undefined; sequence: number; digest: string };
  // Sealed, so it says the truth; the file's own format is open to anyone, and a release that knows less would believe it.
  const { user_version: format } = file.db.prepare("PRAGMA user_version").get() as { user_version: unknown };
  if (format !== (state.format ?? 1)) throw corrupt(store, "its format has been changed");
  const { sequence } = state;
  if (state.format === undefined) return { sequence, digest: Buffer.from(state.digest, "base64") };
  return { sequence, records: { count: state.count, sum: BigInt(`0x${state.sum}`) } };
}

/** Whether release 0.1.0 was the last to write. */
export function isFirstState(state: StoreState | FirstState): state is FirstState {
  return "digest" in state;
}

/** Writes the state record. */
export function writeState(file: OpenRecords, state: StoreState): void {
  file.db.prepare("UPDATE header SET state = ? WHERE id = ?").run(sealState(file, state), 1);
}

/** The set after one record was replaced; either may be absent. */
export function replaceInSet(
  digestKey: Buffer,
  set: SetDigest,
  before: StoredRecord | undefined,
  after: StoredRecord | undefined,
): SetDigest {
  const without = before ? removeRecord(set, recordDigest(digestKey, before)) : set;
  return after ? addRecord(without, recordDigest(digestKey, after)) : without;
}
