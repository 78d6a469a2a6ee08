import type { StoreCapabilities } from "../store";

/** Name of this store in messages. */
export const VAULT_KIND = "vault";

/**
 * What a KV version 2 engine can do.
 *
 * Vault itself takes requests of 32 MiB, but its storage does not: one entry may have 1 MiB (integrated storage) or
 * 512 KiB (Consul), after JSON has escaped quotes and encryption has added to it.
 *
 * @see https://developer.hashicorp.com/vault/docs/internals/limits
 */
export const vaultCapabilities: StoreCapabilities = {
  maxBytes: 262_144,
  separateMetadata: true,
  history: true,
  listing: "native",
};
