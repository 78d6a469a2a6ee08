import type { InputProblem } from "../errors";
import { isRecord, type Properties } from "../resources/declaration/values";

const EXTRA = "extra.";

/**
 * Values with null where `clear` says so: YAML and typed arguments of some languages drop null on the way here.
 *
 * @param clear - names of fields, and `extra.KEY`; a key may hold dots.
 */
export function withCleared(values: unknown, clear: unknown): { values: Properties; problems: InputProblem[] } {
  const cleared: Properties = isRecord(values) ? { ...values } : {};
  const wrong = (reason: string) => ({ values: cleared, problems: [{ path: ["clear"], reason }] });
  if (!Array.isArray(clear) || !clear.every((name) => typeof name === "string"))
    return wrong('must be a list of field names, such as ["login", "extra.role"]');
  for (const name of clear) {
    const key = name.startsWith(EXTRA) ? name.slice(EXTRA.length) : undefined;
    const { extra = {} } = cleared;
    if (key !== undefined && !isRecord(extra)) return wrong(`${name} needs extra to be an object`);
    const holder = key === undefined ? cleared : { ...(extra as Properties) };
    if (Object.hasOwn(holder, key ?? name))
      return wrong(`names ${name}, which has a value here; leave out one of the two`);
    holder[key ?? name] = null;
    if (key !== undefined) cleared["extra"] = holder;
  }
  return { values: cleared, problems: [] };
}
