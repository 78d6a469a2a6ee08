import { readFileSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { parseKubernetesOptions } from "../../../provider/stores/kubernetes/options";
import type { KubernetesTuning } from "../../../provider/stores/kubernetes/client";
import { kubernetesStore } from "../../../provider/stores/kubernetes/store";
import type { SecretsStore } from "../../../provider/stores/store";
import type { KubeServer } from "../../../tools/servers/kube.mjs" with { "resolution-mode": "import" };
import type { Fault, FaultName } from "../../conformance/store";
import {
  type FaultProxy,
  type ProxyFault,
  type ProxyReply,
  type ProxyRequest,
  startFaultProxy,
} from "../../fakes/fault-proxy";

/** A real API server with a namespace, a proxy before it, and users with these roles. */
export interface KubernetesBackend {
  kube: KubeServer;
  proxy: FaultProxy;
  namespace: string;
  open(options?: OpenOptions): SecretsStore;
  stop(): Promise<void>;
}

export interface OpenOptions {
  user?: string;
  namespace?: string;
  /** Goes through the proxy, as this client of it. */
  through?: string;
  query?: string;
  tuning?: Partial<KubernetesTuning>;
}

/** Starts all; `writer` and `reader` have their roles in the namespace, `nobody` has none. */
export async function startBackend(): Promise<KubernetesBackend> {
  const { startKubeApiserver } = await import("../../../tools/servers/kube.mjs");
  const kube = await startKubeApiserver({ users: [{ name: "writer" }, { name: "reader" }, { name: "nobody" }] });
  const namespace = "store";
  await kube.createNamespace(namespace);
  const [writer, reader] = await documentedRules();
  await grant(kube, namespace, "writer", writer);
  await grant(kube, namespace, "reader", reader);
  const proxy = await startFaultProxy({
    classify: ({ method, path }) => ({ name: `${method} ${path.split("?")[0]}`, writes: method !== "GET" }),
    answer: (request) => forward(kube, request),
  });
  return {
    kube,
    proxy,
    namespace,
    open({ user = "writer", namespace: other = namespace, through, query = "", tuning = {} } = {}) {
      const file = through === undefined ? kube.kubeconfig(user) : proxyKubeconfig(kube, proxy, user, through);
      const address = `kubernetes://${other}?context=${user}&kubeconfig=${encodeURIComponent(file)}${query}`;
      // Small pages, so that every listing of the suite goes over several.
      return kubernetesStore(parseKubernetesOptions(address), { pageSize: 20, ...tuning });
    },
    async stop() {
      await proxy.stop();
      await kube.stop();
    },
  };
}

/** The roles as the documentation gives them, so that they are tested too: a writer's and a metadata reader's rules. */
export async function documentedRules(): Promise<[object[], object[]]> {
  const { loadYaml } = await import("@kubernetes/client-node");
  const blocks = [...readFileSync("docs/stores/kubernetes.md", "utf8").matchAll(/```yaml\n([^`]*)```/g)];
  const rules = blocks.map(([, yaml]) => loadYaml<{ rules: object[] }>(yaml!).rules);
  expect(rules).to.have.length(2);
  return rules as [object[], object[]];
}

/** Gives a user of the same name a role in a namespace. */
export async function grant(kube: KubeServer, namespace: string, user: string, rules: object[]): Promise<void> {
  const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const role = await kube.request("POST", `${path}/roles`, { metadata: { name: user }, rules });
  expect(role.status).to.equal(201);
  const binding = await kube.request("POST", `${path}/rolebindings`, {
    metadata: { name: user },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: user },
    subjects: [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }],
  });
  expect(binding.status).to.equal(201);
}

/** A kubeconfig that leads somewhere else; the client refuses plain HTTP unless told that nothing is verified. */
export function kubeconfigTo(kube: KubeServer, user: string, server: string, name: string): string {
  const original = kube.kubeconfig(user);
  const config = JSON.parse(readFileSync(original, "utf8")) as object;
  const file = join(dirname(original), `kubeconfig-${name}-${user}.json`);
  const clusters = [{ name: "test", cluster: { server, "insecure-skip-tls-verify": true } }];
  writeFileSync(file, JSON.stringify({ ...config, clusters }), { mode: 0o600 });
  return file;
}

function proxyKubeconfig(kube: KubeServer, proxy: FaultProxy, user: string, client: string): string {
  return kubeconfigTo(kube, user, proxy.urlFor(client), client);
}

function status(code: number, reason: string): ProxyReply {
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: `${reason} by the test` };
  const headers = { "content-type": "application/json", ...(code === 429 ? { "retry-after": "0" } : {}) };
  return { status: code, headers, body: JSON.stringify(body) };
}

const FAULTS: Partial<Record<FaultName, ProxyFault>> = {
  expired: { kind: "reply", reply: () => status(401, "Unauthorized") },
  throttled: { kind: "reply", reply: () => status(429, "TooManyRequests") },
  slow: { kind: "slow" },
  reset: { kind: "reset" },
  lostReply: { kind: "lostReply" },
};

/** A store whose way to the API server can be broken. */
export function faultOf(backend: KubernetesBackend, name: FaultName): Fault {
  const client = `fault-${name}`;
  return {
    store: backend.open({ through: client, query: name === "slow" ? "&timeoutMs=300" : "", tuning: { retries: 2 } }),
    arm: (calls) =>
      backend.proxy.arm({
        client,
        calls,
        fault: FAULTS[name]!,
        only: (call) => name !== "lostReply" || call.writes,
      }),
    release: async () => backend.proxy.release(client),
  };
}

/** A store that is broken for good. */
export function lasting(store: SecretsStore): Fault {
  return { store, arm: () => undefined, release: async () => undefined };
}

/** Objects of somebody else: with our labels, and with the name that our next document would have. */
export async function plantForeign(backend: KubernetesBackend, prefix: string): Promise<() => Promise<void>> {
  const { kube, namespace } = backend;
  const labels = {
    "app.kubernetes.io/managed-by": "pulumi-airflow-env",
    "app.kubernetes.io/component": "store",
    "pulumi-airflow-env/workspace": prefix.split("/")[0],
  };
  const unique = prefix.replace(/[^a-z0-9]/g, "");
  const objects = [
    { metadata: { name: `theirs-${unique}` } },
    { metadata: { name: `labelled-${unique}`, labels } },
    {
      // A copy of a document of ours under another name, as `kubectl` and backup tools make them.
      metadata: {
        name: `copied-${unique}`,
        labels,
        annotations: { "pulumi-airflow-env/key": `${prefix}connections/copied` },
      },
    },
  ];
  const path = (kind: string): string => `/api/v1/namespaces/${namespace}/${kind}`;
  for (const kind of ["secrets", "configmaps"]) {
    for (const object of objects) expect((await kube.request("POST", path(kind), object)).status).to.equal(201);
  }
  const look = (): Promise<unknown[]> =>
    Promise.all(
      ["secrets", "configmaps"].flatMap((kind) =>
        objects.map(
          async ({ metadata }) => (await kube.request("GET", `${path(kind)}/${metadata.name}`)).body as unknown,
        ),
      ),
    );
  const before = await look();
  return async () => {
    expect(await look()).to.deep.equal(before);
  };
}

function forward(kube: KubeServer, { method, path, headers, body }: ProxyRequest): Promise<ProxyReply> {
  return new Promise((resolve, reject) => {
    const { host: _, connection: __, "content-length": ___, "transfer-encoding": ____, ...kept } = headers;
    const request = httpsRequest(
      `${kube.server}${path}`,
      { method, ca: readFileSync(kube.caFile), agent: false, headers: { ...kept, "accept-encoding": "identity" } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: { "content-type": response.headers["content-type"] ?? "" },
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end(body === "" ? undefined : body);
  });
}
