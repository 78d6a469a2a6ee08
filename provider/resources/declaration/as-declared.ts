import { isDeepStrictEqual } from "node:util";
import { isReference, withReferences } from "./references";
import { isRecord, Secret } from "./values";

/**
 * What is stored, as a declaration would put it: what is still as last declared keeps the declared form, so that a
 * reference stays a reference and no value enters the state.
 *
 * @param declared - as recorded, references included.
 * @param resolved - the same with the references' values; a reference left in it leads nowhere any more.
 */
export function asDeclared(declared: unknown, resolved: unknown, stored: unknown): unknown {
  return isDeepStrictEqual(resolved, stored) ? declared : merged(declared, resolved, withReferences(stored, NOT_OURS));
}

/**
 * Values are stored, never references. One that somebody put there would be followed by the next refresh, to a file or
 * variable of that somebody's choosing.
 */
const NOT_OURS = "a reference that the program does not declare";

function merged(declared: unknown, resolved: unknown, stored: unknown): unknown {
  if (isDeepStrictEqual(resolved, stored)) return declared;
  if (isReference(declared)) return isReference(resolved) ? declared : new Secret(stored);
  if (Array.isArray(declared) && Array.isArray(resolved) && Array.isArray(stored) && declared.length === stored.length)
    return stored.map((item: unknown, at) => merged(declared[at], resolved[at], item));
  if (!isRecord(declared) || !isRecord(resolved) || !isRecord(stored)) return stored;
  const memberOf = (record: Record<string, unknown>, key: string) =>
    Object.hasOwn(record, key) ? record[key] : undefined;
  return Object.fromEntries(
    Object.entries(stored).map(([key, value]): [string, unknown] => [
      key,
      merged(memberOf(declared, key), memberOf(resolved, key), value),
    ]),
  );
}
