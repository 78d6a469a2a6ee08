import { expect } from "chai";

import { vaultCapabilities } from "../../../provider/stores/vault/capabilities";
import type { LoginSource } from "../../../provider/stores/vault/login";
import { parseVaultOptions } from "../../../provider/stores/vault/options";
import { vaultStore, type VaultTiming } from "../../../provider/stores/vault/store";
import type { SecretsStore } from "../../../provider/stores/store";
import type { VaultServer } from "../../../tools/servers/vault.mjs" with { "resolution-mode": "import" };
import { describeStoreConformance, type Fault, type StoreBackend } from "../../conformance/store";
import { deadPort, type FaultProxy, type ProxyFault } from "../../fakes/fault-proxy";
import { refusal, startVaultProxy } from "../../fakes/vault-proxy";

const timing: Partial<VaultTiming> = { deleterPatienceMs: 300, pauseMs: 10 };

interface Backend {
  vault: VaultServer;
  proxy: FaultProxy;
  open(settings?: { client?: string; token?: string; query?: string; env?: NodeJS.ProcessEnv }): SecretsStore;
  /** A token with this policy and Vault's default one. */
  tokenFor(policy: string): Promise<string>;
  stop(): Promise<void>;
}

async function startBackend(): Promise<Backend> {
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

const METADATA_ONLY = `
  path "secret/metadata/airflow/*" { capabilities = ["read", "list"] }
`;

const FAULTS: Record<"throttled" | "slow" | "reset" | "lostReply", ProxyFault> = {
  throttled: { kind: "reply", reply: () => refusal(429, 'request path "x": rate limit quota exceeded') },
  slow: { kind: "slow" },
  reset: { kind: "reset" },
  lostReply: { kind: "lostReply" },
};

function faultOf(backend: Backend, name: keyof typeof FAULTS): Fault {
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
function lasting(store: SecretsStore): Fault {
  return { store, arm: () => undefined, release: () => Promise.resolve() };
}

/** Secrets of somebody else: one among our keys, one where a document of ours would be, one that is no key of ours. */
async function plantForeign(vault: VaultServer, prefix: string): Promise<() => Promise<void>> {
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

function conformance(query: string): void {
  describeStoreConformance("vault", {
    capabilities: vaultCapabilities,
    async make(): Promise<StoreBackend> {
      const backend = await startBackend();
      const dead = await deadPort();
      const reader = await backend.tokenFor(METADATA_ONLY);
      const nobody = await backend.tokenFor("");
      const revoked = await backend.tokenFor(METADATA_ONLY);
      await backend.vault.request("POST", "auth/token/revoke", { token: revoked });
      return {
        open: () => backend.open({ query }),
        openWithoutReadingSecrets: () => backend.open({ token: reader }),
        plantForeign: (prefix) => plantForeign(backend.vault, prefix),
        faults: {
          denied: () => Promise.resolve(lasting(backend.open({ token: nobody }))),
          expired: () => Promise.resolve(lasting(backend.open({ token: revoked }))),
          unreachable: () => {
            const address = `vault://secret/airflow?address=http://127.0.0.1:${dead}&maxAttempts=2`;
            const source = { env: { VAULT_TOKEN: "t" }, home: "/nonexistent" };
            return Promise.resolve(lasting(vaultStore(parseVaultOptions(address), timing, () => source)));
          },
          throttled: () => Promise.resolve(faultOf(backend, "throttled")),
          slow: () => Promise.resolve(faultOf(backend, "slow")),
          reset: () => Promise.resolve(faultOf(backend, "reset")),
          lostReply: () => Promise.resolve(faultOf(backend, "lostReply")),
        },
        cleanup: () => backend.stop(),
      };
    },
  });
}

conformance("");

describe("with keepVersions=true", () => conformance("&keepVersions=true"));
