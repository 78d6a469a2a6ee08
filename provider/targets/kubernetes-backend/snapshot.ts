import { createHash } from "node:crypto";
import type { V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { compareKeys, jsonString } from "../../airflow/json";
import { FILE_KINDS, fileText, type FileKind } from "../../airflow/file";
import { marksOf } from "../../kubernetes/marks";
import { textOf, versionOf } from "../../kubernetes/secrets";
import type { TargetMarks, TargetState } from "../target";

/** Labels by which Airflow finds a connection or Variable: their value is its id or key. */
export const ID_LABELS: Record<FileKind, string> = {
  connections: "airflow.apache.org/connection-id",
  variables: "airflow.apache.org/variable-key",
};
/** A Secret with this label is for one team of a multi-team Airflow: a lookup without team does not see it. */
export const TEAM_LABEL = "airflow.apache.org/team";
/** Label that ties a Secret of ours to its index Secret. */
export const INDEX_LABEL = "pulumi-airflow-env/index";
/** Key of a Secret that holds the connection or Variable. */
export const VALUE_KEY = "value";

/** Everything in one namespace that Airflow's backend could find, at one moment. */
export interface Snapshot {
  /**
   * The Secret without content whose version tells writers apart, and whose marks say whose the others are; undefined
   * when there is none yet.
   */
  index: V1Secret | undefined;
  /** Secrets of this target by name. */
  own: Map<string, V1Secret>;
  /** Secrets of others that Airflow finds under an id, by name; those with Variables alone only when they were listed. */
  others: Map<string, V1Secret>;
  /** Whether others' Secrets with Variables were listed. */
  hasVariables: boolean;
}

/**
 * Sorts what was listed.
 *
 * @param secrets - those with the label of a connection's id, which all of ours have.
 * @param variables - those with the label of a Variable's key, read after `secrets`; undefined when not listed.
 */
export function snapshotOf(secrets: Iterable<V1Secret>, indexName: string, variables?: Iterable<V1Secret>): Snapshot {
  const snapshot: Snapshot = {
    index: undefined,
    own: new Map(),
    others: new Map(),
    hasVariables: variables !== undefined,
  };
  for (const secret of secrets) {
    const name = secret.metadata?.name ?? "";
    if (name === indexName) snapshot.index = secret;
    else if (secret.metadata?.labels?.[INDEX_LABEL] === indexName) snapshot.own.set(name, secret);
    else if (idsOf(secret).length > 0) snapshot.others.set(name, secret);
  }
  for (const secret of variables ?? []) {
    const name = secret.metadata?.name ?? "";
    // Of ours the first listing counts: the index is part of it.
    if (secret.metadata?.labels?.[INDEX_LABEL] === indexName || snapshot.own.has(name)) continue;
    if (idsOf(secret).length > 0) snapshot.others.set(name, secret);
  }
  // Ours still, although somebody took the label away.
  for (const [name, secret] of snapshot.others) {
    if (!isOfSameDeployment(marksOf(secret.metadata), marksOf(snapshot.index?.metadata))) continue;
    snapshot.others.delete(name);
    snapshot.own.set(name, secret);
  }
  return snapshot;
}

/** Whether others' Secrets with Variables matter: when some of ours are Variables, or nothing is ours yet. */
export function concernsVariables({ index, own }: Snapshot): boolean {
  if (!index && own.size === 0) return true;
  return [...own.values()].some((secret) => secret.metadata?.labels?.[ID_LABELS.variables] !== undefined);
}

/** Whether two objects belong to one Deployment, whoever owns it now. */
export function isOfSameDeployment(a: TargetMarks | undefined, b: TargetMarks | undefined): boolean {
  return a !== undefined && a.workspaceUid === b?.workspaceUid && a.deployment === b.deployment;
}

/** What is found under one id or key. */
export interface Slot {
  kind: FileKind;
  id: string;
}

/** A slot as a key of a Map. */
export const slotKey = ({ kind, id }: Slot): string => `${kind}/${id}`;

/** @returns under what Airflow finds the Secret; empty when it does not find it. */
export function idsOf(secret: V1Secret): Slot[] {
  const labels = secret.metadata?.labels ?? {};
  if (labels[TEAM_LABEL] !== undefined) return [];
  return FILE_KINDS.flatMap((kind) => {
    const id = labels[ID_LABELS[kind]];
    return id ? [{ kind, id }] : [];
  });
}

/**
 * The target's state.
 *
 * Secrets of others count only under ids that are also ours, where Airflow might take theirs; or when nothing is ours
 * yet, so that a namespace in use is not taken for an empty place (unless another Deployment of ours uses it).
 */
export function stateOf({ index, own, others }: Snapshot): TargetState | undefined {
  const established = index !== undefined || own.size > 0;
  const ownKeys = new Set([...own.values()].flatMap(idsOf).map(slotKey));
  const rivals = [...others].filter(([, secret]) =>
    established ? idsOf(secret).some((slot) => ownKeys.has(slotKey(slot))) : !marksOf(secret.metadata),
  );
  if (!established && rivals.length === 0) return undefined;
  const relevant = [...own, ...rivals].sort(([a], [b]) => compareKeys(a, b)).map(([, secret]) => secret);
  const entries = { connections: new Map<string, string>(), variables: new Map<string, string>() };
  for (const secret of relevant)
    for (const { kind, id } of idsOf(secret))
      // Airflow takes the first of several, and the API server lists by name.
      if (!entries[kind].has(id)) entries[kind].set(id, entryOf(secret, kind));
  const { connections, variables } = entries;
  const state: TargetState = {
    version: `${objectVersion(index)} ${digestOf(relevant)}`,
    files: {
      connections: fileText(Object.fromEntries(connections)),
      ...(variables.size > 0 && { variables: fileText(Object.fromEntries(variables)) }),
    },
    marks: index ? marksOf(index.metadata) : commonMarks([...own.values()]),
  };
  if (!index && state.marks) state.unanchored = true;
  if (index?.metadata?.uid !== undefined) state.objectId = index.metadata.uid;
  return state;
}

/** The entry as it would stand in a file; a connection's URI is a JSON string there, and so is any Variable. */
function entryOf(secret: V1Secret, kind: FileKind): string {
  const text = textOf(secret, VALUE_KEY);
  if (text === undefined) return "null";
  if (kind === "variables") return jsonString(text);
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
