import { vaultCapabilities } from "../../../provider/stores/vault/capabilities";
import { parseVaultOptions } from "../../../provider/stores/vault/options";
import { vaultStore } from "../../../provider/stores/vault/store";
import { describeStoreConformance, type StoreBackend } from "../../conformance/store";
import { deadPort } from "../../fakes/fault-proxy";
import {
  faultOf,
  lasting,
  METADATA_ONLY,
  plantForeign,
  stalled,
  startBackend,
  timing,
  type VaultProduct,
} from "./vault-backend";

function conformance(product: VaultProduct, query: string): void {
  describeStoreConformance("vault", {
    capabilities: vaultCapabilities,
    async make(): Promise<StoreBackend> {
      const backend = await startBackend(product);
      const dead = await deadPort();
      const reader = await backend.tokenFor(METADATA_ONLY);
      const nobody = await backend.tokenFor("");
      const revoked = await backend.tokenFor(METADATA_ONLY);
      await backend.vault.request("POST", "auth/token/revoke", { token: revoked });
      return {
        open: () => backend.open({ query }),
        openWithoutReadingSecrets: () => backend.open({ token: reader }),
        plantForeign: (prefix) => plantForeign(backend.vault, prefix),
        stalledDeleters: { [`with "${query}"`]: () => stalled(backend, query) },
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

describe("Vault", () => {
  conformance("Vault", "");
});
describe("Vault with keepVersions=true", () => {
  conformance("Vault", "&keepVersions=true");
});
describe("OpenBao with keepVersions=true", () => {
  conformance("OpenBao", "&keepVersions=true");
});
describe("OpenBao with integrated storage", () => {
  conformance("OpenBao with integrated storage", "");
});
