import { expect } from "chai";

import type { LoginSource } from "../../../provider/stores/vault/login";
import { parseVaultOptions } from "../../../provider/stores/vault/options";
import { vaultStore, type VaultTiming } from "../../../provider/stores/vault/store";
import type { SecretsStore } from "../../../provider/stores/store";
import type { VaultServer } from "../../../tools/servers/vault.mjs" with { "resolution-mode": "import" };
import type { Fault } from "../../conformance/store";
import type { FaultProxy, ProxyFault } from "../../fakes/fault-proxy";
import { refusal, startVaultProxy } from "../../fakes/vault-proxy";

/** Short waits, since nobody else is in these tests. */
export const timing: Partial<VaultTiming> = { deleterPatienceMs: 300, pauseMs: 10 };

/** A Vault, a proxy in front of it, and stores that go through both. */
export interface VaultBackend {
  vault: VaultServer;
  proxy: FaultProxy;
  open(settings?: { client?: string; token?: string; query?: string; env?: NodeJS.ProcessEnv }): SecretsStore;
  /** A token with this policy and Vault's default one. */
  tokenFor(policy: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts both. */
export async function startBackend(): Promise<VaultBackend> {
  const { startVault } = await import("../../../tools/servers/vault.mjs");
  const vault = await startVault();
  const proxy = await startVaultProxy(vault.address);
  let policies = 0;
  return {
    vault,
    proxy,
    open({ client = "writer", token = vault.rootToken, query = "", env } = {}) {
      const source: LoginSource = { env: env ?? { VAULT_TOKEN: token }, home: "/nonexistent" };
      const address = `vault://secret/airflow?address=${proxy.urlFor(client)}${query}`;
      return vaultStore(parseVaultOptions(address), timing, () => source);
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
    store: backend.open({ client, query: "&timeoutMs=300&maxAttempts=3" }),
    arm: (calls) => {
      backend.proxy.arm({ client, calls, fault: FAULTS[name], only: (call) => name !== "lostReply" || call.writes });
    },
    release: () => Promise.resolve(backend.proxy.release(client)),
  };
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
