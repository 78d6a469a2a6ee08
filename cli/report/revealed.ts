import { fingerprint, type Fingerprints } from "../../provider/resources/declaration/fingerprints";
import { isReference } from "../../provider/resources/declaration/references";
import { isRecord, membersOf, UNKNOWN } from "../../provider/resources/declaration/values";
import { pathText, type Path } from "../../provider/path";
import { HIDDEN } from "./preview";

/** Stands for a secret that becomes another one; it equals no stored value. */
export const CHANGED = "\0changed";

/** What tells whether a hidden value is the stored one. */
export interface Proof {
  /** The Workspace's key; undefined when it is not there yet. */
  key: string | undefined;
  /** Document, and piece of it, of the fingerprints. */
  place: string;
  fingerprints: Fingerprints;
  /** Without a fingerprint: whether the step changes something. */
  isChange: boolean;
}

/**
 * Declared values with the stored ones where the preview hides them, and a mark where they become others.
 *
 * @param stored - what the piece itself holds; undefined when there is none.
 * @param others - the other pieces of the document: a secret may move from one to another.
 */
export function revealed(
  declared: object,
  stored: object | undefined,
  others: readonly object[],
  proof: Proof,
): Record<string, unknown> {
  const reveal = (value: unknown, path: Path): unknown => {
    if (value === HIDDEN || value === UNKNOWN || isReference(value)) return storedValue(value, path);
    if (Array.isArray(value)) return value.map((item, at) => reveal(item, [...path, at]));
    return isRecord(value) ? members(value, path) : value;
  };
  const members = (value: object, path: Path) =>
    Object.fromEntries(membersOf(value).map(([key, item]) => [key, reveal(item, [...path, key])]));
  return members(declared, []);

  function storedValue(value: unknown, path: Path): unknown {
    const { key, place, fingerprints, isChange } = proof;
    const at = pathText(path);
    const there = valueAt(stored, path);
    const expected = Object.hasOwn(fingerprints, at) ? fingerprints[at] : undefined;
    if (value === UNKNOWN) return CHANGED;
    if (expected === undefined || key === undefined) return isChange || there === undefined ? CHANGED : there;
    const known = [there, ...others.map((other) => valueAt(other, path))].filter((one) => one !== undefined);
    const same = known.find((one) =>
      readings(one).some((reading) => fingerprint(key, `${place}#${at}`, reading) === expected),
    );
    return same ?? CHANGED;
  }
}

/** A Variable's JSON value is stored as its text. */
function readings(stored: unknown): unknown[] {
  if (typeof stored !== "string") return [stored];
  try {
    return [stored, JSON.parse(stored)];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [stored];
  }
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => {
    if (typeof at !== "object" || at === null) return undefined;
    return membersOf(at).find(([name]) => name === key)?.[1];
  }, value);
}
