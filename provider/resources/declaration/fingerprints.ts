import { createHmac } from "node:crypto";
import { isSamePath, isWithin, pathText, type Path } from "../../path";
import { findReferences } from "./references";
import { isRecord, membersOf } from "./values";

/** By the text of the path of a secret value. */
export type Fingerprints = Record<string, string>;

/**
 * Keyed fingerprint of one secret value: shows in a preview that it changed, and nothing else.
 *
 * @param key - the Workspace's fingerprint key, base64.
 * @param place - document and path, so that equal secrets in two places have different fingerprints.
 * @param value - what JSON can hold, or undefined.
 * @returns 12 hexadecimal digits of an HMAC-SHA-256.
 */
export function fingerprint(key: string, place: string, value: unknown): string {
  return createHmac("sha256", Buffer.from(key, "base64"))
    .update(place)
    .update("\0")
    .update(value === undefined ? "" : JSON.stringify(value))
    .digest("hex")
    .slice(0, 12);
}

/**
 * Fingerprints of all secret values of a document.
 *
 * @param secrets - where they are.
 * @param resolved - the fields with the values of references. Secrets that are not set, or cleared, have none.
 * @returns undefined when there are none.
 */
export function fingerprintAll(
  key: string,
  document: string,
  secrets: Path[],
  resolved: object,
): Fingerprints | undefined {
  const entries = secrets.flatMap((path): [string, string][] => {
    const value = valueAt(resolved, path);
    if (value === undefined || value === null) return [];
    const place = pathText(path);
    return [[place, fingerprint(key, `${document}#${place}`, value)]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Recorded fingerprints; empty for anything else. */
export function fingerprintsIn(value: unknown): Fingerprints {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Fingerprints without access to the store: as recorded, and one of a secret that changes says only that. */
export function carriedOver(recorded: Fingerprints, changed: Path[], secrets: Path[]): Fingerprints {
  const kept = secrets.flatMap((path): [string, string][] => {
    const place = pathText(path);
    const isChanged = changed.some((at) => isWithin(path, at) || isWithin(at, path));
    return isChanged ? [[place, "changed"]] : Object.hasOwn(recorded, place) ? [[place, recorded[place] ?? ""]] : [];
  });
  return Object.fromEntries(kept);
}

/**
 * Differences without those of references whose value is another one now: what changed is the value, not what is stored.
 *
 * @param kind - `wholeInput`: the input by which one reference says all fields.
 */
export function withoutRotated(
  differing: Path[],
  declared: object,
  before: Fingerprints,
  after: Fingerprints | undefined,
  { wholeInput }: { readonly wholeInput?: string } = {},
): Path[] {
  const rotated = findReferences(declared)
    .map(({ path }) => path)
    .filter((path) => before[pathText(path)] !== after?.[pathText(path)]);
  if (wholeInput !== undefined && rotated.some((path) => isSamePath(path, [wholeInput]))) return [];
  return differing.filter((path) => !rotated.some((reference) => isWithin(reference, path)));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => {
    if (typeof at !== "object" || at === null) return undefined;
    return membersOf(at).find(([name]) => isSamePath([name], [key]))?.[1];
  }, value);
}
