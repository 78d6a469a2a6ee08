import { deflateSync, inflateSync } from "node:zlib";

import { UnsupportedError } from "../../errors";
import { labelOf } from "./failures";

/** Marks a secret as ours; without it a secret is never listed, written or deleted. */
export const MANAGED_TAG = "airflow-env:managed-by";
/** Value of MANAGED_TAG. */
export const MANAGED_BY = "pulumi-airflow-env";

const META_TAG = "airflow-env:metadata.";
// AWS: 50 tags per secret, 256 characters per value; the rest is left to the account's own tags.
const MAX_CHUNKS = 40;
const CHUNK = 256;

/**
 * The tags of one document: the mark, and its metadata cut into values.
 *
 * Tag values allow neither quotes nor braces, so the JSON text is deflated and written in base64url; the first value
 * starts with the number of values, so that values left over from longer metadata are ignored.
 *
 * @throws UnsupportedError if the metadata does not fit.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Tag.html
 */
export function toTags(metadata: string, name: string): Record<string, string> {
  const packed = deflateSync(metadata, { level: 9 }).toString("base64url");
  // The count takes at most three characters: two digits and a dot.
  const count = Math.ceil((packed.length + 3) / CHUNK);
  if (count > MAX_CHUNKS) {
    throw new UnsupportedError(
      `${labelOf(name)}: its metadata needs ${String(count)} tags and AWS leaves room for ${String(MAX_CHUNKS)}; ` +
        "share it with all Deployments instead of linking each, or divide it",
    );
  }
  const text = `${String(count)}.${packed}`;
  const tags: Record<string, string> = { [MANAGED_TAG]: MANAGED_BY };
  for (let index = 0; index < count; index++) {
    tags[chunkTag(index)] = text.slice(index * CHUNK, (index + 1) * CHUNK);
  }
  return tags;
}

/** @returns the metadata in these tags; undefined when there is none or somebody changed the tags by hand. */
export function fromTags(tags: Record<string, string>): string | undefined {
  const [, digits] = /^(\d{1,2})\./.exec(tags[chunkTag(0)] ?? "") ?? [];
  if (digits === undefined) return undefined;
  const values = Array.from({ length: Number(digits) }, (_, index) => tags[chunkTag(index)]);
  const packed = values.join("").slice(digits.length + 1);
  try {
    return inflateSync(Buffer.from(packed, "base64url")).toString("utf8");
  } catch (error) {
    // zlib's own codes: the tags are damaged, which says nothing about the document.
    if (/^Z_|^ERR_/.test(String((error as { code?: unknown }).code))) return undefined;
    throw error;
  }
}

function chunkTag(index: number): string {
  return META_TAG + String(index).padStart(2, "0");
}
