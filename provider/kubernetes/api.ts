import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { Agent, AgentOptions } from "node:https";
import { isDeepStrictEqual } from "node:util";
import type {
  Cluster,
  Configuration,
  CoreV1Api,
  KubeConfig,
  RequestContext,
  SecurityAuthentication,
} from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { InputError } from "../errors";
import { loadKubernetesClient } from "./client";
import { redact, redactText } from "../redact";

export { classifyKubernetesError } from "./errors";
export type { ClassifiedKubernetesError, KubernetesErrorKind } from "./errors";
export { withKubernetesRetries } from "./retries";
export type { KubernetesRetryOptions } from "./retries";

/** Which cluster, as whom. Without both: `KUBECONFIG`, `~/.kube/config` or the pod's own service account. */
export interface KubernetesAccess {
  /** Path of a kubeconfig file, relative to the working directory; `~/` is understood. */
  kubeconfig?: string;
  /** Context in it; the file's current one by default. */
  context?: string;
  /** Longest wait for one answer, default 30,000. */
  timeoutMs?: number;
}

/** A connected client; shared by everything in this process that names the same access. */
export interface KubernetesConnection {
  core: CoreV1Api;
  /** The context's name, or `in-cluster`; printable. */
  cluster: string;
  /** URL of the API server, without user-info. */
  server: string;
  /** Equal for contexts and kubeconfigs that lead to one API server; opaque. */
  clusterKey: string;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Computed credentials are used again for this long; an exec plugin would else run for every call. */
const CREDENTIALS_REUSE_MS = 10_000;

const connections = new Map<string, Promise<KubernetesConnection>>();

/**
 * Connects to a cluster. Reads the kubeconfig but does not call the API server yet.
 *
 * Sockets are kept alive and shared; after a refused login (401) the kubeconfig is read again for the next call.
 *
 * @throws InputError if there is no kubeconfig, or it has no such context, or does not parse.
 */
export function connectKubernetes(access: KubernetesAccess = {}): Promise<KubernetesConnection> {
  const key = JSON.stringify([accessKeyOf(access), access.timeoutMs ?? DEFAULT_TIMEOUT_MS]);
  let connection = connections.get(key);
  if (!connection) {
    connection = connect(access);
    connections.set(key, connection);
    connection.catch(() => connections.delete(key));
  }
  return connection;
}

/** Equal for all that use the same login to the same cluster; opaque. */
export function accessKeyOf({ kubeconfig, context }: KubernetesAccess): string {
  const file = kubeconfig === undefined ? undefined : absolutePath(kubeconfig);
  return JSON.stringify([file ?? process.env.KUBECONFIG ?? "", context ?? ""]);
}

async function connect(access: KubernetesAccess): Promise<KubernetesConnection> {
  const k8s = await loadKubernetesClient();
  const kubeConfig = loadKubeConfig(k8s.KubeConfig, access);
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster) throw new InputError(`kubeconfig: context "${kubeConfig.getCurrentContext()}" names no cluster`);

  const credentials = new Credentials(
    () => loadKubeConfig(k8s.KubeConfig, access),
    kubeConfig,
    (url) => new k8s.RequestContext(url, k8s.HttpMethod.GET),
  );
  const timeoutMs = access.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const configuration: Configuration = k8s.createConfiguration({
    baseServer: new k8s.ServerConfiguration(cluster.server.replace(/\/$/, ""), {}),
    authMethods: { default: credentials },
    promiseMiddleware: [
      {
        pre(context) {
          context.setSignal(AbortSignal.timeout(timeoutMs));
          return Promise.resolve(context);
        },
        post(response) {
          if (response.httpStatusCode === 401) credentials.forget();
          return Promise.resolve(response);
        },
      },
    ],
  });
  return {
    core: new k8s.CoreV1Api(configuration),
    cluster: kubeConfig.getCurrentContext() === "inClusterContext" ? "in-cluster" : kubeConfig.getCurrentContext(),
    server: redactText(cluster.server),
    clusterKey: clusterKeyOf(cluster),
  };
}

/**
 * What a connection is made to. Neither the context's name, which every `kind` or `kubeadm` cluster may share, nor the
 * certificate authority, which one kubeconfig names as a file and another holds as text.
 */
function clusterKeyOf({ server, tlsServerName, proxyUrl }: Cluster): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  const place = url ? `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}` : server;
  return JSON.stringify([place, tlsServerName ?? "", proxyUrl ?? ""]);
}

function loadKubeConfig(create: new () => KubeConfig, access: KubernetesAccess): KubeConfig {
  const kubeConfig = new create();
  const file = access.kubeconfig === undefined ? undefined : absolutePath(access.kubeconfig);
  try {
    if (file === undefined) kubeConfig.loadFromDefault();
    else kubeConfig.loadFromFile(file);
  } catch (error) {
    const what = file ?? process.env.KUBECONFIG ?? "the default kubeconfig";
    const code = (error as { code?: unknown }).code;
    if (code === "ENOENT") throw new InputError(`kubeconfig: ${what} does not exist`);
    // A YAML error quotes the lines around it, and those hold tokens.
    const why = error instanceof Error && error.name === "YAMLException" ? "it is not valid YAML" : redact(error);
    throw new InputError(`kubeconfig: cannot load ${what}: ${why}`);
  }
  if (access.context !== undefined) {
    if (!kubeConfig.getContextObject(access.context)) {
      const known = kubeConfig.getContexts().map((context) => context.name);
      throw new InputError(`kubeconfig: there is no context "${access.context}"; known: ${known.join(", ") || "none"}`);
    }
    kubeConfig.setCurrentContext(access.context);
  }
  // What the client makes up when it finds nothing at all; calling it could only end in a puzzling refusal.
  if (kubeConfig.getCurrentContext() === "loaded-context" && kubeConfig.getCurrentCluster()?.name === "cluster") {
    throw new InputError(
      "kubeconfig: none found; set KUBECONFIG, or name a kubeconfig and context, or run inside a cluster",
    );
  }
  return kubeConfig;
}

function absolutePath(path: string): string {
  if (path.startsWith("~/")) return join(homedir(), path.slice(2));
  return isAbsolute(path) ? path : resolve(path);
}

/**
 * Applies a kubeconfig's login with sockets kept alive.
 *
 * The client's own way makes an agent, so a TLS handshake, and with an exec plugin a process, for every single call.
 *
 * @see https://github.com/kubernetes-client/javascript/blob/1.4.0/src/config.ts applySecurityAuthentication
 */
class Credentials implements SecurityAuthentication {
  private current: KubeConfig | undefined;
  private applied: Promise<{ headers: Record<string, string>; agent: Agent }> | undefined;
  private agent: Agent | undefined;
  private untilMs = 0;

  constructor(
    private readonly load: () => KubeConfig,
    first: KubeConfig,
    private readonly scratch: (url: string) => RequestContext,
  ) {
    this.current = first;
  }

  getName(): string {
    return "kubeconfig";
  }

  /** Makes the next call read the kubeconfig again: a token in it may have been renewed. */
  forget(): void {
    this.current = undefined;
    this.applied = undefined;
  }

  async applySecurityAuthentication(context: RequestContext): Promise<void> {
    if (!this.applied || Date.now() > this.untilMs) {
      this.untilMs = Date.now() + CREDENTIALS_REUSE_MS;
      const fresh = this.apply(context.getUrl());
      this.applied = fresh;
      fresh.catch(() => {
        if (this.applied === fresh) this.applied = undefined;
      });
    }
    const { headers, agent } = await this.applied;
    for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value);
    context.setAgent(agent);
  }

  private async apply(url: string): Promise<{ headers: Record<string, string>; agent: Agent }> {
    this.current ??= this.load();
    const context = this.scratch(url);
    await this.current.applySecurityAuthentication(context);
    this.agent = keepAlive(context.getAgent() as Agent, this.agent);
    return { headers: context.getHeaders(), agent: this.agent };
  }
}

const TLS_OPTIONS = ["ca", "cert", "key", "pfx", "passphrase", "rejectUnauthorized", "servername"] as const;

/** The earlier agent when it has the same credentials, so that its sockets are used again. */
function keepAlive(fresh: Agent, earlier: Agent | undefined): Agent {
  const options = fresh.options as (AgentOptions & Record<string, unknown>) | undefined;
  // Agents of other make, for a SOCKS proxy.
  if (!options) return fresh;
  const known = earlier?.options as (AgentOptions & Record<string, unknown>) | undefined;
  if (earlier && known && TLS_OPTIONS.every((name) => isDeepStrictEqual(options[name], known[name]))) return earlier;
  // The API server closes idle connections after minutes; ours go first, so that no write meets a closing socket.
  const sockets = { keepAlive: true, maxSockets: 32, maxFreeSockets: 16, timeout: 45_000 };
  Object.assign(fresh, { keepAlive: true, maxSockets: sockets.maxSockets, maxFreeSockets: sockets.maxFreeSockets });
  Object.assign(options, sockets);
  return fresh;
}
