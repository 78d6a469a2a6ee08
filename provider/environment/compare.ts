import { isDeepStrictEqual } from "node:util";
import { byText, type Path } from "../path";

/**
 * Where two sets of fields differ: by field, and within `extra` by key; sorted.
 *
 * Absent and undefined are equal; values are never part of the result.
 */
export function changedPaths(a: object | undefined, b: object | undefined): Path[] {
  return differing(a, b).sort(byText);
}

function differing(a: object | undefined, b: object | undefined): Path[] {
  const [before, after] = [membersOf(a), membersOf(b)];
  const changed: Path[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [left, right] = [before.get(name), after.get(name)];
    if (isDeepStrictEqual(left, right)) continue;
    if (name === "extra" && isPlainObject(left ?? {}) && isPlainObject(right ?? {}))
      changed.push(...differing(left as object, right as object).map((path) => [name, ...path]));
    else changed.push([name]);
  }
  return changed;
}

function membersOf(fields: object | undefined): Map<string, unknown> {
  return new Map(Object.entries(fields ?? {}));
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
