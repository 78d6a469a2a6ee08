import { findConnectionType, listConnectionTypes, type ConnectionType } from "../../catalog/lookup";
import type { InputProblem } from "../errors";
import type { Path } from "../path";
import { isRecord, UNKNOWN, type Properties } from "../resources/declaration/values";

/** Inputs of a connection whose names an extra does not take. */
const TAKEN = new Set([
  ...["connId", "connType", "workspace", "deployment", "description", "host", "login", "password", "schema", "port"],
  ...["extra", "sharing", "exclude", "adopt", "deployments", "id", "urn", "name", "owner", "fingerprints"],
  "constructor",
]);

/** `google_cloud_platform` as `GoogleCloudPlatform`. */
export function classNameOf(connType: string): string {
  return connType
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

/** Input for a key of `extra`: `deploy-mode` as `deployMode`; a name that a connection has already gets a prefix. */
export function inputNameOf(key: string): string {
  const pascal = classNameOf(key);
  const name = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  return TAKEN.has(name) ? `extra${pascal}` : name;
}

/** The connection types by the name of their class. */
export function connectionTypesByClass(): Map<string, ConnectionType> {
  return new Map(listConnectionTypes().map((type) => [classNameOf(type.id), type]));
}

/** Inputs of the class of one connection type, and the keys of `extra` that they stand for. */
export function extraKeysOf(connType: string): ReadonlyMap<string, string> {
  return new Map((findConnectionType(connType)?.extras ?? []).map(({ key }) => [inputNameOf(key), key]));
}

/** Where a secret of such a class lies in a connection. */
export function untypedPath(keys: ReadonlyMap<string, string>, [input, ...rest]: Path): Path {
  const key = typeof input === "string" ? keys.get(input) : undefined;
  return key === undefined ? [input ?? "", ...rest] : ["extra", key, ...rest];
}

/** The input of such a class that a place in a connection was given by: the other way round. */
export function typedPath(keys: ReadonlyMap<string, string>, given: Properties, path: Path): Path {
  const [field, key, ...rest] = path;
  const input = [...keys].find(([name, of]) => field === "extra" && of === key && Object.hasOwn(given, name))?.[0];
  return input === undefined ? path : [input, ...rest];
}

/** Inputs of such a class as those of a connection: its extras go into `extra`, under Airflow's names. */
export function untyped(
  connType: string,
  keys: ReadonlyMap<string, string>,
  { extra: open, ...given }: Properties,
): { inputs: Properties; problems: InputProblem[] } {
  const inputs: Properties = { connType };
  const extras: Properties = {};
  const problems: InputProblem[] = [];
  for (const [name, value] of Object.entries(given)) {
    const key = keys.get(name);
    if (key === undefined) inputs[name] = value;
    else if (value !== null) extras[key] = value;
    if (key !== undefined && isRecord(open) && Object.hasOwn(open, key))
      problems.push({ path: [name], reason: `and extra.${key} are the same field; give one of them` });
  }
  const isNone = open === undefined || open === null;
  if (Object.keys(extras).length === 0) return { inputs: { ...inputs, ...(!isNone && { extra: open }) }, problems };
  // Of an object that is not known the keys are not: it is judged once they are.
  if (open === UNKNOWN) return { inputs: { ...inputs, extra: UNKNOWN }, problems };
  if (!isNone && !isRecord(open))
    problems.push({ path: ["extra"], reason: "must be an object of Airflow extra fields" });
  return { inputs: { ...inputs, extra: { ...(isRecord(open) && open), ...extras } }, problems };
}
