import type { V1ObjectMeta, V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { InputError, ProviderError, StaleVersionError, TargetUnavailableError } from "../errors";
import { mapConcurrently } from "../concurrency";
import {
  accessKeyOf,
  connectKubernetes,
  type KubernetesAccess,
  type KubernetesConnection,
  withKubernetesRetries,
} from "./api";
import { loadKubernetesClient } from "./client";
import { isKind } from "./errors";
import { targetFailure, type Place } from "./failures";
import { writeIdOf } from "./marks";
import { listPages } from "./pages";
import { writeConditionally } from "./writes";

/** A JSON merge patch of a Secret: null removes. */
export interface SecretPatch {
  metadata: {
    labels?: Record<string, string | null>;
    annotations?: Record<string, string | null>;
  };
  data?: Record<string, string | null>;
}

/** Which Secrets to list. */
export interface SecretSelector {
  labels: string;
  /** Secrets of one request; an answer with the largest ones has this many MiB. */
  pageSize: number;
}

/** The version that an update or delete expects. */
export interface ObjectVersion {
  name: string;
  uid: string;
  resourceVersion: string;
}

/** What listing a namespace gave: Secrets by name, or the client's error. */
export type Listing = { secrets: Map<string, V1Secret> } | { error: unknown };

const TIMEOUT_MS = 15_000;
const READ_RETRIES = 3;
/** Below this, listing each namespace costs less than listing the cluster. */
const MIN_NAMESPACES_TO_LIST_ALL = 3;
const LISTINGS_AT_ONCE = 8;

/**
 * The calls to one cluster's Secrets that targets make, with retries, lost replies found out, and failures explained.
 *
 * Every write is conditional: it throws StaleVersionError when the object is not as expected.
 */
export class KubernetesSecrets {
  private constructor(
    /** For messages: the context, `in-cluster`, or what was asked for when the kubeconfig cannot be read. */
    readonly cluster: string,
    /** Equal for all in one cluster, whatever its context is called. */
    readonly clusterKey: string,
    /** Equal for all that use the same login to the same cluster. */
    readonly accessKey: string,
    private readonly connection: () => Promise<KubernetesConnection>,
  ) {}

  /** Reads the kubeconfig; a failure is thrown by the first call, so that one bad context harms only its own target. */
  static async open({ context, kubeconfig }: { context?: string; kubeconfig?: string }): Promise<KubernetesSecrets> {
    const access: KubernetesAccess = { timeoutMs: TIMEOUT_MS };
    if (context !== undefined) access.context = context;
    if (kubeconfig !== undefined) access.kubeconfig = kubeconfig;
    const connect = () => connectKubernetes(access);
    const accessKey = accessKeyOf(access);
    try {
      const { cluster, server, clusterKey } = await connect();
      // Contexts of several kubeconfigs may have one name.
      const name = kubeconfig === undefined ? cluster : `${cluster}@${hostOf(server)}`;
      return new KubernetesSecrets(name, clusterKey, accessKey, connect);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return new KubernetesSecrets(context ?? "current-context", accessKey, accessKey, connect);
    }
  }

  /** @returns undefined when the API server says that there is none. */
  async find(place: Place, name: string, retries = READ_RETRIES): Promise<V1Secret | undefined> {
    try {
      return await this.call(({ core }) => core.readNamespacedSecret({ name, namespace: place.namespace }), {
        retries,
      });
    } catch (error) {
      if (isKind(error, "not-found")) return undefined;
      throw this.explained(place, error);
    }
  }

  /**
   * All Secrets with the label, page by page, of one namespace or the whole cluster; a consistent snapshot.
   *
   * @throws the client's own error, for `isKind`; see `explained`.
   */
  async list({ labels, pageSize }: SecretSelector, namespace?: string): Promise<V1Secret[]> {
    return listPages(labels, pageSize, async (page) => {
      const { items, metadata } = await this.call(
        ({ core }) =>
          namespace === undefined
            ? core.listSecretForAllNamespaces(page)
            : core.listNamespacedSecret({ namespace, ...page }),
        { retries: READ_RETRIES },
      );
      return { items: items.map(lean), ...(metadata && { metadata }) };
    });
  }

  /**
   * The labelled Secrets of many namespaces: one listing of the cluster, or where that is denied, one per namespace.
   *
   * @returns one listing per namespace; none for a namespace that may not be listed.
   */
  async listNamespaces(selector: SecretSelector, namespaces: string[]): Promise<Map<string, Listing>> {
    const wanted = [...new Set(namespaces)];
    if (wanted.length >= MIN_NAMESPACES_TO_LIST_ALL) {
      try {
        const all = await this.list(selector);
        return new Map(wanted.map((namespace) => [namespace, listing(all, namespace)]));
      } catch (error) {
        if (!isKind(error, "denied")) return new Map(wanted.map((namespace) => [namespace, { error }]));
      }
    }
    const listings = new Map<string, Listing>();
    await mapConcurrently(wanted, LISTINGS_AT_ONCE, async (namespace) => {
      try {
        listings.set(namespace, listing(await this.list(selector, namespace), namespace));
      } catch (error) {
        if (!isKind(error, "denied")) listings.set(namespace, { error });
      }
    });
    return listings;
  }

  /** @param writeId - the value of the annotation in `secret`, unique to this write. */
  async create(place: Place, secret: V1Secret, writeId: string): Promise<V1Secret> {
    const { namespace } = place;
    return this.write(place, secret.metadata?.name ?? "", writeId, ({ core }) =>
      core.createNamespacedSecret({ namespace, body: secret }),
    );
  }

  /** @param writeId - the value of the annotation in `patch`, unique to this write. */
  async patch(place: Place, expected: ObjectVersion, patch: SecretPatch, writeId?: string): Promise<V1Secret> {
    const { name, uid, resourceVersion } = expected;
    const body = { ...patch, metadata: { ...patch.metadata, uid, resourceVersion } };
    const { PatchStrategy, setHeaderOptions } = await loadKubernetesClient();
    const mergePatch = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
    return this.write(place, name, writeId, ({ core }) =>
      core.patchNamespacedSecret({ name, namespace: place.namespace, body }, mergePatch),
    );
  }

  /** Deletes exactly the expected object; deleting the absent succeeds. */
  async delete(place: Place, { name, uid, resourceVersion }: ObjectVersion): Promise<void> {
    const body = { preconditions: { uid, resourceVersion } };
    try {
      await this.call(({ core }) => core.deleteNamespacedSecret({ name, namespace: place.namespace, body }));
    } catch (error) {
      if (isKind(error, "not-found")) return;
      throw isKind(error, "conflict") ? stale(place) : this.explained(place, error);
    }
  }

  /** What a failure of `list` means for the target. */
  explained(place: Place, error: unknown): Error {
    if (error instanceof InputError) return new TargetUnavailableError("missing", `${place.address}: ${error.message}`);
    return error instanceof ProviderError ? error : targetFailure(place, error);
  }

  private async write(
    place: Place,
    name: string,
    writeId: string | undefined,
    call: (connection: KubernetesConnection) => Promise<V1Secret>,
  ): Promise<V1Secret> {
    try {
      const written = await writeConditionally({
        send: (onRetry) => this.call(call, { onRetry }),
        readBack: () => this.find(place, name, 1),
        isMade: ({ metadata }) => writeId !== undefined && writeIdOf(metadata) === writeId,
      });
      if ("object" in written) return lean(written.object);
    } catch (error) {
      if (isKind(error, "invalid")) await this.refuseImmutable(place, name);
      throw this.explained(place, error);
    }
    throw stale(place);
  }

  private async refuseImmutable(place: Place, name: string): Promise<void> {
    const found = await this.find(place, name);
    if (!found?.immutable) return;
    const text = `Secret "${name}" is immutable; delete it, or choose another name`;
    throw new TargetUnavailableError("failed", `${place.address}: ${text}`);
  }

  private async call<T>(
    call: (connection: KubernetesConnection) => Promise<T>,
    options?: Parameters<typeof withKubernetesRetries>[1],
  ): Promise<T> {
    const connection = await this.connection();
    return withKubernetesRetries(() => call(connection), options);
  }
}

function listing(secrets: V1Secret[], namespace: string): Listing {
  const own = secrets.filter((secret) => secret.metadata?.namespace === namespace);
  return { secrets: new Map(own.map((secret) => [secret.metadata?.name ?? "", secret])) };
}

/** Without the record of who set which field, which can outweigh a small Secret. */
function lean(secret: V1Secret): V1Secret {
  delete secret.metadata?.managedFields;
  return secret;
}

/** Without the user-info that a URL may hold. */
function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : server;
}

/** The error for a place that is not as expected. */
export function stale({ address }: Place): StaleVersionError {
  return new StaleVersionError(`${address}: somebody else changed it meanwhile; read it again`);
}

/** Name and version of an object that the API server gave us. */
export function versionOf(metadata: V1ObjectMeta | undefined): ObjectVersion {
  const { name = "", uid = "", resourceVersion = "" } = metadata ?? {};
  return { name, uid, resourceVersion };
}

/** Text of one key of a Secret; undefined when there is no such key. */
export function textOf(secret: V1Secret, key: string): string | undefined {
  const encoded = secret.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}

/** A text as a value of `data`. */
export function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
