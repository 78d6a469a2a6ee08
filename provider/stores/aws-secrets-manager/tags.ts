import { deflated, type EntryForm, fromEntries, inflated, MANAGED_BY, toEntries } from "../shared/entries";
import { labelOf } from "./failures";

/** Has the value MANAGED_BY on our secrets; without it a secret is never listed, written or deleted. */
export const MANAGED_TAG = "airflow-env:managed-by";

// AWS: 50 tags per secret, 256 characters per value; the rest is left to the account's own tags.
const form: EntryForm = {
  size: 256,
  most: 40,
  nameOf: (index) => `airflow-env:metadata.${String(index).padStart(2, "0")}`,
  owner: "AWS",
  entries: "tags",
};

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
  const packed = deflated(metadata, "base64url");
  // The count takes at most three characters: two digits and a dot.
  const count = Math.ceil((packed.length + 3) / form.size);
  return { [MANAGED_TAG]: MANAGED_BY, ...toEntries(`${String(count)}.${packed}`, form, labelOf(name), count) };
}

/** @returns the metadata in these tags; undefined when there is none or somebody changed the tags by hand. */
export function fromTags(tags: Record<string, string>): string | undefined {
  const [, digits] = /^(\d{1,2})\./.exec(tags[form.nameOf(0)] ?? "") ?? [];
  if (digits === undefined) return undefined;
  return inflated(fromEntries(tags, Number(digits), form).slice(digits.length + 1), "base64url");
}
