import { secretPaths as pathsOf } from "../../catalog/lookup";
import type { ConnectionFields } from "../../provider/airflow/connection";

/** Paths of a connection's fields that are secret, such as `password` or `extra.token`; an extra is secret as a whole. */
export function secretPaths({ connType, ...fields }: ConnectionFields): Set<string> {
  const paths = pathsOf(connType, fields).map((path) => path.slice(0, 2).join("."));
  // A key of extra that is a secret itself makes one of all of it.
  const all = paths.includes("extra") ? Object.keys(fields.extra ?? {}).map((key) => `extra.${key}`) : [];
  return new Set([...paths, ...all]);
}
