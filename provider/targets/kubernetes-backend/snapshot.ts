import { createHash } from "node:crypto";
import type { V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { compareKeys, jsonString } from "../../projection/canonical-json";
import { connectionsText } from "../../projection/render";
import { marksOf } from "../kubernetes-marks";
import { textOf, versionOf } from "../kubernetes-secrets";
import type { TargetMarks, TargetState } from "../target";

/** Label by which Airflow finds a connection. */
export const CONNECTION_LABEL = "airflow.apache.org/connection-id";
/** A Secret with this label is for one team of a multi-team Airflow: a lookup without team does not see it. */
export const TEAM_LABEL = "airflow.apache.org/team";
/** Label that ties a connection's Secret to its index Secret. */
export const INDEX_LABEL = "pulumi-airflow-env/index";
/** Key of a Secret that holds the connection. */
export const VALUE_KEY = "value";

/** Everything in one namespace that Airflow's backend could find, at one moment. */
export interface Snapshot {
  /** The Secret whose version tells writers apart; undefined when there is none yet. */
  index: V1Secret | undefined;
  /** Secrets of this target by name. */
  own: Map<string, V1Secret>;
  /** Secrets of others that Airflow finds under an id, by name. */
  others: Map<string, V1Secret>;
}

/** Sorts what a listing by CONNECTION_LABEL gave. */
export function snapshotOf(secrets: Iterable<V1Secret>, indexName: string): Snapshot {
  const snapshot: Snapshot = { index: undefined, own: new Map(), others: new Map() };
  for (const secret of secrets) {
    const name = secret.metadata?.name ?? "";
    if (name === indexName) snapshot.index = secret;
    else if (secret.metadata?.labels?.[INDEX_LABEL] === indexName) snapshot.own.set(name, secret);
    else if (connIdOf(secret) !== undefined) snapshot.others.set(name, secret);
  }
  // Ours still, although somebody took the label away.
  for (const [name, secret] of snapshot.others) {
    if (!isOfSameDeployment(marksOf(secret.metadata), marksOf(snapshot.index?.metadata))) continue;
    snapshot.others.delete(name);
    snapshot.own.set(name, secret);
  }
  return snapshot;
}

/** Whether two objects belong to one Deployment, whoever owns it now. */
export function isOfSameDeployment(a: TargetMarks | undefined, b: TargetMarks | undefined): boolean {
  return a !== undefined && a.workspaceUid === b?.workspaceUid && a.deployment === b.deployment;
}

/** @returns the id under which Airflow finds the Secret; undefined when it finds it under none. */
export function connIdOf(secret: V1Secret): string | undefined {
  const labels = secret.metadata?.labels ?? {};
  return labels[TEAM_LABEL] === undefined ? labels[CONNECTION_LABEL] || undefined : undefined;
}

/**
 * The target's state.
 *
 * Secrets of others count only under ids that are also ours, where Airflow might take theirs; or when nothing is ours
 * yet, so that a namespace in use is not taken for an empty place (unless another Deployment of ours uses it).
 */
export function stateOf({ index, own, others }: Snapshot): TargetState | undefined {
  const established = index !== undefined || own.size > 0;
  const ownIds = new Set([...own.values()].map(connIdOf));
  const rivals = [...others].filter(([, secret]) =>
    established ? ownIds.has(connIdOf(secret)) : !marksOf(secret.metadata),
  );
  if (!established && rivals.length === 0) return undefined;
  const relevant = [...own, ...rivals].sort(([a], [b]) => compareKeys(a, b)).map(([, secret]) => secret);
  const entries = new Map<string, string>();
  for (const secret of relevant) {
    const connId = connIdOf(secret);
    // Airflow takes the first of several, and the API server lists by name.
    if (connId !== undefined && !entries.has(connId)) entries.set(connId, entryOf(secret));
  }
  const state: TargetState = {
    version: `${objectVersion(index)} ${digestOf(relevant)}`,
    text: connectionsText(Object.fromEntries(entries)),
    marks: index ? marksOf(index.metadata) : commonMarks([...own.values()]),
  };
  if (index?.metadata?.uid !== undefined) state.objectId = index.metadata.uid;
  return state;
}

/** The entry as it would stand in `connections.json`; a URI is a JSON string there. */
function entryOf(secret: V1Secret): string {
  const text = textOf(secret, VALUE_KEY);
  if (text === undefined) return "null";
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    if (error instanceof SyntaxError) return jsonString(text);
    throw error;
  }
}

/** Whose the Secrets are when somebody deleted their index. */
function commonMarks(secrets: V1Secret[]): TargetMarks | undefined {
  const [first, ...rest] = secrets.map((secret) => marksOf(secret.metadata));
  return rest.every((marks) => JSON.stringify(marks) === JSON.stringify(first)) ? first : undefined;
}

function digestOf(secrets: V1Secret[]): string {
  const versions = secrets.map((secret) => `${secret.metadata?.name}/${objectVersion(secret)}`);
  return createHash("sha256").update(versions.join("\n")).digest("hex").slice(0, 16);
}

function objectVersion(secret: V1Secret | undefined): string {
  const { uid, resourceVersion } = versionOf(secret?.metadata);
  return secret ? `${uid}/${resourceVersion}` : "none";
}
