import { setTimeout as sleep } from "node:timers/promises";

import { StoreUnavailableError } from "../../errors";
import { assertEncrypted } from "../shared/encrypted";
import { VAULT_KIND } from "./capabilities";
import { isNotFound, isPassing, isStale, networkFailure, replyFailure } from "./failures";
import { vaultTransport, type VaultReply, type VaultRequest, type VaultTransport } from "./http";
import type { LoginSource } from "./login";
import type { VaultOptions } from "./options";
import { vaultSession, type VaultSession } from "./session";

/** Calls Vault with a valid token, bounded retries, and errors that may be printed. */
export interface VaultClient {
  /**
   * @param tries - defaults to the options' `maxAttempts`; 1 for calls that must not be repeated blindly.
   * @returns a success, Vault's own *not found*, or a check-and-set that did not hold; anything else is thrown.
   */
  call(request: VaultRequest, tries?: number): Promise<VaultReply>;
  close(): void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Connects and logs in at the first call. */
export function vaultClient(options: VaultOptions, source: () => LoginSource): VaultClient {
  let connecting: Promise<{ transport: VaultTransport; session: VaultSession }> | undefined;

  async function connect(): Promise<{ transport: VaultTransport; session: VaultSession }> {
    const { env } = source();
    const address = options.address ?? env.VAULT_ADDR;
    if (address === undefined || !URL.canParse(address)) {
      throw new StoreUnavailableError(
        "missing",
        `store "${VAULT_KIND}": no address of Vault; set VAULT_ADDR or add ?address=… to the store address`,
      );
    }
    assertEncrypted(VAULT_KIND, new URL(address), env);
    const namespace = options.namespace ?? env.VAULT_NAMESPACE;
    const transport = await vaultTransport(address, namespace, options.timeoutMs, env).catch((error: unknown) => {
      throw networkFailure({ method: "GET", path: "" }, address, error);
    });
    const send = (request: VaultRequest): Promise<VaultReply> => retry(transport, request, options.maxAttempts);
    const refused = (request: VaultRequest, reply: VaultReply): Error => replyFailure(request, reply, "denied");
    return { transport, session: vaultSession(options, source, send, refused) };
  }

  return {
    async call(request, tries = options.maxAttempts) {
      connecting ??= connect().catch((error: unknown) => {
        connecting = undefined;
        throw error;
      });
      const { transport, session } = await connecting;
      for (let logins = 0; ; logins++) {
        const token = await session.token();
        const reply = await retry(transport, { ...request, token }, tries);
        if (reply.status < 300 || isNotFound(reply) || isStale(reply)) return reply;
        // A token that was just given cannot be the reason.
        const verdict = reply.status === 403 && logins === 0 ? await session.afterDenial(token) : "denied";
        if (verdict !== "renewed") throw replyFailure(request, reply, verdict);
      }
    },
    close() {
      void connecting?.then(
        ({ transport }) => {
          transport.close();
        },
        () => undefined,
      );
      connecting = undefined;
    },
  };
}

/** @returns the last answer; throws when there was none. */
async function retry(transport: VaultTransport, request: VaultRequest, tries: number): Promise<VaultReply> {
  for (let attempt = 1; ; attempt++) {
    let reply: VaultReply | undefined;
    try {
      reply = await transport.send(request);
    } catch (error) {
      if (attempt >= tries) throw networkFailure(request, transport.address, error);
    }
    if (reply !== undefined && (attempt >= tries || !isPassing(reply))) return reply;
    const backoff = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
    await sleep(Math.min(Math.max(backoff, (reply?.retryAfterSeconds ?? 0) * 1000), LONGEST_PAUSE_MS));
  }
}
