import { OVERRIDABLE_FIELDS, type ConnectionFields, type FieldOverrides } from "./effective";

/**
 * Applies one layer of overrides.
 *
 * @returns a new object; neither argument is changed.
 */
export function applyOverrides(base: ConnectionFields, overrides: FieldOverrides | undefined): ConnectionFields {
  if (!overrides) return base;
  const result = new Map<string, unknown>(Object.entries(base));
  for (const field of OVERRIDABLE_FIELDS) {
    const value = overrides[field];
    if (value === undefined) continue;
    if (value === null) result.delete(field);
    else result.set(field, field === "extra" ? mergePatch(base.extra ?? {}, value) : value);
  }
  return Object.fromEntries(result) as unknown as ConnectionFields;
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
