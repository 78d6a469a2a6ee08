import { randomBytes } from "node:crypto";

// AWS takes the version id from ClientRequestToken, 32 to 64 characters. Ours therefore say who wrote the version and
// what it is, so that reading a value tells both without a call for the tags.
const OURS = "airflow-env-";
const GONE = `${OURS}gone-`;

/** A new version id for a document. */
export function newVersion(): string {
  return OURS + randomBytes(16).toString("hex");
}

/** A new version id for a tombstone: the document is deleted although its secret still exists. */
export function newTombstone(): string {
  return GONE + randomBytes(16).toString("hex");
}

/** True for versions that we wrote; versions written in the console or by another program have other ids. */
export function isOurVersion(version: string | undefined): boolean {
  return version?.startsWith(OURS) === true;
}

/** True for the version that stands for a deleted document. */
export function isTombstone(version: string | undefined): boolean {
  return version?.startsWith(GONE) === true;
}

/** AWS stores no empty string, so a text that is empty or starts with a newline gets one more newline in front. */
export function toSecretString(text: string): string {
  return text === "" || text.startsWith("\n") ? `\n${text}` : text;
}

/** Inverse of `toSecretString`. */
export function fromSecretString(value: string): string {
  return value.startsWith("\n") ? value.slice(1) : value;
}
