export interface KubeUser {
  name: string;
  groups?: string[];
}

export interface KubeOptions {
  /** Users besides `admin`. Without a role they may do nothing: access control is the real one. */
  users?: KubeUser[];
  /** Record every request, for `auditEvents`; off by default. */
  audit?: boolean;
  /** Let etcd flush to disk as in production; off by default, because tests need speed more. */
  durable?: boolean;
}

/** One request as the server saw it. */
export interface AuditEvent {
  verb: string;
  user: { username: string; groups?: string[] };
  objectRef?: { resource?: string; namespace?: string; name?: string; subresource?: string };
  responseStatus?: { code?: number };
  requestURI: string;
  userAgent?: string;
  requestReceivedTimestamp: string;
  [field: string]: unknown;
}

export interface KubeResponse {
  status: number;
  /** The parsed JSON body; text if it is not JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Kubernetes objects of any kind
  body: any;
}

export interface KubeServer {
  /** `https://127.0.0.1:PORT` */
  server: string;
  /** Certificate that clients trust. */
  caFile: string;
  /** Token of the user `admin`, who is in `system:masters`. */
  adminToken: string;
  /** @throws if there is no such user. */
  token(user: string): string;
  /**
   * Writes a kubeconfig with one context per user, named like the user; the first is the current one.
   * @returns the file's path; the same users give the same file.
   */
  kubeconfig(...users: [string, ...string[]]): string;
  /** One HTTP request, as `admin` unless told. Does not throw on an error status. */
  request(method: string, path: string, body?: unknown, user?: string): Promise<KubeResponse>;
  /** Creates a namespace; one that exists is fine. Namespaces cannot be removed: no controllers run here. */
  createNamespace(name: string): Promise<void>;
  /**
   * All finished requests so far, in order.
   * @param user only this user's
   * @throws if the server was started without `audit`.
   */
  auditEvents(user?: string): AuditEvent[];
  /** Stops answering (connections hang) until `resume`. */
  pause(): void;
  resume(): void;
  /** Kills the server; the port then refuses connections. Data stays for `restart`. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts etcd and a real Kubernetes API server on loopback, without nodes and controllers. Takes about 5 s. */
export function startKubeApiserver(options?: KubeOptions): Promise<KubeServer>;
