import { isDeepStrictEqual } from "node:util";

/**
 * Names of the fields in which two sets of fields differ, `extra` key by key; sorted.
 *
 * Absent and undefined are equal; values are never part of the result.
 */
export function changedFields(a: object | undefined, b: object | undefined): string[] {
  const left = Object.entries(a ?? {});
  const right = new Map<string, unknown>(Object.entries(b ?? {}));
  const names = new Set([...left.map(([name]) => name), ...right.keys()]);
  const leftOf = new Map<string, unknown>(left);
  const changed: string[] = [];
  for (const name of names) {
    const before = leftOf.get(name);
    const after = right.get(name);
    if (isDeepStrictEqual(before, after)) continue;
    if (name === "extra" && isPlainObject(before ?? {}) && isPlainObject(after ?? {}))
      changed.push(...changedFields(before as object, after as object).map((key) => `extra.${key}`));
    else changed.push(name);
  }
  return changed.sort();
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
