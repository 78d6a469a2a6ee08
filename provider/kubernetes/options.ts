import { z } from "zod";

/** Name of a namespace, and of a label's parts. */
export const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a Kubernetes name: at most 63 of a-z, 0-9 and -");

/** Name of a Secret. */
export const dnsSubdomain = z
  .string()
  .max(253, "must have at most 253 characters")
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    "must be a Kubernetes name of a-z, 0-9, - and .",
  );

/** Which cluster, and where in it; for every target kind on Kubernetes. */
export const clusterOptions = {
  /** Namespace of the Airflow; it must exist. */
  namespace: dnsLabel,
  /** Context in the kubeconfig; the current one by default. */
  context: z.string().min(1, "must name a context").optional(),
  /** Path of a kubeconfig; by default `KUBECONFIG`, `~/.kube/config`, or inside a pod its service account. */
  kubeconfig: z.string().min(1, "must name a file").optional(),
};

/** A namespace as people and allow-lists name it; without a context the current one's. Pure. */
export function namespaceText({ context, namespace }: Record<string, unknown>): string {
  return `kubernetes:${typeof context === "string" ? `${context}/` : ""}${String(namespace)}`;
}

/** How a cluster is found. */
export interface ClusterAccess {
  context?: string | undefined;
  kubeconfig?: string | undefined;
}

/**
 * The access to use for a target's options. A kubeconfig may start programs and sends this process's logins where it
 * says, so one that another stack's document names is not read: its context is looked up in our own.
 */
export function ownAccess(
  { context, kubeconfig }: ClusterAccess,
  { trusted, contexts = {} }: { trusted: boolean; contexts?: Readonly<Record<string, string>> },
): { context?: string; kubeconfig?: string } {
  const mapped = !trusted && context !== undefined && Object.hasOwn(contexts, context) ? contexts[context] : context;
  return {
    ...(mapped !== undefined && { context: mapped }),
    ...(trusted && kubeconfig !== undefined && { kubeconfig }),
  };
}
