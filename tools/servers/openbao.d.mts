import type { VaultServer } from "./vault.mjs";

/**
 * Starts an OpenBao on loopback, ready as `startVault` leaves its server.
 *
 * @param storage - `inmem` by default; `raft` is the integrated storage, of one server, on disk.
 */
export function startOpenBao(storage?: "inmem" | "raft"): Promise<VaultServer>;
