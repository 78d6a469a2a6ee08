import { startFaultProxy, type FaultProxy, type ProxyCall, type ProxyReply, type ProxyRequest } from "./fault-proxy";

/**
 * Closes the gaps between the emulator (drongo) and Google Secret Manager that the store depends on, and breaks the
 * promises that Google does not make:
 *
 * - `latest` and GetSecret show what was so a while ago, since only access by number is strongly consistent (drongo: at once);
 * - one secret is changed by one call at a time (drongo: two threads may give the same number);
 * - 64 KiB per payload, names, labels (drongo: unchecked);
 * - a version that is not enabled is refused in Google's words, a second destruction too (drongo: it succeeds);
 * - regional secrets are apart from global ones (drongo: no locations);
 * - a call without a token is refused (drongo: anybody is served);
 * - the client named `reader` may read the index, and nothing else (drongo: no IAM).
 */
export interface GoogleProxyOptions {
  /** How long `latest` and GetSecret lag, in milliseconds. */
  lagMs?: number;
}

/** A client that may not read documents. */
export const READER = "reader";

interface Target {
  project: string;
  location: string | undefined;
  /** Undefined for the collection. */
  secret: string | undefined;
  version: string | undefined;
  verb: string;
}

const PATH =
  /^\/v1\/projects\/([^/]+)(?:\/locations\/([^/]+))?\/secrets(?:\/([^/:?]+))?(?:\/versions\/([^/:?]+))?(?::(\w+))?(?:\?secretId=([^&]+))?$/;

/** Starts the layer in front of a running drongo. */
export async function startGoogleProxy(
  drongoUrl: string,
  { lagMs = 300_000 }: GoogleProxyOptions = {},
): Promise<FaultProxy> {
  const lines = new Map<string, Promise<unknown>>();
  /** When each version was added, and each secret made, by name. */
  const added = new Map<string, number[]>();
  const made = new Map<string, number>();
  const destroyed = new Set<string>();

  /** One change at a time per secret. */
  function inLine<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (lines.get(name) ?? Promise.resolve()).then(work, work);
    lines.set(name, turn);
    return turn;
  }

  async function forward(target: Target, method: string, body: string): Promise<ProxyReply> {
    const { secret, version, verb } = target;
    // Regional secrets are another project to the emulator.
    const project = target.location === undefined ? target.project : `${target.project}-${target.location}`;
    const path =
      `/v1/projects/${project}/secrets` +
      (verb === "create" ? `?secretId=${secret}` : `/${secret}${version ? `/versions/${version}` : ""}`) +
      (verb === "create" || verb === "get" ? "" : `:${verb}`);
    const response = await fetch(drongoUrl + path, {
      method,
      headers: { "content-type": "application/json" },
      ...(method === "POST" ? { body } : {}),
    });
    return { status: response.status, headers: json, body: await response.text() };
  }

  async function answer(request: ProxyRequest): Promise<ProxyReply> {
    const target = targetOf(request);
    if (target?.secret === undefined) return failure(404, "NOT_FOUND", "Not Found");
    if (!/^Bearer .+/.test(request.headers["authorization"] ?? "")) {
      return failure(401, "UNAUTHENTICATED", "Request is missing required authentication credential.");
    }
    const { secret, verb } = target;
    const action = `${verb === "create" || verb === "get" ? "secrets" : "versions"}.${verb}`;
    if (request.client === READER && !(verb === "access" && secret.endsWith("_index"))) return deniedReply(action);
    const name = `${target.project}/${target.location ?? ""}/${secret}`;
    const serve = async (): Promise<ProxyReply> => {
      const refusal = invalid(target, request.body);
      if (refusal !== undefined) return refusal;
      const now = Date.now();
      if (verb === "get" && now - (made.get(name) ?? 0) < lagMs) return failure(404, "NOT_FOUND", "Secret not found.");
      if (target.version === "latest") {
        const seen = (added.get(name) ?? []).filter((at) => now - at >= lagMs).length;
        if (seen === 0) return failure(404, "NOT_FOUND", "Secret version latest not found.");
        target.version = String(seen);
      }
      const version = `${name}/${target.version}`;
      if (verb === "destroy" && destroyed.has(version)) {
        return failure(400, "FAILED_PRECONDITION", `Secret Version [${version}] is in DESTROYED state.`);
      }
      const reply = await forward(target, request.method, request.body);
      if (reply.status === 200 && verb === "create") made.set(name, now);
      if (reply.status === 200 && verb === "addVersion") added.set(name, [...(added.get(name) ?? []), now]);
      if (reply.status === 200 && verb === "destroy") destroyed.add(version);
      const [state] = /DESTROYED|DISABLED/.exec(reply.status === 400 ? reply.body : "") ?? [];
      if (state === undefined) return reply;
      return failure(400, "FAILED_PRECONDITION", `Secret Version [${version}] is in ${state} state.`);
    };
    return request.method === "POST" ? inLine(name, serve) : serve();
  }

  return startFaultProxy({ classify, answer });
}

const json = { "content-type": "application/json" };

/** An answer as Google gives it when it refuses. */
export function failure(http: number, status: string, message: string): ProxyReply {
  return { status: http, headers: json, body: JSON.stringify({ error: { code: http, message, status } }) };
}

/** Google's text for a denial. */
export function deniedReply(action: string): ProxyReply {
  return failure(
    403,
    "PERMISSION_DENIED",
    `Permission 'secretmanager.${action}' denied for resource 'projects/p/secrets/s' (or it may not exist).`,
  );
}

function targetOf({ path, method }: ProxyRequest): Target | undefined {
  const [, project, location, secret, version, verb, secretId] = PATH.exec(path) ?? [];
  if (project === undefined) return undefined;
  const isCreate = secret === undefined && method === "POST";
  return { project, location, secret: secret ?? secretId, version, verb: verb ?? (isCreate ? "create" : "get") };
}

function classify(request: ProxyRequest): ProxyCall {
  const verb = targetOf(request)?.verb ?? "unknown";
  return { name: verb, writes: request.method === "POST" };
}

function invalid({ secret = "", verb }: Target, body: string): ProxyReply | undefined {
  const bad = (message: string): ProxyReply => failure(400, "INVALID_ARGUMENT", message);
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(secret)) return bad("The provided secret id is not valid.");
  if (verb === "addVersion") {
    const { payload } = JSON.parse(body) as { payload?: { data?: string } };
    if (Buffer.from(payload?.data ?? "", "base64").length > 65_536) return bad("The payload is larger than 64 KiB.");
  }
  if (verb === "create") {
    const { labels = {} } = JSON.parse(body) as { labels?: Record<string, string> };
    const isWrong = Object.entries(labels).some(
      ([key, value]) => !/^[a-z][a-z0-9_-]{0,62}$/.test(key) || !/^[a-z0-9_-]{0,63}$/.test(value),
    );
    if (isWrong) return bad("Labels are not valid.");
  }
  return undefined;
}
