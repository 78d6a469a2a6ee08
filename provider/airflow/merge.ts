import { OVERRIDABLE_FIELDS, type ConnectionFields, type FieldOverrides } from "./connection";

/**
 * Applies one layer of overrides.
 *
 * @returns `base` itself when the overrides set no field, else a new object; neither argument is changed.
 */
export function applyOverrides(base: ConnectionFields, overrides: FieldOverrides): ConnectionFields {
  const set = OVERRIDABLE_FIELDS.filter((field) => overrides[field] !== undefined);
  if (set.length === 0) return base;
  const kept = Object.entries(base).filter(([field]) => !set.some((name) => name === field));
  const values = set
    .filter((field) => overrides[field] !== null)
    .map((field): [string, unknown] => [
      field,
      field === "extra" ? mergePatch(base.extra ?? {}, overrides.extra) : overrides[field],
    ]);
  return { connType: base.connType, ...Object.fromEntries<unknown>([...kept, ...values]) };
}

/**
 * JSON Merge Patch.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7396
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, mergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
