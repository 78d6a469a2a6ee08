import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as a layer sees it; `client` is the first part of the path, which each client gets to itself. */
export interface ProxyRequest {
  client: string;
  method: string;
  /** Path and query without the client's part. */
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface ProxyReply {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/** What a request is called in the counts, and whether it changes anything. */
export interface ProxyCall {
  name: string;
  writes: boolean;
}

/** What happens to a request instead of its answer. */
export type ProxyFault =
  /** The connection breaks before the server acts. */
  | { kind: "reset" }
  /** The server acts, and the connection breaks before its answer. */
  | { kind: "lostReply" }
  /** The request is taken and never answered. */
  | { kind: "slow" }
  /** The server acts when the test lets it. */
  | { kind: "held"; hold: Hold }
  /** The server acts after `delayMs`. */
  | { kind: "delay"; delayMs: number }
  /** The server acts, and its answer is kept back until the test lets it go. */
  | { kind: "heldReply"; hold: Hold }
  /** This answer instead of the server's. */
  | { kind: "reply"; reply: (call: ProxyCall, request: ProxyRequest) => ProxyReply };

export interface ArmedFault {
  fault: ProxyFault;
  /** How many requests it meets. */
  calls: number;
  client?: string;
  only?: (call: ProxyCall, request: ProxyRequest) => boolean;
}

/** Keeps a request or a reply back until `letGo`. */
export class Hold {
  /** Tells that there is something to keep back. */
  readonly arrived: Promise<void>;
  readonly released: Promise<void>;
  readonly arrive: () => void;
  readonly letGo: () => void;

  constructor() {
    [this.arrived, this.arrive] = signal();
    [this.released, this.letGo] = signal();
  }
}

function signal(): [Promise<void>, () => void] {
  let give: () => void = () => undefined;
  return [new Promise<void>((resolve) => (give = resolve)), () => give()];
}

/** A layer between a client and a test server. */
export interface ProxyLayer {
  classify(request: ProxyRequest): ProxyCall;
  answer(request: ProxyRequest): Promise<ProxyReply>;
}

/** An HTTP server in front of a layer that counts requests and injects faults. */
export interface FaultProxy {
  /** Address for one client; faults and counts may be limited to it. */
  urlFor(client: string): string;
  /** Replaces the armed faults of the same client. */
  arm(armed: ArmedFault): void;
  release(client?: string): void;
  /** Requests since the last `forget`, by name. */
  counts(client?: string): Record<string, number>;
  forget(): void;
  stop(): Promise<void>;
}

/** Starts a proxy on loopback, on a free port. */
export async function startFaultProxy(layer: ProxyLayer): Promise<FaultProxy> {
  let armed: ArmedFault[] = [];
  let seen: { client: string; name: string }[] = [];

  const take = (call: ProxyCall, request: ProxyRequest): ProxyFault | undefined => {
    const hit = armed.find(
      (each) =>
        each.calls > 0 &&
        (each.client === undefined || each.client === request.client) &&
        (each.only === undefined || each.only(call, request)),
    );
    if (hit !== undefined) hit.calls -= 1;
    return hit?.fault;
  };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const call = layer.classify(request);
    seen.push({ client: request.client, name: call.name });
    const fault = take(call, request);
    if (fault?.kind === "reset") return void incoming.socket.destroy();
    if (fault?.kind === "slow") return;
    if (fault?.kind === "held") {
      fault.hold.arrive();
      await fault.hold.released;
    }
    if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    const reply = fault?.kind === "reply" ? fault.reply(call, request) : await layer.answer(request);
    if (fault?.kind === "heldReply") {
      fault.hold.arrive();
      await fault.hold.released;
    }
    if (fault?.kind === "lostReply") return void incoming.socket.destroy();
    outgoing.writeHead(reply.status, reply.headers ?? {});
    outgoing.end(reply.body);
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      outgoing.writeHead(502);
      outgoing.end(`proxy: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
  const port = await listen(server);

  return {
    urlFor: (client) => `http://127.0.0.1:${port}/${client}`,
    arm: (fault) => {
      armed = [...armed.filter((each) => each.client !== fault.client), { ...fault }];
    },
    release: (client) => {
      armed = client === undefined ? [] : armed.filter((each) => each.client !== client);
    },
    counts: (client) => {
      const counts: Record<string, number> = {};
      for (const call of seen) {
        if (client === undefined || call.client === client) counts[call.name] = (counts[call.name] ?? 0) + 1;
      }
      return counts;
    },
    forget: () => {
      seen = [];
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port where nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function readRequest(incoming: IncomingMessage): Promise<ProxyRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const [, client = "", path = "/"] = /^\/([^/?]*)(.*)$/.exec(incoming.url ?? "/") ?? [];
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : (value ?? ""),
    ]),
  );
  return {
    client,
    method: incoming.method ?? "GET",
    path: path === "" ? "/" : path,
    headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}
