import { randomUUID } from "node:crypto";
import type { V1ObjectMeta, V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { ConflictError, StaleVersionError, StoreUnavailableError, UnsupportedError } from "../../errors";
import { isKind } from "../../kubernetes/errors";
import { writeConditionally } from "../../kubernetes/writes";
import { assertFits, assertKey, assertPrefix } from "../checks";
import { ABSENT, type SecretsStore, type StoredText } from "../store";
import { kubernetesCapabilities } from "./capabilities";
import { defaultTuning, headOnly, type KubernetesTuning, NamespaceClient, patchOptions } from "./client";
import { MetadataCopies } from "./metadata-copies";
import { KEY, keyOf, labelsOf, METADATA, objectName, selectorOf, WRITE_ID } from "./names";
import type { KubernetesStoreOptions } from "./options";

const DATA_KEY = "document";
/** Kubernetes takes 256 KiB of annotations in all. */
const MAX_METADATA_BYTES = 200 * 1024;
const VERSION = /^\d+$/;

/**
 * Kubernetes as a store: one Secret per document in a management namespace, its resourceVersion as the version.
 *
 * @param tuning - page size and retries, for tests.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
export function kubernetesStore(options: KubernetesStoreOptions, tuning: Partial<KubernetesTuning> = {}): SecretsStore {
  const client = new NamespaceClient(options, { ...defaultTuning, ...tuning });
  const copies = new MetadataCopies(client);
  const { namespace } = client;
  const { address } = client.place;

  async function run<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw client.explained(error);
    }
  }

  /** The Secret of this name, whoever it belongs to. */
  async function findSecret(key: string): Promise<V1Secret | undefined> {
    try {
      return await client.call((core) => core.readNamespacedSecret({ name: objectName(key), namespace }));
    } catch (error) {
      if (isKind(error, "not-found")) return undefined;
      throw error;
    }
  }

  async function listOurs(prefix: string): Promise<StoredText[]> {
    const secrets = await client.list(selectorOf(prefix), (core, parameters) => core.listNamespacedSecret(parameters));
    const found: StoredText[] = [];
    for (const secret of secrets) {
      const key = keyOf(secret.metadata);
      if (key?.startsWith(prefix)) found.push(toStored(key, secret));
    }
    if (found.length === 0) await client.assertNamespace();
    return found;
  }

  async function headsOurs(prefix: string): Promise<{ key: string; head: V1ObjectMeta }[]> {
    const found: { key: string; head: V1ObjectMeta }[] = [];
    for (const head of await client.listHeads(selectorOf(prefix))) {
      const key = keyOf(head);
      if (key?.startsWith(prefix)) found.push({ key, head });
    }
    if (found.length === 0) await client.assertNamespace();
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  function toStored(key: string, { metadata, data }: V1Secret): StoredText {
    const text = data?.[DATA_KEY];
    if (text === undefined) {
      const name = metadata?.name ?? "";
      throw new StoreUnavailableError(
        "corrupt",
        `store "${address}": Secret "${name}" has lost its data "${DATA_KEY}"`,
      );
    }
    return { key, version: metadata?.resourceVersion ?? "", text: Buffer.from(text, "base64").toString("utf8") };
  }

  function stale(key: string, expected: string): StaleVersionError {
    const what = expected === ABSENT ? "exists already" : "changed since it was read";
    return new StaleVersionError(`store "${address}": document "${key}" ${what}`);
  }

  /**
   * Sends one conditional write. One whose reply is lost is told from others' by its write id; when it took effect and
   * somebody else has written since, it is reported as stale, which makes the caller read.
   */
  async function write(key: string, expected: string, secret: V1Secret): Promise<string> {
    const writeId = secret.metadata?.annotations?.[WRITE_ID];
    const name = objectName(key);
    const answer = expected === ABSENT ? await headOnly() : await patchOptions("MergePatch");
    const written = await writeConditionally({
      send: (onRetry) =>
        client.call(
          (core) =>
            expected === ABSENT
              ? core.createNamespacedSecret({ namespace, body: secret }, answer)
              : core.patchNamespacedSecret({ name, namespace, body: secret }, answer),
          onRetry,
        ),
      readBack: () => findSecret(key),
      isMade: ({ metadata }) => metadata?.annotations?.[WRITE_ID] === writeId,
    });
    if ("object" in written) return written.object.metadata?.resourceVersion ?? "";
    if (expected === ABSENT) {
      const found = await findSecret(key);
      if (found && keyOf(found.metadata) !== key) throw notOurs(name);
    }
    throw stale(key, expected);
  }

  function notOurs(name: string): ConflictError {
    return new ConflictError(
      `store "${address}": there is a Secret "${name}" that airflow-env did not make; rename or delete it`,
    );
  }

  return {
    kind: "kubernetes",
    address,
    capabilities: kubernetesCapabilities,

    async find(key) {
      assertKey(key);
      return run(async () => {
        const secret = await findSecret(key);
        if (secret && keyOf(secret.metadata) === key) return toStored(key, secret);
        await client.assertNamespace();
        return undefined;
      });
    },

    async put(key, text, metadata, expected) {
      assertKey(key);
      assertFits({ kind: "kubernetes", capabilities: kubernetesCapabilities }, key, text);
      assertMetadataFits(address, key, metadata);
      return run(async () => {
        if (expected !== ABSENT && !VERSION.test(expected)) throw stale(key, expected);
        await copies.align(key);
        const secret = toSecret(key, text, metadata, expected);
        const version = await write(key, expected, secret);
        await copies.write(key, version, metadata, expected);
        return version;
      });
    },

    async delete(key, expected) {
      assertKey(key);
      return run(async () => {
        const name = objectName(key);
        if (!VERSION.test(expected)) {
          if (keyOf((await findSecret(key))?.metadata) === key) throw stale(key, expected);
          return client.assertNamespace();
        }
        await copies.align(key);
        const body = { preconditions: { resourceVersion: expected } };
        try {
          await client.call((core) => core.deleteNamespacedSecret({ name, namespace, body }));
        } catch (error) {
          if (isKind(error, "conflict")) throw stale(key, expected);
          if (!isKind(error, "not-found")) throw error;
          await client.assertNamespace();
        }
        await copies.remove(key, expected);
      });
    },

    async list(prefix) {
      assertPrefix(prefix);
      return run(() => listOurs(prefix));
    },

    async keys(prefix) {
      assertPrefix(prefix);
      return run(async () => (await headsOurs(prefix)).map(({ key }) => key));
    },

    async listMetadata(prefix) {
      assertPrefix(prefix);
      return run(async () => {
        try {
          return (await headsOurs(prefix)).map(({ key, head }) => ({
            key,
            version: head.resourceVersion ?? "",
            metadata: head.annotations?.[METADATA] ?? "",
          }));
        } catch (error) {
          if (!isKind(error, "denied")) throw error;
        }
        // Without the right to list Secrets: the copies, which may be a moment behind.
        const found = await copies.list(prefix);
        if (found.length === 0) await client.assertNamespace();
        return found.sort((a, b) => (a.key < b.key ? -1 : 1));
      });
    },

    close: () => Promise.resolve(),
  };
}

function toSecret(key: string, text: string, metadata: string, expected: string): V1Secret {
  return {
    metadata: {
      name: objectName(key),
      labels: labelsOf(key),
      annotations: { [KEY]: key, [METADATA]: metadata, [WRITE_ID]: randomUUID() },
      ...(expected !== ABSENT && { resourceVersion: expected }),
    },
    data: { [DATA_KEY]: Buffer.from(text, "utf8").toString("base64") },
  };
}

function assertMetadataFits(address: string, key: string, metadata: string): void {
  const bytes = Buffer.byteLength(metadata, "utf8");
  if (bytes <= MAX_METADATA_BYTES) return;
  throw new UnsupportedError(
    `store "${address}": the metadata of "${key}" has ${bytes} bytes, the most is ${MAX_METADATA_BYTES}; link fewer Deployments`,
  );
}
