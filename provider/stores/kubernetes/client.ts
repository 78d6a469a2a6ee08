import type { CoreV1Api, setHeaderOptions, V1ConfigMap, V1ObjectMeta, V1Secret } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import { connectKubernetes, type KubernetesRetryOptions, withKubernetesRetries } from "../../kubernetes/api";
import { loadKubernetesClient } from "../../kubernetes/client";
import { isKind } from "../../kubernetes/errors";
import { listPages, type Page, type PageParameters } from "../../kubernetes/pages";
import { namespaceMissing, storeFailure, type Place } from "./failures";
import { describeKubernetesAddress, type KubernetesStoreOptions } from "./options";

/** What tests make smaller. */
export interface KubernetesTuning {
  /** Objects of one page of a listing. */
  pageSize: number;
  /** Further attempts after the first. */
  retries: number;
}

/** Secrets are a few KB each; this many of the largest possible would still fit into memory. */
export const defaultTuning: KubernetesTuning = { pageSize: 250, retries: 3 };

/** Options of one request, such as a header. */
export type CallOptions = ReturnType<typeof setHeaderOptions>;

/** Parameters of a list call. */
export interface ListParameters extends PageParameters {
  namespace: string;
}

/** The calls to one namespace: connection at first use, retries, paging, and failures explained. */
export class NamespaceClient {
  readonly place: Place;
  readonly namespace: string;
  private namespaceSeen = false;

  constructor(
    private readonly options: KubernetesStoreOptions,
    private readonly tuning: KubernetesTuning,
  ) {
    this.namespace = options.namespace;
    this.place = { address: describeKubernetesAddress(options), namespace: options.namespace };
  }

  /** One call with retries. @throws the client's own error, see `isKind` and `explained`. */
  async call<T>(run: (core: CoreV1Api) => Promise<T>, onRetry?: KubernetesRetryOptions["onRetry"]): Promise<T> {
    const { namespace: _, ...access } = this.options;
    const { core } = await connectKubernetes(access);
    return withKubernetesRetries(() => run(core), { retries: this.tuning.retries, ...(onRetry ? { onRetry } : {}) });
  }

  /** Objects of every page, one snapshot. @throws the client's own error. */
  async list<T extends V1Secret | V1ConfigMap>(
    selector: string,
    list: (core: CoreV1Api, parameters: ListParameters) => Promise<Page<T>>,
  ): Promise<T[]> {
    const { namespace } = this;
    return listPages(selector, this.tuning.pageSize, (page) => this.call((core) => list(core, { namespace, ...page })));
  }

  /** Objects without their data: what a listing of metadata alone transfers. @throws the client's own error. */
  async listHeads(selector: string): Promise<V1ObjectMeta[]> {
    const headsOnly = await accept("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
    const items = await this.list(selector, (core, parameters) => core.listNamespacedSecret(parameters, headsOnly));
    return items.map((item) => item.metadata ?? {});
  }

  /**
   * Call it before something is reported as absent: objects of a namespace that does not exist are "not found" too, and a
   * mistyped namespace would read as a store in which everything was deleted.
   *
   * One call per process; none of any use without the right to read the namespace object, then absence is believed.
   */
  async assertNamespace(): Promise<void> {
    if (this.namespaceSeen) return;
    try {
      await this.call((core) => core.readNamespace({ name: this.namespace }));
    } catch (error) {
      if (isKind(error, "not-found", "namespace-missing")) throw namespaceMissing(this.place);
      if (!isKind(error, "denied")) throw error;
    }
    this.namespaceSeen = true;
  }

  /** What a failure means for the store. */
  explained(error: unknown): Error {
    return storeFailure(this.place, error);
  }
}

/** Asks for an answer without the object's data. */
export async function headOnly(): Promise<CallOptions> {
  return accept("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
}

/** A patch of one of the two kinds we use, answered without data. */
export async function patchOptions(kind: "MergePatch" | "JsonPatch"): Promise<CallOptions> {
  const { PatchStrategy, setHeaderOptions } = await loadKubernetesClient();
  return setHeaderOptions("Content-Type", PatchStrategy[kind], await headOnly());
}

async function accept(type: string): Promise<CallOptions> {
  const { setHeaderOptions } = await loadKubernetesClient();
  return setHeaderOptions("Accept", type);
}
