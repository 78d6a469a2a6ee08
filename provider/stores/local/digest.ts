import { createHmac } from "node:crypto";

const MODULUS = 2n ** 256n;

/** Number and digest of all records of a store. */
export interface SetDigest {
  count: number;
  /** Sum of the records' digests modulo 2^256. */
  sum: bigint;
}

/** One record as it is stored, its columns sealed. */
export interface StoredRecord {
  key: string;
  version: number;
  text: Buffer;
  metadata: Buffer;
}

/** Of a store without records. */
export const EMPTY_SET: SetDigest = { count: 0, sum: 0n };

/**
 * A keyed digest of every byte of one record. The sum over all records tells whether one was taken away, renamed, put
 * back or replaced behind our back; it follows a write without a look at the other records.
 *
 * A sum and not an exclusive or: there, a record that is present twice would count as absent.
 *
 * @see https://doi.org/10.1007/978-3-540-40061-5_12 Clarke and others, incremental multiset hash functions
 */
export function recordDigest(digestKey: Buffer, { key, version, text, metadata }: StoredRecord): bigint {
  // The lengths say where one column ends, and the JSON where the lengths end.
  const head = JSON.stringify([key, version, text.length, metadata.length]);
  const hmac = createHmac("sha256", digestKey).update(head).update(text).update(metadata);
  return BigInt(`0x${hmac.digest("hex")}`);
}

/** The set with one more record. */
export function addRecord({ count, sum }: SetDigest, digest: bigint): SetDigest {
  return { count: count + 1, sum: (sum + digest) % MODULUS };
}

/** The set with one record less. */
export function removeRecord({ count, sum }: SetDigest, digest: bigint): SetDigest {
  return { count: count - 1, sum: (sum - digest + MODULUS) % MODULUS };
}

/** Digest of a set of records, in any order. */
export function digestOf(digestKey: Buffer, records: StoredRecord[]): SetDigest {
  return records.reduce((set, record) => addRecord(set, recordDigest(digestKey, record)), EMPTY_SET);
}

/** What release 0.1.0 kept: an exclusive or of keyed digests of key and version, which only a set without doubles fits. */
export function digestOfFirstRelease(digestKey: Buffer, records: Pick<StoredRecord, "key" | "version">[]): Buffer {
  let combined = 0n;
  for (const { key, version } of records) {
    const hmac = createHmac("sha256", digestKey).update(JSON.stringify([key, String(version)]));
    combined ^= BigInt(`0x${hmac.digest("hex")}`);
  }
  return Buffer.from(combined.toString(16).padStart(64, "0"), "hex");
}
