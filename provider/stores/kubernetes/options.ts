import { type AddressForm, parseAddress, text, wholeNumber } from "../shared/address";

/** A parsed `kubernetes:` address; the login is the kubeconfig's own. */
export interface KubernetesStoreOptions {
  /** Management namespace that holds the documents. */
  namespace: string;
  /** Context of the kubeconfig; its current one by default. */
  context?: string;
  /** Path of a kubeconfig; by default `KUBECONFIG`, `~/.kube/config` or the pod's own service account. */
  kubeconfig?: string;
  /** Longest wait for one answer, in milliseconds. */
  timeoutMs: number;
}

const notEmpty = text(/^/, 4096, "").min(1, "is empty").optional();

const parts = {
  namespace: text(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    63,
    "must be one namespace and nothing below it: lower-case letters, digits and -",
  ),
};

const query = { context: notEmpty, kubeconfig: notEmpty, timeoutMs: wholeNumber(100, 600_000, 15_000) };

const form: AddressForm<typeof parts, typeof query> = {
  example: "kubernetes://airflow-env?context=prod",
  instead: "the kubeconfig has them",
  parts,
  read: (url) => ({ namespace: url.host + url.pathname.replace(/^\/$/, "") }),
  query,
};

/**
 * Reads `kubernetes://NAMESPACE?context=…&kubeconfig=…&timeoutMs=…`.
 *
 * @throws InputError naming the part of the address that is wrong; touches neither network nor files.
 */
export function parseKubernetesOptions(address: string): KubernetesStoreOptions {
  return parseAddress(form, address);
}

/** The address for messages. */
export function describeKubernetesAddress({ namespace, context }: KubernetesStoreOptions): string {
  return `kubernetes://${namespace}${context === undefined ? "" : `?context=${encodeURIComponent(context)}`}`;
}
