import type { ConnectionFields } from "../../provider/airflow/connection";

/** One connection of a source, valid by Airflow's rules. */
export interface ImportedConnection {
  id: string;
  fields: ConnectionFields;
  /** Fields that the source has and does not give, such as `password` or `extra.token`: somebody must set them. */
  withheld: string[];
}

/** One Variable of a source. */
export interface ImportedVariable {
  id: string;
  /** Undefined when the source has it and does not give it. */
  value: string | undefined;
  description?: string;
}

/** Something of a source that the program does not have, or has otherwise. Never holds a value. */
export interface ImportLoss {
  kind: "connection" | "variable" | "source";
  /** Id, key, or the source's own name. */
  id: string;
  /** The field, where it is not the whole object. */
  field?: string;
  reason: string;
}

/** What one source gave. */
export interface Imported {
  connections: ImportedConnection[];
  variables: ImportedVariable[];
  losses: ImportLoss[];
}

/** A source without anything. */
export function nothing(): Imported {
  return { connections: [], variables: [], losses: [] };
}

/** Several sources as one. @throws what `conflict` makes of an object that two of them have. */
export function combined(sources: Imported[], conflict: (what: string) => Error): Imported {
  const all = nothing();
  for (const source of sources) {
    requireNew(all.connections, source.connections, "connection", conflict);
    requireNew(all.variables, source.variables, "variable", conflict);
    all.connections.push(...source.connections);
    all.variables.push(...source.variables);
    all.losses.push(...source.losses);
  }
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  all.connections.sort(byId);
  all.variables.sort(byId);
  return all;
}

function requireNew(
  known: { id: string }[],
  added: { id: string }[],
  kind: string,
  conflict: (what: string) => Error,
): void {
  const ids = new Set(known.map(({ id }) => id));
  const twice = added.find(({ id }) => ids.has(id));
  if (twice) throw conflict(`${kind} "${twice.id}"`);
}
