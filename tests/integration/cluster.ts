import type { AuditEvent, KubeServer } from "../../tools/servers/kube.mjs" with { "resolution-mode": "import" };

const USER = "provider";
const SECRET = "airflow-connections";

/** A Kubernetes API server, and a user on it that may do what the provider needs and nothing else. */
export interface Cluster {
  kube: KubeServer;
  /** Environment of a `pulumi` that works as this user. */
  env: { KUBECONFIG: string };
  /** The Secret of one Deployment as it is on the server, or undefined. */
  secret(namespace: string): Promise<SecretObject | undefined>;
  /** `connections.json` of one Deployment, parsed; undefined when there is no Secret. */
  connections(namespace: string): Promise<Record<string, Record<string, unknown>> | undefined>;
  /** `variables.json` of one Deployment, parsed; undefined when there is none. */
  variables(namespace: string): Promise<Record<string, string> | undefined>;
  /** Requests of the provider for Secrets that change something, as the server's audit log has them. */
  secretWrites(): AuditEvent[];
  /** All requests of the provider. */
  requests(): AuditEvent[];
  stop(): Promise<void>;
}

/** What the tests look at of a Secret. */
export interface SecretObject {
  metadata: {
    name: string;
    resourceVersion: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  data: Record<string, string>;
  type: string;
}

/** Starts the server, with namespaces. */
export async function startCluster(namespaces: string[]): Promise<Cluster> {
  const { startKubeApiserver } = await import("../../tools/servers/kube.mjs");
  const kube = await startKubeApiserver({ users: [{ name: USER }], audit: true });
  await grantSecrets(kube, USER);
  for (const namespace of namespaces) await kube.createNamespace(namespace);
  const secret = async (namespace: string): Promise<SecretObject | undefined> => {
    const { status, body } = await kube.request("GET", `/api/v1/namespaces/${namespace}/secrets/${SECRET}`);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`Secret in ${namespace}: ${status} ${JSON.stringify(body)}`);
    return body as SecretObject;
  };
  return {
    kube,
    env: { KUBECONFIG: kube.kubeconfig(USER) },
    secret,
    async connections(namespace) {
      const found = await secret(namespace);
      return found && parseConnections(found);
    },
    async variables(namespace) {
      const text = (await secret(namespace))?.data["variables.json"];
      return text === undefined
        ? undefined
        : (JSON.parse(Buffer.from(text, "base64").toString()) as Record<string, string>);
    },
    secretWrites: () =>
      kube
        .auditEvents(USER)
        .filter(({ verb, objectRef }) => objectRef?.resource === "secrets" && !["get", "list", "watch"].includes(verb)),
    requests: () => kube.auditEvents(USER),
    stop: () => kube.stop(),
  };
}

/** The file in a Secret; fails when it is not whole. */
export function parseConnections(secret: SecretObject): Record<string, Record<string, unknown>> {
  const text = Buffer.from(secret.data["connections.json"] ?? "", "base64").toString("utf8");
  return JSON.parse(text) as Record<string, Record<string, unknown>>;
}

/** Lets a user do with Secrets what the provider needs, in all namespaces. */
export async function grantSecrets(kube: KubeServer, user: string): Promise<void> {
  const group = "/apis/rbac.authorization.k8s.io/v1";
  await kube.request("POST", `${group}/clusterroles`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "airflow-env" },
    rules: [
      {
        apiGroups: [""],
        resources: ["secrets", "configmaps"],
        verbs: ["get", "list", "create", "update", "patch", "delete"],
      },
      { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
    ],
  });
  await kube.request("POST", `${group}/clusterrolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "airflow-env" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "airflow-env" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  });
}
