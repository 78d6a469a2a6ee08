import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeServer } from "../../../tools/servers/kube.mjs" with { "resolution-mode": "import" };

/** What happens to one request: the server acts but its reply is lost, it never hears of it, or an error status. */
export type Fault = "lose reply" | "lose request" | "429" | "500" | "503";

/** A network between a client and a real API server, with faults on demand. */
export interface FaultyProxy {
  /** Spoils the next request of this method that has no fault yet. @param then - runs before the client notices. */
  next(method: string, fault: Fault, then?: () => Promise<void>): void;
  /** Faults that have not happened yet. */
  pending(): number;
  /** A kubeconfig that goes through here. */
  kubeconfig(user: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the proxy on loopback. */
export async function startFaultyProxy(kube: KubeServer): Promise<FaultyProxy> {
  const faults: { method: string; fault: Fault; then?: () => Promise<void> }[] = [];
  const folder = await mkdtemp(join(tmpdir(), "faulty-proxy-"));
  const ca = readFileSync(kube.caFile);

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const index = faults.findIndex(({ method }) => method === incoming.method);
    const [spoiled] = index < 0 ? [] : faults.splice(index, 1);
    await spoiled?.then?.();
    if (spoiled?.fault === "lose request") {
      outgoing.destroy();
    } else if (spoiled && spoiled.fault !== "lose reply") {
      const code = Number(spoiled.fault);
      const status = { kind: "Status", status: "Failure", code, reason: "Injected", message: "injected" };
      outgoing.writeHead(code, { "content-type": "application/json", ...(code === 429 ? { "retry-after": "0" } : {}) });
      outgoing.end(JSON.stringify(status));
    } else {
      const answer = await forward(incoming, Buffer.concat(chunks));
      if (spoiled) outgoing.destroy();
      else outgoing.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
    }
  }

  function forward(incoming: IncomingMessage, body: Buffer): Promise<{ status: number; type: string; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { host: _, connection: __, ...headers } = incoming.headers;
      const options = {
        method: incoming.method,
        ca,
        agent: false,
        headers: { ...headers, "accept-encoding": "identity" },
      };
      const request = httpsRequest(`${kube.server}${incoming.url}`, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers["content-type"] ?? "",
            body: Buffer.concat(chunks),
          }),
        );
        response.on("error", reject);
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    next: (method, fault, then) => void faults.push({ method, fault, ...(then ? { then } : {}) }),
    pending: () => faults.length,
    async kubeconfig(user) {
      const file = join(folder, `${user}.json`);
      const config = JSON.parse(await readFile(kube.kubeconfig(user), "utf8")) as { clusters: unknown };
      // The client refuses plain HTTP unless told that nothing is verified.
      const cluster = { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
      await writeFile(file, JSON.stringify({ ...config, clusters: [{ name: "test", cluster }] }), { mode: 0o600 });
      return file;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
