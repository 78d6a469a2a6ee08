import { randomUUID } from "node:crypto";
import type { V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { ConflictError, StaleVersionError } from "../../errors";
import type { Place } from "../kubernetes-failures";
import { annotationsFor, labelsFor, marksOf, writeIdAnnotation } from "../kubernetes-marks";
import { encoded, KubernetesSecrets, type SecretPatch, stale, versionOf } from "../kubernetes-secrets";
import { reading } from "../read-each";
import type { Rendered, Target, TargetDriver, TargetMarks, TargetReading, TargetState } from "../target";
import { requireEntries, secretNameOf } from "./entries";
import type { KubernetesBackendOptions } from "./options";
import {
  CONNECTION_LABEL,
  connIdOf,
  INDEX_LABEL,
  isOfSameDeployment,
  snapshotOf,
  stateOf,
  TEAM_LABEL,
  VALUE_KEY,
  type Snapshot,
} from "./snapshot";

const CALLS_AT_ONCE = 16;
const SELECTOR = { labels: CONNECTION_LABEL, pageSize: 500 };

/** What each state was made from, so that a write need not list again. */
const snapshots = new WeakMap<TargetState, Snapshot>();

/** What a Secret of ours must be. */
interface Desired {
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  data: Record<string, string>;
}

/**
 * One Secret per connection, for Airflow's KubernetesSecretsBackend.
 *
 * An index Secret without content makes many objects one compare-and-set: a writer (1) claims by changing the index
 * it has read, (2) writes only the Secrets that differ, each under the version that it has read, (3) looks whether the
 * index is still its own. Of two writers the second to claim has read after the first claimed; where the first then
 * still writes, one of both meets a changed Secret or a changed index, and starts over. A writer killed between (1)
 * and (3) leaves a mixture that the next reading shows as drift.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/secrets-backends/kubernetes-secrets-backend.html
 */
class KubernetesBackendTarget implements Target {
  readonly kind = "kubernetesBackend";
  readonly address: string;
  readonly maxBytes = Infinity;
  readonly place: Place;
  readonly indexName: string;
  private readonly namePrefix: string;

  constructor(
    readonly secrets: KubernetesSecrets,
    { namespace, namePrefix }: KubernetesBackendOptions,
  ) {
    this.namePrefix = namePrefix;
    this.indexName = `${namePrefix}-index`;
    this.address = `kubernetesBackend:${secrets.cluster}/${namespace}/${namePrefix}`;
    this.place = { address: this.address, cluster: secrets.cluster, namespace };
  }

  async read(): Promise<TargetState | undefined> {
    return this.remember(await this.list());
  }

  /** The state, from a listing by SELECTOR of the target's namespace. */
  remember(secrets: Iterable<V1Secret>): TargetState | undefined {
    const snapshot = snapshotOf(secrets, this.indexName);
    const state = stateOf(snapshot);
    if (state) snapshots.set(state, snapshot);
    return state;
  }

  async write(rendered: Rendered, marks: TargetMarks, expected: TargetState | undefined): Promise<TargetState> {
    requireEntries(this.address, rendered.entries);
    const before = await this.snapshotFor(expected);
    const adopting = expected !== undefined && expected.marks === undefined;
    const held = this.match(rendered, before, adopting);

    const writeId = randomUUID();
    const index = await this.claim(before.index, marks, writeId);
    const own = new Map<string, V1Secret>();
    const tasks = Object.entries(rendered.entries).map(([connId, entry]) => async () => {
      const current = held.get(connId);
      const secret = await this.put(current, connId, entry, marks, writeId);
      own.set(secret.metadata?.name ?? "", secret);
      return secret !== current;
    });
    const keep = new Set([...held.values()].map((secret) => secret.metadata?.name));
    const surplus = [...before.own.values()].filter((secret) => !keep.has(secret.metadata?.name));
    const changes = await runAll([...tasks, ...surplus.map((secret) => () => this.delete(secret))]);
    if (changes.includes(true)) await this.requireClaim(index);

    const others = new Map([...before.others].filter(([name]) => !own.has(name)));
    return this.remember([index, ...own.values(), ...others.values()]) as TargetState;
  }

  async remove(expected: TargetState): Promise<void> {
    const secrets = await this.list();
    const { index, own } = snapshotOf(secrets, this.indexName);
    if (!index && own.size === 0) return;
    if (this.remember(secrets)?.version !== expected.version) throw stale(this.place);
    const writeId = randomUUID();
    const patch = { metadata: { annotations: writeIdAnnotation(writeId) } };
    const claimed = index && (await this.secrets.patch(this.place, versionOf(index.metadata), patch, writeId));
    await runAll([...own.values()].map((secret) => () => this.delete(secret)));
    if (claimed) await this.delete(claimed);
  }

  private async list(): Promise<V1Secret[]> {
    try {
      return await this.secrets.list(SELECTOR, this.place.namespace);
    } catch (error) {
      throw this.secrets.explained(this.place, error);
    }
  }

  private async snapshotFor(expected: TargetState | undefined): Promise<Snapshot> {
    const known = expected && snapshots.get(expected);
    if (known) return known;
    const secrets = await this.list();
    if (this.remember(secrets)?.version !== expected?.version) throw stale(this.place);
    return snapshotOf(secrets, this.indexName);
  }

  /** The Secret that holds each connection now, or will when others' are taken over. */
  private match(rendered: Rendered, { own, others }: Snapshot, adopting: boolean): Map<string, V1Secret> {
    const held = new Map<string, V1Secret>();
    for (const secret of own.values()) {
      const connId = secret.metadata?.labels?.[CONNECTION_LABEL] ?? "";
      if (Object.hasOwn(rendered.entries, connId) && !held.has(connId)) held.set(connId, secret);
    }
    for (const [name, secret] of others) {
      const connId = connIdOf(secret) ?? "";
      if (!Object.hasOwn(rendered.entries, connId)) continue;
      if (!adopting || held.has(connId)) {
        const owner = marksOf(secret.metadata)?.owner;
        const whose = owner === undefined ? "is not managed by airflow-env" : `belongs to ${owner}`;
        const text = `Secret "${name}" ${whose} and also claims connection "${connId}"`;
        throw new ConflictError(`${this.address}: ${text}; delete it, or remove its label ${CONNECTION_LABEL}`);
      }
      held.set(connId, secret);
    }
    return held;
  }

  private async claim(index: V1Secret | undefined, marks: TargetMarks, writeId: string): Promise<V1Secret> {
    // An id that no connection can have: one listing finds the index and the connections.
    const labels = { ...labelsFor("connections-index"), [CONNECTION_LABEL]: "" };
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
    connId: string,
    entry: string,
    marks: TargetMarks,
    writeId: string,
  ): Promise<V1Secret> {
    const labels = { ...labelsFor("connection"), [CONNECTION_LABEL]: connId, [INDEX_LABEL]: this.indexName };
    const name = current?.metadata?.name ?? secretNameOf(this.namePrefix, connId);
    const desired = { name, labels, annotations: annotationsFor(marks), data: { [VALUE_KEY]: encoded(entry) } };
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

function isAsDesired({ metadata, data }: V1Secret, desired: Desired): boolean {
  if (metadata?.labels?.[TEAM_LABEL] !== undefined) return false;
  return (
    holds(metadata?.labels, desired.labels) &&
    holds(metadata?.annotations, desired.annotations) &&
    holds(data, desired.data)
  );
}

function holds(actual: Record<string, string> | undefined, expected: Record<string, string>): boolean {
  return Object.entries(expected).every(([key, value]) => actual?.[key] === value);
}

/**
 * Runs tasks side by side; after a failure starts no more, and waits for those underway, so that nothing is written
 * once the failure is known.
 */
async function runAll<T>(tasks: (() => Promise<T>)[]): Promise<T[]> {
  const { default: pLimit } = await import("p-limit");
  const limit = pLimit(CALLS_AT_ONCE);
  const results: T[] = [];
  const failures: unknown[] = [];
  const run = async (task: () => Promise<T>) => {
    if (failures.length > 0) return;
    try {
      results.push(await task());
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(tasks.map((task) => limit(run, task)));
  // Starting over would only meet a lasting failure again.
  const failure = failures.find((error) => !(error instanceof StaleVersionError)) ?? failures[0];
  if (failure !== undefined) throw failure as Error;
  return results;
}

/** Opens `kubernetesBackend` targets. */
export const kubernetesBackendDriver: TargetDriver<KubernetesBackendOptions> = {
  kind: "kubernetesBackend",
  open: async (options) => new KubernetesBackendTarget(await KubernetesSecrets.open(options), options),

  async readMany(targets) {
    const clusters = new Map<string, KubernetesBackendTarget[]>();
    for (const target of targets as KubernetesBackendTarget[]) {
      const { accessKey } = target.secrets;
      clusters.set(accessKey, [...(clusters.get(accessKey) ?? []), target]);
    }
    const readings = await Promise.all([...clusters.values()].map(readCluster));
    return new Map(readings.flat());
  },
};

async function readCluster(targets: KubernetesBackendTarget[]): Promise<[string, TargetReading][]> {
  const namespaces = targets.map((target) => target.place.namespace);
  const listings = await (targets[0] as KubernetesBackendTarget).secrets.listNamespaces(SELECTOR, namespaces);
  const readOne = async (target: KubernetesBackendTarget): Promise<TargetReading> => {
    const listing = listings.get(target.place.namespace);
    // Not listed because that is denied: the target's own reading says so.
    if (!listing) return reading(target);
    if ("error" in listing) return { error: target.secrets.explained(target.place, listing.error) };
    return { state: target.remember(listing.secrets.values()) };
  };
  return Promise.all(
    targets.map(async (target): Promise<[string, TargetReading]> => [target.address, await readOne(target)]),
  );
}
