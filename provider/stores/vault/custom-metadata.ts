import { deflateSync, inflateSync } from "node:zlib";

import { UnsupportedError } from "../../errors";
import { VAULT_KIND } from "./capabilities";

/** Vault's custom_metadata: readable without the right to read the secret. */
export type CustomMetadata = Record<string, string>;

/** Marks a secret as ours; without it a secret is never listed, written or deleted. */
export const MANAGED_BY = "pulumi-airflow-env";

// Vault: 64 entries with values of 512 bytes.
const MAX_CHUNKS = 60;
const CHUNK = 512;
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * One document's custom_metadata: the mark, and its metadata cut into values.
 *
 * Vault takes printable text only. What is not, or is too long, is deflated and written in base64.
 *
 * @throws UnsupportedError if the metadata does not fit.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#create-update-metadata
 */
export function toCustomMetadata(metadata: string, key: string): CustomMetadata {
  const plain = PRINTABLE.test(metadata) && metadata.length <= MAX_CHUNKS * CHUNK;
  const text = plain ? metadata : deflateSync(metadata, { level: 9 }).toString("base64");
  const count = Math.ceil(text.length / CHUNK);
  if (count > MAX_CHUNKS) {
    throw new UnsupportedError(
      `store "${VAULT_KIND}": document "${key}": its metadata needs ${String(count)} values and Vault leaves room for ${String(MAX_CHUNKS)}; ` +
        "share it with all Deployments instead of linking each, or divide it",
    );
  }
  const custom: CustomMetadata = {
    "managed-by": MANAGED_BY,
    "metadata-form": `${plain ? "plain" : "deflated"} ${String(count)}`,
  };
  for (let index = 0; index < count; index++) {
    custom[chunkName(index)] = text.slice(index * CHUNK, (index + 1) * CHUNK);
  }
  return custom;
}

/** @returns what to write, entries that others added kept; undefined when all of `wanted` is there already. */
export function changedCustomMetadata(
  wanted: CustomMetadata,
  present: CustomMetadata | undefined,
): CustomMetadata | undefined {
  const mine = (name: string): boolean => name === "managed-by" || name.startsWith("metadata-");
  const others = Object.entries(present ?? {}).filter(([name]) => !mine(name));
  const changed = Object.entries(wanted).some(([name, value]) => present?.[name] !== value);
  return changed ? { ...Object.fromEntries(others), ...wanted } : undefined;
}

/** True when we marked it. */
export function isManaged(custom: CustomMetadata | null | undefined): boolean {
  return custom?.["managed-by"] === MANAGED_BY;
}

/** @returns the metadata; undefined when there is none or somebody changed it by hand. */
export function fromCustomMetadata(custom: CustomMetadata): string | undefined {
  const [, form, count] = /^(plain|deflated) (\d{1,2})$/.exec(custom["metadata-form"] ?? "") ?? [];
  if (form === undefined) return undefined;
  const chunks = Array.from({ length: Number(count) }, (_, index) => custom[chunkName(index)]);
  const text = chunks.join("");
  if (form === "plain") return text;
  try {
    return inflateSync(Buffer.from(text, "base64")).toString("utf8");
  } catch (error) {
    // zlib's own codes: the entries are damaged, which says nothing about the document.
    if (/^Z_|^ERR_/.test(String((error as { code?: unknown }).code))) return undefined;
    throw error;
  }
}

function chunkName(index: number): string {
  return `metadata-${String(index).padStart(2, "0")}`;
}
