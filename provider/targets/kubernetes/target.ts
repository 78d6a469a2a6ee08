import { randomUUID } from "node:crypto";
import type { V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { bytesOf, type Rendered } from "../../airflow/file";
import { ConflictError, UnsupportedError } from "../../errors";
import { mapConcurrently } from "../../concurrency";
import type { Place } from "../../kubernetes/failures";
import {
  annotationsFor,
  COMPONENT_LABEL,
  labelsFor,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  marksOf,
  VARIABLES_ANNOTATION,
  withoutMarks,
  writeIdAnnotation,
} from "../../kubernetes/marks";
import {
  encoded,
  KubernetesSecrets,
  type Listing,
  type ObjectVersion,
  stale,
  textOf,
  versionOf,
} from "../../kubernetes/secrets";
import { reading } from "../read-each";
import type { Target, TargetDriver, TargetMarks, TargetReading, TargetState } from "../target";
import { SECRET_KEYS } from "./airflow-side";
import { MAX_SECRET_BYTES } from "./limits";
import type { KubernetesOptions } from "./options";

const { connections: KEY, variables: VARIABLES_KEY } = SECRET_KEYS;
const COMPONENT = "connections";
const SELECTOR = { labels: `${MANAGED_BY_LABEL}=${MANAGED_BY},${COMPONENT_LABEL}=${COMPONENT}`, pageSize: 100 };
/** Below this, single reads cost less than listing a cluster. */
const MIN_TARGETS_TO_LIST = 3;
const READS_AT_ONCE = 16;

/** One Secret with the keys `connections.json` and `variables.json`, for Airflow's LocalFilesystemBackend. */
class KubernetesTarget implements Target {
  readonly kind = "kubernetes";
  readonly address: string;
  readonly group: string;
  readonly maxBytes = MAX_SECRET_BYTES;
  readonly place: Place;
  readonly name: string;

  constructor(
    readonly secrets: KubernetesSecrets,
    { namespace, secretName }: KubernetesOptions,
  ) {
    this.name = secretName;
    this.address = `kubernetes:${secrets.cluster}/${namespace}/${secretName}`;
    this.group = secrets.clusterKey;
    this.place = { address: this.address, cluster: secrets.cluster, namespace };
  }

  identity(): Promise<readonly string[]> {
    return Promise.resolve([this.kind, this.group, this.place.namespace, this.name]);
  }

  async read(): Promise<TargetState | undefined> {
    const secret = await this.secrets.find(this.place, this.name);
    return secret && stateOf(secret);
  }

  async write(rendered: Rendered, marks: TargetMarks, expected: TargetState | undefined): Promise<TargetState> {
    this.requireWritable(rendered, expected);
    const writeId = randomUUID();
    const annotations = {
      ...annotationsFor(marks),
      ...writeIdAnnotation(writeId),
      ...(rendered.variables && { [VARIABLES_ANNOTATION]: "true" }),
    };
    const data = {
      [KEY]: encoded(rendered.connections.text),
      ...(rendered.variables && { [VARIABLES_KEY]: encoded(rendered.variables.text) }),
    };
    const labels = labelsFor(COMPONENT);
    if (!expected) {
      const metadata = { name: this.name, labels, annotations };
      return stateOf(await this.secrets.create(this.place, { type: "Opaque", metadata, data }, writeId));
    }
    const hadVariables = expected.marks !== undefined && expected.files.variables !== undefined;
    // A patch, so that other tools' keys, labels and annotations stay.
    const patch = {
      metadata: { labels, annotations: { [VARIABLES_ANNOTATION]: null, ...annotations } },
      data: { ...(hadVariables && { [VARIABLES_KEY]: null }), ...data },
    };
    return stateOf(await this.secrets.patch(this.place, this.expectedVersion(expected), patch, writeId));
  }

  async remove(expected: TargetState): Promise<void> {
    const secret = await this.secrets.find(this.place, this.name);
    if (!secret) return;
    const version = this.expectedVersion(expected);
    if (stateOf(secret).version !== expected.version) throw stale(this.place);
    const own = hasOwnVariables(secret) ? [KEY, VARIABLES_KEY] : [KEY];
    const others = Object.keys(secret.data ?? {}).filter((key) => !own.includes(key));
    const data = Object.fromEntries(own.map((key) => [key, null]));
    if (others.length === 0) await this.secrets.delete(this.place, version);
    else await this.secrets.patch(this.place, version, { metadata: withoutMarks(), data });
  }

  private requireWritable(rendered: Rendered, expected: TargetState | undefined): void {
    const bytes = bytesOf(rendered);
    if (bytes > MAX_SECRET_BYTES) {
      const text = `the content has ${bytes} bytes, and a Secret takes at most ${MAX_SECRET_BYTES}`;
      throw new UnsupportedError(`${this.address}: ${text}; use the kubernetesBackend target`);
    }
    if (rendered.variables && expected?.foreign) {
      const text = `the Secret has a key "${VARIABLES_KEY}" that airflow-env did not write`;
      throw new ConflictError(`${this.address}: ${text}; remove the key, or choose another secretName`);
    }
  }

  private expectedVersion({ version }: TargetState): ObjectVersion {
    const [uid = "", resourceVersion = ""] = version.split("/");
    return { name: this.name, uid, resourceVersion };
  }
}

function stateOf(secret: V1Secret): TargetState {
  const { uid, resourceVersion } = versionOf(secret.metadata);
  const marks = marksOf(secret.metadata);
  const connections = textOf(secret, KEY);
  const variables = textOf(secret, VARIABLES_KEY);
  const isForeign = variables !== undefined && marks !== undefined && !hasOwnVariables(secret);
  return {
    version: `${uid}/${resourceVersion}`,
    files: {
      ...(connections !== undefined && { connections }),
      ...(variables !== undefined && !isForeign && { variables }),
    },
    ...(isForeign && { foreign: ["variables"] }),
    marks,
    objectId: uid,
  };
}

/** Other tools may keep Variables in a Secret whose connections are ours. */
function hasOwnVariables({ metadata }: V1Secret): boolean {
  return metadata?.annotations?.[VARIABLES_ANNOTATION] !== undefined;
}

/** Opens `kubernetes` targets. */
export const kubernetesDriver: TargetDriver<KubernetesOptions> = {
  kind: "kubernetes",
  open: async (options) => new KubernetesTarget(await KubernetesSecrets.open(options), options),

  async readMany(targets) {
    const logins = new Map<string, KubernetesTarget[]>();
    for (const target of targets as KubernetesTarget[]) {
      const { accessKey } = target.secrets;
      logins.set(accessKey, [...(logins.get(accessKey) ?? []), target]);
    }
    const readings = await Promise.all([...logins.values()].map(readCluster));
    return new Map(readings.flat());
  },
};

async function readCluster(targets: KubernetesTarget[]): Promise<[Target, TargetReading][]> {
  const [first] = targets;
  const namespaces = targets.map((target) => target.place.namespace);
  const listings =
    first && targets.length >= MIN_TARGETS_TO_LIST
      ? await first.secrets.listNamespaces(SELECTOR, namespaces)
      : new Map<string, Listing>();
  const readings: [Target, TargetReading][] = [];
  const alone: KubernetesTarget[] = [];
  for (const target of targets) {
    const listing = listings.get(target.place.namespace);
    const listed = listing && "secrets" in listing ? listing.secrets.get(target.name) : undefined;
    if (listing && "error" in listing)
      readings.push([target, { error: target.secrets.explained(target.place, listing.error) }]);
    else if (listed) readings.push([target, { state: stateOf(listed) }]);
    // Absent from the list may still mean present without our labels.
    else alone.push(target);
  }
  const one = async (target: KubernetesTarget): Promise<[Target, TargetReading]> => [target, await reading(target)];
  return [...readings, ...(await mapConcurrently(alone, READS_AT_ONCE, one))];
}
