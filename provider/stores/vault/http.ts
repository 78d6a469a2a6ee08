import { readFile, readdir } from "node:fs/promises";
import { request as requestHttp, Agent as HttpAgent } from "node:http";
import { request as requestHttps, Agent as HttpsAgent } from "node:https";
import { join } from "node:path";

import type { Deadline } from "../shared/tombstone";

/** One request to Vault; `path` is what follows `/v1/`. */
export interface VaultRequest {
  method: "GET" | "POST" | "DELETE";
  path: string;
  body?: unknown;
  token?: string;
  /** The request is not sent later than this, nor waited for. */
  within?: Deadline;
}

/** Vault's answer. `body` is undefined when there is none, or when it is not JSON: then nothing of it may be shown. */
export interface VaultReply {
  status: number;
  body: unknown;
  retryAfterSeconds: number | undefined;
}

/** Sends requests over kept connections; throws what Node throws, whose texts hold neither headers nor bodies. */
export interface VaultTransport {
  address: string;
  send(request: VaultRequest): Promise<VaultReply>;
  close(): void;
}

// Answers are at most one document of our own size limit, escaped; more is not Vault.
const MAX_REPLY_BYTES = 16 * 1024 * 1024;
const MAX_SOCKETS = 32;

/**
 * Node's own client instead of a Vault package: node-vault prints what it writes when DEBUG is set and keeps replies in
 * its errors, and `fetch` takes no certificate authority at run time.
 */
export async function vaultTransport(
  address: string,
  namespace: string | undefined,
  timeoutMs: number,
  env: NodeJS.ProcessEnv,
): Promise<VaultTransport> {
  const base = new URL(address);
  const secure = base.protocol === "https:";
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS, ...(await tlsOptions(env)) })
    : new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  function send(request: VaultRequest): Promise<VaultReply> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers: Record<string, string | number | undefined> = {
      "x-vault-request": "true",
      "x-vault-token": request.token,
      "x-vault-namespace": namespace,
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    };
    // Looked at here and not where the request is made: a new login, or the pause before a repetition, takes time.
    const limitMs = Math.min(timeoutMs, request.within?.remainingMs() ?? Infinity);
    if (limitMs <= 0) return Promise.reject(tooLate());
    return new Promise((resolve, reject) => {
      const url = new URL(`${base.pathname.replace(/\/$/, "")}/v1/${request.path}`, base);
      const sent = (secure ? requestHttps : requestHttp)(url, { agent, method: request.method }, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_REPLY_BYTES) sent.destroy(new Error("answer too large"));
          else chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            body: parseJson(Buffer.concat(chunks).toString("utf8")),
            retryAfterSeconds: Number(response.headers["retry-after"]) || undefined,
          });
        });
      });
      // For the whole exchange: a server that sends one byte a second would never hit a socket timeout.
      const timer = setTimeout(() => {
        sent.destroy(tooLate());
      }, limitMs);
      sent.on("close", () => {
        clearTimeout(timer);
      });
      sent.on("error", reject);
      // Not among the options above: Node prints those when NODE_DEBUG=http is set, the token with them.
      for (const [name, value] of Object.entries(headers)) {
        if (value !== undefined) sent.setHeader(name, value);
      }
      sent.end(body);
    });
  }

  return {
    address: base.origin,
    send,
    close: () => {
      agent.destroy();
    },
  };
}

function tooLate(): Error {
  return Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });
}

/** The variables that Vault's own command reads. */
async function tlsOptions(env: NodeJS.ProcessEnv): Promise<object> {
  const folder = env.VAULT_CAPATH;
  const files = folder === undefined ? [] : (await readdir(folder)).map((name) => join(folder, name));
  if (env.VAULT_CACERT !== undefined) files.push(env.VAULT_CACERT);
  const ca = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return {
    ...(ca.length === 0 ? {} : { ca }),
    ...(env.VAULT_CLIENT_CERT === undefined ? {} : { cert: await readFile(env.VAULT_CLIENT_CERT, "utf8") }),
    ...(env.VAULT_CLIENT_KEY === undefined ? {} : { key: await readFile(env.VAULT_CLIENT_KEY, "utf8") }),
    ...(env.VAULT_TLS_SERVER_NAME === undefined ? {} : { servername: env.VAULT_TLS_SERVER_NAME }),
  };
}

function parseJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
