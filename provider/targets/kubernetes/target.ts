import { randomUUID } from "node:crypto";
import type { V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { UnsupportedError } from "../../errors";
import type { Place } from "../kubernetes-failures";
import {
  annotationsFor,
  COMPONENT_LABEL,
  labelsFor,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  marksOf,
  withoutMarks,
  writeIdAnnotation,
} from "../kubernetes-marks";
import {
  encoded,
  KubernetesSecrets,
  type Listing,
  type ObjectVersion,
  stale,
  textOf,
  versionOf,
} from "../kubernetes-secrets";
import { MAX_SECRET_BYTES } from "../limits";
import { reading } from "../read-each";
import type { Rendered, Target, TargetDriver, TargetMarks, TargetReading, TargetState } from "../target";
import type { KubernetesOptions } from "./options";

const KEY = "connections.json";
const COMPONENT = "connections";
const SELECTOR = { labels: `${MANAGED_BY_LABEL}=${MANAGED_BY},${COMPONENT_LABEL}=${COMPONENT}`, pageSize: 100 };
/** Below this, single reads cost less than listing a cluster. */
const MIN_TARGETS_TO_LIST = 3;
const READS_AT_ONCE = 16;

/** One Secret with the key `connections.json`, for Airflow's LocalFilesystemBackend. */
class KubernetesTarget implements Target {
  readonly kind = "kubernetes";
  readonly address: string;
  readonly maxBytes = MAX_SECRET_BYTES;
  readonly place: Place;
  readonly name: string;

  constructor(
    readonly secrets: KubernetesSecrets,
    { namespace, secretName }: KubernetesOptions,
  ) {
    this.name = secretName;
    this.address = `kubernetes:${secrets.cluster}/${namespace}/${secretName}`;
    this.place = { address: this.address, cluster: secrets.cluster, namespace };
  }

  async read(): Promise<TargetState | undefined> {
    const secret = await this.secrets.find(this.place, this.name);
    return secret && stateOf(secret);
  }

  async write(rendered: Rendered, marks: TargetMarks, expected: TargetState | undefined): Promise<TargetState> {
    const bytes = Buffer.byteLength(rendered.text);
    if (bytes > MAX_SECRET_BYTES) {
      const text = `the content has ${bytes} bytes, and a Secret takes at most ${MAX_SECRET_BYTES}`;
      throw new UnsupportedError(`${this.address}: ${text}; use the kubernetesBackend target`);
    }
    const writeId = randomUUID();
    const annotations = { ...annotationsFor(marks), ...writeIdAnnotation(writeId) };
    const data = { [KEY]: encoded(rendered.text) };
    const labels = labelsFor(COMPONENT);
    if (expected) {
      // A patch, so that other tools' keys, labels and annotations stay.
      const patch = { metadata: { labels, annotations }, data };
      return stateOf(await this.secrets.patch(this.place, this.expectedVersion(expected), patch, writeId));
    }
    const metadata = { name: this.name, labels, annotations };
    return stateOf(await this.secrets.create(this.place, { type: "Opaque", metadata, data }, writeId));
  }

  async remove(expected: TargetState): Promise<void> {
    const secret = await this.secrets.find(this.place, this.name);
    if (!secret) return;
    const version = this.expectedVersion(expected);
    if (stateOf(secret).version !== expected.version) throw stale(this.place);
    const others = Object.keys(secret.data ?? {}).filter((key) => key !== KEY);
    if (others.length === 0) await this.secrets.delete(this.place, version);
    else await this.secrets.patch(this.place, version, { metadata: withoutMarks(), data: { [KEY]: null } });
  }

  private expectedVersion({ version }: TargetState): ObjectVersion {
    const [uid = "", resourceVersion = ""] = version.split("/");
    return { name: this.name, uid, resourceVersion };
  }
}

function stateOf(secret: V1Secret): TargetState {
  const { uid, resourceVersion } = versionOf(secret.metadata);
  return {
    version: `${uid}/${resourceVersion}`,
    text: textOf(secret, KEY),
    marks: marksOf(secret.metadata),
    objectId: uid,
  };
}

/** Opens `kubernetes` targets. */
export const kubernetesDriver: TargetDriver<KubernetesOptions> = {
  kind: "kubernetes",
  open: async (options) => new KubernetesTarget(await KubernetesSecrets.open(options), options),

  async readMany(targets) {
    const clusters = new Map<string, KubernetesTarget[]>();
    for (const target of targets as KubernetesTarget[]) {
      const { accessKey } = target.secrets;
      clusters.set(accessKey, [...(clusters.get(accessKey) ?? []), target]);
    }
    const readings = await Promise.all([...clusters.values()].map(readCluster));
    return new Map(readings.flatMap((reading) => [...reading]));
  },
};

async function readCluster(targets: KubernetesTarget[]): Promise<Map<string, TargetReading>> {
  const [first] = targets;
  const namespaces = targets.map((target) => target.place.namespace);
  const listings =
    first && targets.length >= MIN_TARGETS_TO_LIST
      ? await first.secrets.listNamespaces(SELECTOR, namespaces)
      : new Map<string, Listing>();
  const { default: pLimit } = await import("p-limit");
  const limit = pLimit(READS_AT_ONCE);
  const readOne = async (target: KubernetesTarget): Promise<TargetReading> => {
    const listing = listings.get(target.place.namespace);
    if (listing && "error" in listing) return { error: target.secrets.explained(target.place, listing.error) };
    const listed = listing?.secrets.get(target.name);
    // Absent from the list may still mean present without our labels.
    return listed ? { state: stateOf(listed) } : limit(() => reading(target));
  };
  return new Map(await Promise.all(targets.map(async (target) => [target.address, await readOne(target)] as const)));
}
