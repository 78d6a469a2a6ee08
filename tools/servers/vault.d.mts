export interface VaultResponse {
  status: number;
  /** The parsed JSON body; `undefined` if there is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each path answers with its own shape
  body: any;
}

export interface VaultServer {
  /** `http://127.0.0.1:PORT`, for `VAULT_ADDR`. */
  address: string;
  rootToken: string;
  unsealKey: string;
  /**
   * One HTTP request, with the root token unless told; path without `/v1/`. Does not throw on an error status.
   * `token: ""` sends none.
   */
  request(method: string, path: string, body?: unknown, token?: string): Promise<VaultResponse>;
  seal(): Promise<void>;
  unseal(): Promise<void>;
  /** Stops answering (connections hang) until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/**
 * Starts a Vault in memory on loopback: unsealed, with KV version 2 mounted at `secret/`. Logins to enable by need:
 * `approle`, `userpass`, `jwt`, `kubernetes`.
 */
export function startVault(): Promise<VaultServer>;
