import type { V1ConfigMap, V1ObjectMeta } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { StoreUnavailableError } from "../../errors";
import { ABSENT, type StoredMetadata } from "../store";
import { isKind } from "../../kubernetes/errors";
import { headOnly, type NamespaceClient, patchOptions } from "./client";
import { DOCUMENT_VERSION, KEY, keyOf, labelsOf, METADATA, objectName, selectorOf } from "./names";

const ATTEMPTS = 10;
const DATA_KEY = "metadata";

/**
 * A ConfigMap per document with a copy of its metadata, for those who may list ConfigMaps but no Secrets: Kubernetes has
 * no right to see a Secret's annotations without its data.
 *
 * The Secret is the truth and is written first. A copy says which version of the Secret it belongs to, and is never
 * replaced by one of an earlier version. A process killed between the two leaves a copy behind; the first write of a
 * later process to the same Workspace brings its copies in line.
 */
export class MetadataCopies {
  private readonly aligned = new Map<string, Promise<void>>();

  constructor(private readonly client: NamespaceClient) {}

  /** @throws the client's own error. */
  async list(prefix: string): Promise<StoredMetadata[]> {
    const found: StoredMetadata[] = [];
    for (const copy of await this.listCopies(prefix)) {
      const key = keyOf(copy.metadata);
      const version = versionOf(copy.metadata);
      if (!key?.startsWith(prefix) || version === undefined) continue;
      found.push({ key, version, metadata: copy.data?.[DATA_KEY] ?? "" });
    }
    return found;
  }

  /**
   * Brings the copy in line with a Secret just written.
   *
   * @param replaced - the version that the write replaced, or ABSENT; then one call is enough.
   */
  async write(key: string, version: string, metadata: string, replaced: string): Promise<void> {
    if (
      replaced === ABSENT
        ? await this.create(key, version, metadata)
        : await this.advance(key, version, metadata, replaced)
    ) {
      return;
    }
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const copy = await this.find(key);
      if (!copy) {
        if (await this.create(key, version, metadata)) return;
      } else if (lead(versionOf(copy.metadata), version) >= 0n) {
        return;
      } else if (await this.replace(copy, key, version, metadata)) {
        return;
      }
    }
    throw new StoreUnavailableError(
      "failed",
      `store "${this.client.place.address}": the metadata of "${key}" keeps changing; the document itself is written`,
    );
  }

  /** Removes the copy of a Secret just deleted, unless it belongs to a later one of the same key. */
  async remove(key: string, version: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const copy = await this.find(key);
      if (!copy || lead(versionOf(copy.metadata), version) > 0n) return;
      if (await this.delete(copy)) return;
    }
  }

  /**
   * Brings the copies of a document's Workspace in line with their Secrets, once per process, before its first write:
   * what a killed process left behind, and a missing right on ConfigMaps, come to light before a document is written.
   */
  align(key: string): Promise<void> {
    const prefix = `${key.split("/", 1)[0]}/`;
    let aligned = this.aligned.get(prefix);
    if (!aligned) {
      aligned = this.alignAll(prefix);
      this.aligned.set(prefix, aligned);
      aligned.catch(() => this.aligned.delete(prefix));
    }
    return aligned;
  }

  private async alignAll(prefix: string): Promise<void> {
    // In this order: a copy is made after its Secret, so one whose Secret is not listed afterwards has lost it.
    const copies = new Map((await this.listCopies(prefix)).map((copy) => [copy.metadata?.name, copy]));
    for (const head of await this.client.listHeads(selectorOf(prefix))) {
      const key = keyOf(head);
      const copy = copies.get(head.name);
      copies.delete(head.name);
      const version = head.resourceVersion ?? "";
      if (key === undefined || lead(versionOf(copy?.metadata), version) >= 0n) continue;
      const replaced = copy ? (versionOf(copy.metadata) ?? "") : ABSENT;
      await this.write(key, version, head.annotations?.[METADATA] ?? "", replaced);
    }
    for (const copy of copies.values()) if (keyOf(copy.metadata) !== undefined) await this.delete(copy);
  }

  private listCopies(prefix: string): Promise<V1ConfigMap[]> {
    return this.client.list(selectorOf(prefix), (core, parameters) => core.listNamespacedConfigMap(parameters));
  }

  private async find(key: string): Promise<V1ConfigMap | undefined> {
    const { namespace } = this.client;
    try {
      return await this.client.call((core) => core.readNamespacedConfigMap({ name: objectName(key), namespace }));
    } catch (error) {
      if (isKind(error, "not-found")) return undefined;
      throw error;
    }
  }

  /** @returns false when there is one. */
  private async create(key: string, version: string, metadata: string): Promise<boolean> {
    const { namespace } = this.client;
    const body = copyOf(key, version, metadata);
    const options = await headOnly();
    return done(
      this.client.call((core) => core.createNamespacedConfigMap({ namespace, body }, options)),
      "exists",
    );
  }

  /** @returns false when the copy is not of the version that was replaced. */
  private async advance(key: string, version: string, metadata: string, replaced: string): Promise<boolean> {
    const path = `/metadata/annotations/${DOCUMENT_VERSION.replace("/", "~1")}`;
    const body = [
      { op: "test", path, value: replaced },
      { op: "replace", path, value: version },
      { op: "replace", path: `/data/${DATA_KEY}`, value: metadata },
    ];
    const request = { name: objectName(key), namespace: this.client.namespace, body };
    const options = await patchOptions("JsonPatch");
    const patching = this.client.call((core) => core.patchNamespacedConfigMap(request, options));
    // "invalid" is how the server says that a test operation failed.
    return done(patching, "not-found", "invalid", "conflict");
  }

  /** @returns false when the copy changed since it was read. */
  private async replace(copy: V1ConfigMap, key: string, version: string, metadata: string): Promise<boolean> {
    const fresh = copyOf(key, version, metadata);
    const body: V1ConfigMap = {
      ...fresh,
      metadata: {
        ...fresh.metadata,
        labels: { ...copy.metadata?.labels, ...fresh.metadata.labels },
        annotations: { ...copy.metadata?.annotations, ...fresh.metadata.annotations },
        resourceVersion: copy.metadata?.resourceVersion,
      },
    };
    const request = { name: objectName(key), namespace: this.client.namespace, body };
    const options = await headOnly();
    return done(
      this.client.call((core) => core.replaceNamespacedConfigMap(request, options)),
      "conflict",
      "not-found",
    );
  }

  /** @returns false when the copy changed since it was read. */
  private async delete({ metadata }: V1ConfigMap): Promise<boolean> {
    const body = { preconditions: { uid: metadata?.uid, resourceVersion: metadata?.resourceVersion } };
    const request = { name: metadata?.name ?? "", namespace: this.client.namespace, body };
    try {
      return await done(
        this.client.call((core) => core.deleteNamespacedConfigMap(request)),
        "conflict",
      );
    } catch (error) {
      if (isKind(error, "not-found")) return true;
      throw error;
    }
  }
}

function copyOf(key: string, version: string, metadata: string) {
  return {
    metadata: {
      name: objectName(key),
      labels: labelsOf(key),
      annotations: { [KEY]: key, [DOCUMENT_VERSION]: version },
    },
    data: { [DATA_KEY]: metadata },
  } satisfies V1ConfigMap;
}

function versionOf(metadata: V1ObjectMeta | undefined): string | undefined {
  return metadata?.annotations?.[DOCUMENT_VERSION];
}

/**
 * How many versions a copy is ahead of `version`; negative when it is behind or says nothing. Versions of one resource
 * type grow and may be compared as numbers.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
function lead(copy: string | undefined, version: string): bigint {
  return copy !== undefined && /^\d+$/.test(copy) ? BigInt(copy) - BigInt(version) : -1n;
}

async function done(call: Promise<unknown>, ...refusals: Parameters<typeof isKind>[1][]): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (isKind(error, ...refusals)) return false;
    throw error;
  }
}
