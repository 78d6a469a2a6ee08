import { isDeepStrictEqual } from "node:util";
import { isReference } from "./references";
import { seal } from "./secret-outputs";

/**
 * What is stored, as a declaration would put it: what is still as last declared keeps the declared form, so that a
 * reference stays a reference and no value enters the state.
 *
 * @param declared - as recorded, references included.
 * @param resolved - the same with the references' values; a reference left in it leads nowhere any more.
 */
export function asDeclared(declared: unknown, resolved: unknown, stored: unknown): unknown {
  if (isDeepStrictEqual(resolved, stored)) return declared;
  if (isReference(declared)) return isReference(resolved) ? declared : seal(stored);
  if (Array.isArray(declared) && Array.isArray(resolved) && Array.isArray(stored) && declared.length === stored.length)
    return stored.map((item: unknown, at) => asDeclared(declared[at], resolved[at], item));
  if (!isObject(declared) || !isObject(resolved) || !isObject(stored)) return stored;
  const [declaredMembers, resolvedMembers] = [new Map(Object.entries(declared)), new Map(Object.entries(resolved))];
  return Object.fromEntries(
    Object.entries(stored).map(([key, value]): [string, unknown] => [
      key,
      asDeclared(declaredMembers.get(key), resolvedMembers.get(key), value),
    ]),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
