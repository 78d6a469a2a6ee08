import { expect } from "chai";

import type { Clock } from "../../../provider/clock";
import type { LoginSource } from "../../../provider/stores/vault/login";
import { parseVaultOptions } from "../../../provider/stores/vault/options";
import type { TombstoneTiming } from "../../../provider/stores/shared/tombstone";
import { vaultStore } from "../../../provider/stores/vault/store";
import type { SecretsStore } from "../../../provider/stores/store";
import type { VaultServer } from "../../../tools/servers/vault.mjs" with { "resolution-mode": "import" };
import type { Fault, StalledDeleter } from "../../conformance/store";
import type { FaultProxy, ProxyFault } from "../../fakes/fault-proxy";
import { stalledDeleter } from "../../fakes/stalled-deleter";
import { refusal, startVaultProxy } from "../../fakes/vault-proxy";

/** Shorter waits, since nobody else is in these tests; a busy machine takes its time all the same. */
export const timing: Partial<TombstoneTiming> = { deleterPatienceMs: 2_000, pauseMs: 10 };

/** A Vault, a proxy in front of it, and stores that go through both. */
export interface VaultBackend {
  vault: VaultServer;
  proxy: FaultProxy;
  open(settings?: {
    client?: string;
    token?: string;
    query?: string;
    env?: NodeJS.ProcessEnv;
    clock?: Clock;
  }): SecretsStore;
  /** A token with this policy and Vault's default one. */
  tokenFor(policy: string): Promise<string>;
  stop(): Promise<void>;
}

/** The servers that the tests run against. */
export type VaultProduct = "Vault" | "OpenBao" | "OpenBao with integrated storage";

async function startServer(product: VaultProduct): Promise<VaultServer> {
  if (product === "Vault") return (await import("../../../tools/servers/vault.mjs")).startVault();
  const { startOpenBao } = await import("../../../tools/servers/openbao.mjs");
  return startOpenBao(product === "OpenBao" ? "inmem" : "raft");
}

/** Starts both. */
export async function startBackend(product: VaultProduct = "Vault"): Promise<VaultBackend> {
  const vault = await startServer(product);
  const proxy = await startVaultProxy(vault.address);
  let policies = 0;
  return {
    vault,
    proxy,
    open({ client = "writer", token = vault.rootToken, query = "", env, clock } = {}) {
      const source: LoginSource = { env: env ?? { VAULT_TOKEN: token }, home: "/nonexistent" };
      const address = `vault://secret/airflow?address=${proxy.urlFor(client)}${query}`;
      return vaultStore(parseVaultOptions(address), { ...timing, ...(clock ? { clock } : {}) }, () => source);
    },
    async tokenFor(policy) {
      const name = `policy-${++policies}`;
      await vault.request("PUT", `sys/policies/acl/${name}`, { policy });
      const created = await vault.request("POST", "auth/token/create", { policies: [name] });
      return (created.body as { auth: { client_token: string } }).auth.client_token;
    },
    async stop() {
      await proxy.stop();
      await vault.stop();
    },
  };
}

/** What an Author may do. */
export const METADATA_ONLY = `
  path "secret/metadata/airflow/*" { capabilities = ["read", "list"] }
`;

const FAULTS: Record<"throttled" | "slow" | "reset" | "lostReply", ProxyFault> = {
  throttled: { kind: "reply", reply: () => refusal(429, 'request path "x": rate limit quota exceeded') },
  slow: { kind: "slow" },
  reset: { kind: "reset" },
  lostReply: { kind: "lostReply" },
};

/** One of the conformance suite's faults, for one client. */
export function faultOf(backend: VaultBackend, name: keyof typeof FAULTS): Fault {
  const client = `fault-${name}`;
  return {
    // Only what is never answered may run into the limit: an answer takes its time on a busy machine.
    store: backend.open({ client, query: `&maxAttempts=3${name === "slow" ? "&timeoutMs=300" : ""}` }),
    arm: (calls) => {
      backend.proxy.arm({ client, calls, fault: FAULTS[name], only: (call) => name !== "lostReply" || call.writes });
    },
    release: () => Promise.resolve(backend.proxy.release(client)),
  };
}

/** The conformance suite's stalled deleter. */
export function stalled(backend: VaultBackend, query = ""): StalledDeleter {
  return stalledDeleter(
    backend.proxy,
    (client, clock) => backend.open({ client, clock, query }),
    (call, { body }) => call.name === "POST data" && !("text" in (JSON.parse(body) as { data: object }).data),
  );
}

/** A fault that lasts for the store's whole life. */
export function lasting(store: SecretsStore): Fault {
  return { store, arm: () => undefined, release: () => Promise.resolve() };
}

/** Secrets of somebody else: one among our keys, one where a document of ours would be, one that is no key of ours. */
export async function plantForeign(vault: VaultServer, prefix: string): Promise<() => Promise<void>> {
  const paths = ["workspace", "connections/theirs", "with space/x"].map((key) => `airflow/${prefix}${key}`);
  for (const path of paths) {
    await vault.request("POST", `secret/data/${path}`, { data: { text: "theirs", password: "x" } });
    await vault.request("POST", `secret/metadata/${path}`, { custom_metadata: { team: "b" } });
  }
  const look = (): Promise<unknown> =>
    Promise.all(
      paths.flatMap((path) => [
        vault.request("GET", `secret/data/${path}`),
        vault.request("GET", `secret/metadata/${path}`),
      ]),
    ).then((replies) =>
      replies.map((reply) => ({ status: reply.status, data: (reply.body as { data: unknown }).data })),
    );
  const before = await look();
  return async () => void expect(await look()).to.deep.equal(before);
}
