/**
 * What a declaration is made of, whichever wire it came by: JSON values, references (`valueFrom`), and these two. Each
 * wire translates its own forms into them and back.
 */

/** A value that is not known yet, as in previews. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** A value that a handler returns and that the state must keep encrypted. */
export class Secret {
  constructor(readonly value: unknown) {}
}

/** Inputs or outputs of a resource. */
export type Properties = Record<string, unknown>;

/** Whether a value is unknown or has an unknown value inside. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasUnknown);
}

/** Paths of the unknown values inside. */
export function unknownPaths(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (value === UNKNOWN) return [path];
  if (typeof value !== "object" || value === null) return [];
  return membersOf(value).flatMap(([key, item]) => unknownPaths(item, [...path, key]));
}

/** The value without its unknown parts, so that the known ones can be judged. */
export function withoutUnknown(value: unknown): unknown {
  if (value === UNKNOWN) return undefined;
  if (Array.isArray(value)) return value.filter((item) => item !== UNKNOWN).map(withoutUnknown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== UNKNOWN)
      .map(([key, item]) => [key, withoutUnknown(item)]),
  );
}

/** Members of an object or a list, by key or position. */
export function membersOf(value: object): [string | number, unknown][] {
  return Array.isArray(value) ? value.map((item: unknown, at) => [at, item]) : Object.entries(value);
}

/** Whether a value is an object with members, not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
