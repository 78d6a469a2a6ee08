import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;

/** Bytes of every key in this file. */
export const KEY_BYTES = 32;

/** The keys that one store's records are sealed and counted with; both come from its random data key. */
export interface RecordKeys {
  seal: Buffer;
  digest: Buffer;
  /** For the digest of release 0.1.0. */
  firstDigest: Buffer;
}

/** The sealed bytes are not what was sealed under this key and context. */
export class SealBrokenError extends Error {}

/**
 * Derives the keys for records from a store's data key.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
export function deriveRecordKeys(dataKey: Buffer, storeId: string): RecordKeys {
  const derive = (use: string): Buffer => Buffer.from(hkdfSync("sha256", dataKey, storeId, use, KEY_BYTES));
  return {
    seal: derive("airflow-env/1 seal"),
    digest: derive("airflow-env/2 digest"),
    firstDigest: derive("airflow-env/1 digest"),
  };
}

/**
 * Encrypts with AES-256-GCM: `format(1) nonce(12) ciphertext tag(16)`.
 *
 * @param context - what these bytes are, for example `document`, key and version: bytes moved to another place or
 *   brought back from an earlier version do not open there.
 * @param nonce - random unless a test fixes it. One key must not seal more than 2^32 records (NIST SP 800-38D §8.3).
 */
export function seal(key: Buffer, plain: Buffer, context: string[], nonce = randomBytes(NONCE_BYTES)): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(contextBytes(context));
  return Buffer.concat([Buffer.from([FORMAT]), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Decrypts what `seal` made.
 *
 * @throws SealBrokenError if the bytes were changed, or sealed with another key or for another context.
 */
export function unseal(key: Buffer, bytes: Buffer, context: string[]): Buffer {
  if (bytes.length < HEAD_BYTES + TAG_BYTES || bytes[0] !== FORMAT) throw new SealBrokenError("not sealed bytes");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(contextBytes(context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const plain = decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch (error) {
    // The only reason for which final() of an authenticated cipher fails; its error has no code on all Node versions.
    if (error instanceof Error) throw new SealBrokenError("the seal is broken");
    throw error;
  }
}

/** Unambiguous: JSON keeps `["a","b"]` and `["a\",\"b"]` apart. */
function contextBytes(context: string[]): Buffer {
  return Buffer.from(JSON.stringify(context), "utf8");
}
