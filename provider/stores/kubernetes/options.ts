import { z } from "zod";
import { InputError } from "../../errors";

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

const EXAMPLE = "kubernetes://airflow-env?context=prod";

const schema = z.strictObject({
  namespace: z
    .string()
    .max(63, "is longer than 63 characters")
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "must be a namespace: lower-case letters, digits and -"),
  context: z.string().min(1, "is empty").optional(),
  kubeconfig: z.string().min(1, "is empty").optional(),
  timeoutMs: z.coerce.number().int().min(100).max(600_000).default(15_000),
});

/**
 * Reads `kubernetes://NAMESPACE?context=…&kubeconfig=…&timeoutMs=…`.
 *
 * @throws InputError naming the part of the address that is wrong; touches neither network nor files.
 */
export function parseKubernetesOptions(address: string): KubernetesStoreOptions {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "kubernetes:" || !address.startsWith("kubernetes://") || url.hash !== "") {
    throw problem([{ field: "store", reason: `must look like ${EXAMPLE}` }]);
  }
  if (url.username !== "" || url.password !== "" || url.port !== "") {
    throw problem([{ field: "store", reason: "must hold neither login nor port; the kubeconfig has them" }]);
  }
  if (url.pathname !== "" && url.pathname !== "/") {
    throw problem([{ field: "store", reason: "must hold a namespace and nothing below it" }]);
  }
  const parsed = schema.safeParse({ ...Object.fromEntries(url.searchParams), namespace: url.host });
  if (parsed.success) return parsed.data;
  throw problem(
    parsed.error.issues.map((issue) => ({
      field: ["store", ...issue.path.map(String)].join("."),
      reason: issue.message,
    })),
  );
}

/** The address for messages. */
export function describeKubernetesAddress({ namespace, context }: KubernetesStoreOptions): string {
  return `kubernetes://${namespace}${context === undefined ? "" : `?context=${encodeURIComponent(context)}`}`;
}

function problem(problems: { field: string; reason: string }[]): InputError {
  const text = problems.map(({ field, reason }) => `${field} ${reason}`).join("; ");
  return new InputError(`store address is wrong: ${text}; expected ${EXAMPLE}`, problems);
}
