import type { V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { FILE_KINDS, type Rendered } from "../../airflow/file";
import { ConflictError } from "../../errors";
import { marksOf } from "../../kubernetes/marks";
import { ID_LABELS, idsOf, type Slot, slotKey, type Snapshot, TEAM_LABEL } from "./snapshot";

/** What a Secret of ours must be. */
export interface Desired {
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  data: Record<string, string>;
}

/** What one Secret must hold. */
export interface Entry {
  slot: Slot;
  /** JSON of a connection, or the text of a Variable. */
  text: string;
}

/** What there must be, by `slotKey`. */
export function slotsOf({ connections, variables }: Rendered): Map<string, Entry> {
  const entries: Entry[] = Object.entries(connections.entries).map(([id, text]) => ({
    slot: { kind: "connections", id },
    text,
  }));
  for (const [id, entry] of Object.entries(variables?.entries ?? {}))
    entries.push({ slot: { kind: "variables", id }, text: JSON.parse(entry) as string });
  return new Map(entries.map((entry) => [slotKey(entry.slot), entry]));
}

/**
 * The Secret that holds each entry now, or will when others' are taken over; by `slotKey`.
 *
 * @param adopting - takes over Secrets of others; otherwise one that claims the same id is a conflict.
 * @throws ConflictError naming the Secret and what it claims.
 */
export function secretsHolding(
  address: string,
  wanted: ReadonlyMap<string, Entry>,
  { own, others }: Snapshot,
  adopting: boolean,
): Map<string, V1Secret> {
  const held = new Map<string, V1Secret>();
  for (const secret of own.values())
    for (const kind of FILE_KINDS) {
      // Ours even where the label of a team hides it from Airflow.
      const key = slotKey({ kind, id: secret.metadata?.labels?.[ID_LABELS[kind]] ?? "" });
      if (wanted.has(key) && !held.has(key)) held.set(key, secret);
    }
  for (const [name, secret] of others)
    for (const slot of idsOf(secret)) {
      const key = slotKey(slot);
      if (!wanted.has(key)) continue;
      if (!adopting || held.has(key)) throw rivalry(address, name, secret, slot);
      held.set(key, secret);
    }
  return held;
}

function rivalry(address: string, name: string, secret: V1Secret, { kind, id }: Slot): ConflictError {
  const owner = marksOf(secret.metadata)?.owner;
  const whose = owner === undefined ? "is not managed by airflow-env" : `belongs to ${owner}`;
  const what = kind === "variables" ? "Variable" : "connection";
  const text = `Secret "${name}" ${whose} and also claims ${what} "${id}"`;
  return new ConflictError(`${address}: ${text}; delete it, or remove its label ${ID_LABELS[kind]}`);
}

/** Whether a write would change nothing. */
export function isAsDesired({ metadata, data }: V1Secret, desired: Desired): boolean {
  if (metadata?.labels?.[TEAM_LABEL] !== undefined) return false;
  return (
    holds(metadata?.labels, desired.labels) &&
    holds(metadata?.annotations, desired.annotations) &&
    holds(data, desired.data)
  );
}

/** Whether all the expected ones are among the actual ones. */
export function holds(actual: Record<string, string> | undefined, expected: Record<string, string>): boolean {
  return Object.entries(expected).every(([key, value]) => actual?.[key] === value);
}
