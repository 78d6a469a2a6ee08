import { createHash } from "node:crypto";

/** Name of the secret that holds the index of all documents below a prefix. */
export function indexSecret(prefix: string): string {
  return `${prefix}_index`;
}

/**
 * Name of a document's secret: readable at first sight, and unique by 128 bits of a digest. Google allows letters,
 * digits, `-` and `_`, 255 in all; the whole key is in the payload.
 *
 * @see https://docs.cloud.google.com/secret-manager/docs/creating-and-accessing-secrets
 */
export function documentSecret(prefix: string, key: string): string {
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 32);
  const slug = key.replace(/[^A-Za-z0-9]+/g, "-").slice(-100);
  return `${prefix}_d_${slug}_${digest}`;
}
