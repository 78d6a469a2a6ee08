import { deflated, type EntryForm, fromEntries, inflated, MANAGED_BY, toEntries } from "../shared/entries";
import { VAULT_KIND } from "./capabilities";

/** Vault's custom_metadata: readable without the right to read the secret. */
export type CustomMetadata = Record<string, string>;

// Vault: 64 entries with values of 512 bytes.
const form: EntryForm = {
  size: 512,
  most: 60,
  nameOf: (index) => `metadata-${String(index).padStart(2, "0")}`,
  owner: "Vault",
  entries: "values",
};
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
  const plain = PRINTABLE.test(metadata) && metadata.length <= form.most * form.size;
  const written = plain ? metadata : deflated(metadata, "base64");
  const values = toEntries(written, form, `store "${VAULT_KIND}": document "${key}"`);
  return {
    "managed-by": MANAGED_BY,
    "metadata-form": `${plain ? "plain" : "deflated"} ${String(Object.keys(values).length)}`,
    ...values,
  };
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
  const [, kind, count] = /^(plain|deflated) (\d{1,2})$/.exec(custom["metadata-form"] ?? "") ?? [];
  if (kind === undefined) return undefined;
  const written = fromEntries(custom, Number(count), form);
  return kind === "plain" ? written : inflated(written, "base64");
}
