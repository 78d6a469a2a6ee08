import type * as KubernetesClientNode from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What the bundle has of the Kubernetes client; tools/bundle-kubernetes-client.mjs names the same. */
export type KubernetesClient = Pick<
  typeof KubernetesClientNode,
  | "CoreV1Api"
  | "createConfiguration"
  | "HttpMethod"
  | "KubeConfig"
  | "PatchStrategy"
  | "RequestContext"
  | "ServerConfiguration"
  | "setHeaderOptions"
>;

let client: Promise<KubernetesClient> | undefined;

/**
 * Loads the Kubernetes client when it is first needed: the one file that the build makes of it (0.1 s), or without a
 * build, as in the unit tests, the package (0.5 s).
 */
export function loadKubernetesClient(): Promise<KubernetesClient> {
  client ??= load();
  return client;
}

async function load(): Promise<KubernetesClient> {
  const bundle = join(__dirname, "kubernetes-client.bundle.mjs");
  if (!existsSync(bundle)) return import("@kubernetes/client-node");
  return (await import(pathToFileURL(bundle).href)) as KubernetesClient;
}
