import { randomUUID } from "node:crypto";
import type { V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { Rendered } from "../../airflow/file";
import { settleConcurrently } from "../../concurrency";
import { ConflictError, StaleVersionError } from "../../errors";
import type { Place } from "../../kubernetes/failures";
import { annotationsFor, labelsFor, marksOf, writeIdAnnotation } from "../../kubernetes/marks";
import { encoded, type KubernetesSecrets, type SecretPatch, stale, versionOf } from "../../kubernetes/secrets";
import type { Target, TargetMarks, TargetState } from "../target";
import { type Desired, holds, isAsDesired, secretsHolding, slotsOf } from "./desired";
import { requireEntries, secretNameOf } from "./entries";
import type { KubernetesBackendOptions } from "./options";
import {
  concernsVariables,
  ID_LABELS,
  INDEX_LABEL,
  isOfSameDeployment,
  type Slot,
  snapshotOf,
  stateOf,
  TEAM_LABEL,
  VALUE_KEY,
  type Snapshot,
} from "./snapshot";

const CALLS_AT_ONCE = 16;
/** Finds the index, all connections, and our Variables: these have the label with an id that no connection can have. */
export const SELECTOR = { labels: ID_LABELS.connections, pageSize: 500 };
/** Finds others' Variables. */
export const VARIABLES_SELECTOR = { labels: ID_LABELS.variables, pageSize: 500 };

/** What each state was made from, so that a write need not list again. */
const snapshots = new WeakMap<TargetState, Snapshot>();

/**
 * One Secret per connection and Variable, for Airflow's KubernetesSecretsBackend.
 *
 * An index Secret without content makes many objects one compare-and-set: a writer (1) claims by changing the index
 * it has read, (2) writes only the Secrets that differ, each under the version that it has read, (3) looks whether the
 * index is still its own. Of two writers the second to claim has read after the first claimed; where the first then
 * still writes, one of both meets a changed Secret or a changed index, and starts over. A writer killed between (1)
 * and (3) leaves a mixture that the next reading shows as drift.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/secrets-backends/kubernetes-secrets-backend.html
 */
export class KubernetesBackendTarget implements Target {
  readonly kind = "kubernetesBackend";
  readonly address: string;
  readonly group: string;
  readonly maxBytes = Infinity;
  readonly place: Place;
  private readonly indexName: string;
  private readonly namePrefix: string;

  constructor(
    readonly secrets: KubernetesSecrets,
    { namespace, namePrefix }: KubernetesBackendOptions,
  ) {
    this.namePrefix = namePrefix;
    this.indexName = `${namePrefix}-index`;
    this.address = `kubernetesBackend:${secrets.cluster}/${namespace}/${namePrefix}`;
    this.group = secrets.clusterKey;
    this.place = { address: this.address, cluster: secrets.cluster, namespace };
  }

  identity(): Promise<readonly string[]> {
    return Promise.resolve([this.kind, this.group, this.place.namespace, this.namePrefix]);
  }

  async read(): Promise<TargetState | undefined> {
    return this.remember(await this.snapshot());
  }

  /** What listings by SELECTOR, and after it by VARIABLES_SELECTOR, of the target's namespace gave. */
  sort(secrets: Iterable<V1Secret>, variables?: Iterable<V1Secret>): Snapshot {
    return snapshotOf(secrets, this.indexName, variables);
  }

  /** The state, ready to be written from. */
  remember(snapshot: Snapshot): TargetState | undefined {
    const state = stateOf(snapshot);
    if (state) snapshots.set(state, snapshot);
    return state;
  }

  async write(rendered: Rendered, marks: TargetMarks, expected: TargetState | undefined): Promise<TargetState> {
    requireEntries(this.address, rendered);
    const before = await this.snapshotFor(expected, rendered.variables !== undefined);
    const adopting = expected !== undefined && expected.marks === undefined;
    const wanted = slotsOf(rendered);
    const held = secretsHolding(this.address, wanted, before, adopting);

    const writeId = randomUUID();
    const index = await this.claim(before.index, marks, writeId);
    const own = new Map<string, V1Secret>();
    const tasks = [...wanted].map(([key, { slot, text }]) => async () => {
      const current = held.get(key);
      const secret = await this.put(current, slot, text, marks, writeId);
      own.set(secret.metadata?.name ?? "", secret);
      return secret !== current;
    });
    const keep = new Set([...held.values()].map((secret) => secret.metadata?.name));
    const surplus = [...before.own.values()].filter((secret) => !keep.has(secret.metadata?.name));
    const changes = await runAll([...tasks, ...surplus.map((secret) => () => this.delete(secret))]);
    if (changes.includes(true)) await this.requireClaim(index);

    const others = new Map([...before.others].filter(([name]) => !own.has(name)));
    return this.remember({ ...before, index, own, others }) as TargetState;
  }

  async remove(expected: TargetState): Promise<void> {
    const before = await this.snapshot();
    const { index, own } = before;
    if (!index && own.size === 0) return;
    if (this.remember(before)?.version !== expected.version) throw stale(this.place);
    const writeId = randomUUID();
    const patch = { metadata: { annotations: writeIdAnnotation(writeId) } };
    const claimed = index && (await this.secrets.patch(this.place, versionOf(index.metadata), patch, writeId));
    await runAll([...own.values()].map((secret) => () => this.delete(secret)));
    if (claimed) await this.delete(claimed);
  }

  /** Lists the index with our Secrets first: a later claim then makes a write by this reading lose. */
  private async snapshot(withVariables = false): Promise<Snapshot> {
    const { namespace } = this.place;
    try {
      const secrets = await this.secrets.list(SELECTOR, namespace);
      const snapshot = this.sort(secrets);
      if (!withVariables && !concernsVariables(snapshot)) return snapshot;
      return this.sort(secrets, await this.secrets.list(VARIABLES_SELECTOR, namespace));
    } catch (error) {
      throw this.secrets.explained(this.place, error);
    }
  }

  private async snapshotFor(expected: TargetState | undefined, withVariables: boolean): Promise<Snapshot> {
    const known = expected && snapshots.get(expected);
    if (known && (known.hasVariables || !withVariables)) return known;
    const snapshot = await this.snapshot(withVariables);
    if (this.remember(snapshot)?.version !== expected?.version) throw stale(this.place);
    return snapshot;
  }

  private async claim(index: V1Secret | undefined, marks: TargetMarks, writeId: string): Promise<V1Secret> {
    const labels = { ...labelsFor("connections-index"), [ID_LABELS.connections]: "" };
    const desired = { name: this.indexName, labels, annotations: annotationsFor(marks), data: {} };
    return index ? this.patch(index, desired, writeId) : this.create(desired, marks, writeId);
  }

  private async requireClaim(index: V1Secret): Promise<void> {
    const found = await this.secrets.find(this.place, this.indexName);
    if (found?.metadata?.resourceVersion !== index.metadata?.resourceVersion) throw stale(this.place);
  }

  /** @returns `current` itself when it is as desired already. */
  private async put(
    current: V1Secret | undefined,
    { kind, id }: Slot,
    text: string,
    marks: TargetMarks,
    writeId: string,
  ): Promise<V1Secret> {
    const labels =
      kind === "connections"
        ? { ...labelsFor("connection"), [ID_LABELS.connections]: id }
        : { ...labelsFor("variable"), [ID_LABELS.connections]: "", [ID_LABELS.variables]: id };
    const desired = {
      name: current?.metadata?.name ?? secretNameOf(this.namePrefix, kind, id),
      labels: { ...labels, [INDEX_LABEL]: this.indexName },
      annotations: annotationsFor(marks),
      data: { [VALUE_KEY]: encoded(text) },
    };
    if (!current) return this.create(desired, marks, writeId);
    return isAsDesired(current, desired) ? current : this.patch(current, desired, writeId);
  }

  private async create(desired: Desired, marks: TargetMarks, writeId: string): Promise<V1Secret> {
    const { name, labels, data } = desired;
    const annotations = { ...desired.annotations, ...writeIdAnnotation(writeId) };
    try {
      return await this.secrets.create(
        this.place,
        { type: "Opaque", metadata: { name, labels, annotations }, data },
        writeId,
      );
    } catch (error) {
      if (!(error instanceof StaleVersionError)) throw error;
      const found = await this.secrets.find(this.place, name);
      // Created meanwhile, or gone again: the next listing tells.
      if (!found || holds(found.metadata?.labels, labels)) throw error;
      if (isOfSameDeployment(marksOf(found.metadata), marks)) return this.patch(found, desired, writeId);
      const text = `Secret "${name}" exists and is not managed by airflow-env`;
      throw new ConflictError(`${this.address}: ${text}; delete it, or choose another namePrefix`);
    }
  }

  private patch(current: V1Secret, desired: Desired, writeId: string): Promise<V1Secret> {
    const labels = { ...desired.labels, [TEAM_LABEL]: null };
    const annotations = { ...desired.annotations, ...writeIdAnnotation(writeId) };
    const patch: SecretPatch = { metadata: { labels, annotations }, data: desired.data };
    return this.secrets.patch(this.place, versionOf(current.metadata), patch, writeId);
  }

  private async delete(secret: V1Secret): Promise<true> {
    await this.secrets.delete(this.place, versionOf(secret.metadata));
    return true;
  }
}

async function runAll<T>(tasks: (() => Promise<T>)[]): Promise<T[]> {
  const { results, failures } = await settleConcurrently(tasks, CALLS_AT_ONCE, (task) => task());
  // Starting over would only meet a lasting failure again.
  if (failures.length > 0) throw failures.find((error) => !(error instanceof StaleVersionError)) ?? failures[0];
  return results;
}
