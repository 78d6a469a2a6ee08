import { deflateSync, inflateSync } from "node:zlib";

import { UnsupportedError } from "../../errors";

/** Marks an object of a backend as ours; without it, it is never listed, written or deleted. */
export const MANAGED_BY = "pulumi-airflow-env";

/** How a backend takes a document's metadata: as named entries of bounded length. */
export interface EntryForm {
  /** Most characters of one entry's value. */
  size: number;
  /** Most entries. */
  most: number;
  nameOf(index: number): string;
  /** Whose room it is, and for what: `AWS`, `tags`. */
  owner: string;
  entries: string;
}

type Encoding = "base64" | "base64url";

/**
 * Cuts a text into entries.
 *
 * @param label - names the object in the error.
 * @param count - how many entries to make when not as few as possible; those at the end are then empty.
 * @throws UnsupportedError if there is no room for so many.
 */
export function toEntries(
  text: string,
  form: EntryForm,
  label: string,
  count = Math.ceil(text.length / form.size),
): Record<string, string> {
  if (count > form.most) {
    throw new UnsupportedError(
      `${label}: its metadata needs ${String(count)} ${form.entries} and ${form.owner} leaves room for ${String(form.most)}; ` +
        "share it with all Deployments instead of linking each, or divide it",
    );
  }
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      form.nameOf(index),
      text.slice(index * form.size, (index + 1) * form.size),
    ]),
  );
}

/** Inverse of `toEntries`; missing entries read as empty, so that `inflated` finds the text damaged. */
export function fromEntries(entries: Record<string, string>, count: number, form: EntryForm): string {
  return Array.from({ length: count }, (_, index) => entries[form.nameOf(index)] ?? "").join("");
}

/** A text, compressed and printable. */
export function deflated(text: string, encoding: Encoding): string {
  return deflateSync(text, { level: 9 }).toString(encoding);
}

/** Inverse of `deflated`. @returns undefined when the text is damaged, as after a change by hand. */
export function inflated(text: string, encoding: Encoding): string | undefined {
  try {
    return inflateSync(Buffer.from(text, encoding)).toString("utf8");
  } catch (error) {
    // zlib's own codes: the text is damaged, which says nothing else.
    if (/^Z_|^ERR_/.test(String((error as { code?: unknown }).code))) return undefined;
    throw error;
  }
}
