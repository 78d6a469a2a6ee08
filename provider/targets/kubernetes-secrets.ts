import type { V1ObjectMeta, V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { InputError, StaleVersionError, TargetUnavailableError } from "../errors";
import {
  classifyKubernetesError,
  connectKubernetes,
  type KubernetesAccess,
  type KubernetesConnection,
  type KubernetesErrorKind,
  withKubernetesRetries,
} from "../kubernetes-api";
import { loadKubernetesClient } from "../kubernetes-client";
import { targetFailure, type Place } from "./kubernetes-failures";
import { writeIdOf } from "./kubernetes-marks";

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
const MAX_LISTINGS = 3;
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
    /** Name of the context, `in-cluster`, or what was asked for when the kubeconfig cannot be read. */
    readonly cluster: string,
    /** The same for all that use the same access. */
    readonly accessKey: string,
    private readonly connection: () => Promise<KubernetesConnection>,
  ) {}

  /** Reads the kubeconfig; a failure is thrown by the first call, so that one bad context harms only its own target. */
  static async open({ context, kubeconfig }: { context?: string; kubeconfig?: string }): Promise<KubernetesSecrets> {
    const access: KubernetesAccess = { timeoutMs: TIMEOUT_MS };
    if (context !== undefined) access.context = context;
    if (kubeconfig !== undefined) access.kubeconfig = kubeconfig;
    const connect = () => connectKubernetes(access);
    const accessKey = JSON.stringify([kubeconfig ?? process.env["KUBECONFIG"] ?? "", context ?? ""]);
    const cluster = await connect().then(
      (connection) => connection.cluster,
      () => context ?? "current-context",
    );
    return new KubernetesSecrets(cluster, accessKey, connect);
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
  async list(selector: SecretSelector, namespace?: string): Promise<V1Secret[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.listOnce(selector, namespace);
      } catch (error) {
        // The snapshot of the first page was compacted away while we read on.
        if (!isKind(error, "list-expired") || attempt >= MAX_LISTINGS) throw error;
      }
    }
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
    const { default: pLimit } = await import("p-limit");
    const limit = pLimit(LISTINGS_AT_ONCE);
    const listOne = async (namespace: string) => {
      try {
        listings.set(namespace, listing(await this.list(selector, namespace), namespace));
      } catch (error) {
        if (!isKind(error, "denied")) listings.set(namespace, { error });
      }
    };
    await Promise.all(wanted.map((namespace) => limit(() => listOne(namespace))));
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
    if (!(error instanceof InputError)) return targetFailure(place, error);
    return new TargetUnavailableError("missing", `${place.address}: ${error.message}`);
  }

  private async write(
    place: Place,
    name: string,
    writeId: string | undefined,
    call: (connection: KubernetesConnection) => Promise<V1Secret>,
  ): Promise<V1Secret> {
    let replyLost = false;
    try {
      return lean(await this.call(call, { onRetry: (failure) => (replyLost ||= failure.mayHaveCommitted) }));
    } catch (error) {
      const refused = isKind(error, "conflict", "exists", "not-found");
      if (writeId !== undefined && (refused ? replyLost : classifyKubernetesError(error).mayHaveCommitted)) {
        const found = await this.find(place, name, 1).catch(() => undefined);
        if (writeIdOf(found?.metadata) === writeId) return found as V1Secret;
      }
      if (refused) throw stale(place);
      if (isKind(error, "invalid")) await this.refuseImmutable(place, name);
      throw this.explained(place, error);
    }
  }

  private async refuseImmutable(place: Place, name: string): Promise<void> {
    const found = await this.find(place, name);
    if (!found?.immutable) return;
    const text = `Secret "${name}" is immutable; delete it, or choose another name`;
    throw new TargetUnavailableError("failed", `${place.address}: ${text}`);
  }

  private async listOnce({ labels, pageSize }: SecretSelector, namespace?: string): Promise<V1Secret[]> {
    const found: V1Secret[] = [];
    let _continue: string | undefined;
    do {
      const page = { labelSelector: labels, limit: pageSize, ...(_continue ? { _continue } : {}) };
      const { items, metadata } = await this.call(
        ({ core }) =>
          namespace === undefined
            ? core.listSecretForAllNamespaces(page)
            : core.listNamespacedSecret({ namespace, ...page }),
        { retries: READ_RETRIES },
      );
      found.push(...items.map(lean));
      _continue = metadata?._continue;
    } while (_continue);
    return found;
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

/** Tells failures of `list` apart. */
export function isKind(error: unknown, ...kinds: KubernetesErrorKind[]): boolean {
  return !(error instanceof InputError) && kinds.includes(classifyKubernetesError(error).kind);
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
