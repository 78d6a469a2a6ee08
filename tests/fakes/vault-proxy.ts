import { startFaultProxy, type FaultProxy, type ProxyCall, type ProxyReply, type ProxyRequest } from "./fault-proxy";

/**
 * Stands between a store and a real Vault. It changes nothing by itself: Vault needs no gaps closed, only faults.
 * Calls are counted as `GET data`, `LIST metadata`, `POST auth` and so on.
 */
export async function startVaultProxy(vaultAddress: string): Promise<FaultProxy> {
  async function answer(request: ProxyRequest): Promise<ProxyReply> {
    const kept = ["x-vault-token", "x-vault-namespace", "x-vault-request", "content-type"];
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => kept.includes(name)));
    const response = await fetch(vaultAddress + request.path, {
      method: request.method,
      headers,
      ...(request.body === "" ? {} : { body: request.body }),
    });
    const type = response.headers.get("content-type");
    return {
      status: response.status,
      headers: type === null ? {} : { "content-type": type },
      body: await response.text(),
    };
  }
  return startFaultProxy({ classify, answer });
}

/** An answer as Vault gives it when it refuses. */
export function refusal(status: number, ...errors: string[]): ProxyReply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify({ errors }) };
}

function classify(request: ProxyRequest): ProxyCall {
  const [, first = "", second = ""] = /^\/v1\/([^/?]+)\/?([^/?]*)/.exec(request.path) ?? [];
  const part = first === "auth" || first === "sys" ? first : second;
  const verb = request.path.endsWith("list=true") ? "LIST" : request.method;
  return {
    name: `${verb} ${part}`,
    writes: part !== "auth" && (request.method === "POST" || request.method === "DELETE"),
  };
}
