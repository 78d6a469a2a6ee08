import { z } from "zod";

import { StoreUnavailableError } from "../../errors";
import { errorsOf, type Denial } from "./failures";
import type { VaultReply, VaultRequest } from "./http";
import { findLogin, type LoginSource } from "./login";
import type { VaultOptions } from "./options";

/** The token to send, kept valid. */
export interface VaultSession {
  token(): Promise<string>;
  /**
   * After a denial: is it the token itself that Vault refuses?
   *
   * @returns "renewed" when there is a new token and the request should be tried again, else what the denial means.
   */
  afterDenial(used: string): Promise<Denial | "renewed">;
}

interface Held {
  token: string;
  /** From a login, so that a new one can be had. */
  fromLogin: boolean;
  /** Has been seen to look itself up: when it no longer may, it is the token and not its policy. */
  mayLook: boolean;
  renewable: boolean;
  /** Milliseconds since 1970; Infinity for tokens that do not expire. */
  renewAt: number;
}

// Renew with a third of the time left: enough for any call that starts now, and seldom enough.
const RENEW_AFTER = 2 / 3;

const auth = z.object({
  auth: z.object({ client_token: z.string(), lease_duration: z.number(), renewable: z.boolean() }),
});
const self = z.object({ data: z.object({ ttl: z.number(), renewable: z.boolean().optional() }) });

/**
 * Logs in at first use and keeps the token valid: renews it before it ends, and logs in again when renewing does not
 * help and the environment still has credentials.
 *
 * @param send - one request, retried; it throws when Vault cannot be reached.
 * @param fail - turns a refusal of the login itself into an error.
 */
export function vaultSession(
  options: VaultOptions,
  source: () => LoginSource,
  send: (request: VaultRequest) => Promise<VaultReply>,
  fail: (request: VaultRequest, reply: VaultReply) => Error,
): VaultSession {
  let held: Promise<Held> | undefined;

  async function login(): Promise<Held> {
    const found = await findLogin(options, source());
    if ("token" in found) {
      const reply = await send({ method: "GET", path: "auth/token/lookup-self", token: found.token });
      const known = self.safeParse(reply.body);
      // A policy may forbid the look: then the token is used as it is.
      const { ttl, renewable = false } = known.success ? known.data.data : { ttl: 0 };
      return { token: found.token, fromLogin: false, mayLook: known.success, renewable, renewAt: renewTime(ttl) };
    }
    const request: VaultRequest = { method: "POST", path: found.path, body: found.body };
    const reply = await send(request);
    const granted = auth.safeParse(reply.body);
    if (!granted.success) throw fail(request, reply);
    return toHeld(granted.data, { fromLogin: true, mayLook: false });
  }

  async function renew(old: Held): Promise<Held> {
    if (old.renewable) {
      const reply = await send({ method: "POST", path: "auth/token/renew-self", body: {}, token: old.token });
      const granted = auth.safeParse(reply.body);
      // At the end of its longest life a token is renewed for ever shorter times; a login gives a fresh one.
      if (granted.success && (!old.fromLogin || granted.data.auth.lease_duration > 5)) {
        return toHeld(granted.data, old);
      }
    }
    return old.fromLogin ? login() : { ...old, renewAt: Infinity };
  }

  /** Runs `work` once for all who ask meanwhile; a failure is not remembered, nor does it undo what came after it. */
  function hold(work: Promise<Held>): Promise<Held> {
    const mine = work.catch((error: unknown) => {
      if (held === mine) held = undefined;
      throw error;
    });
    held = mine;
    return mine;
  }

  return {
    async token() {
      const asked = held ?? hold(login());
      const current = await asked;
      if (Date.now() < current.renewAt) return current.token;
      const next = held === asked ? hold(renew(current)) : (held ?? hold(login()));
      return (await next).token;
    },
    async afterDenial(used) {
      const asked = held;
      const current = await asked;
      if (current === undefined || current.token !== used) return "renewed";
      const looked = await send({ method: "GET", path: "auth/token/lookup-self", token: used });
      if (looked.status !== 403) {
        current.mayLook ||= looked.status < 300;
        return "denied";
      }
      if (current.fromLogin) {
        // Those who were denied at the same time share one login.
        await (held === asked ? hold(login()) : held);
        return "renewed";
      }
      // Older servers say "permission denied" to an unknown token as well.
      const named = errorsOf(looked).some((line) => /(invalid|bad) token/i.test(line));
      return named || current.mayLook ? "expired" : "unclear";
    },
  };
}

function toHeld(granted: z.infer<typeof auth>, from: Pick<Held, "fromLogin" | "mayLook">): Held {
  const { client_token: token, lease_duration: seconds, renewable } = granted.auth;
  if (token === "") throw new StoreUnavailableError("failed", 'store "vault": the login gave no token');
  const { fromLogin, mayLook } = from;
  return { token, fromLogin, mayLook, renewable, renewAt: renewTime(seconds) };
}

function renewTime(seconds: number): number {
  return seconds <= 0 ? Infinity : Date.now() + seconds * 1000 * RENEW_AFTER;
}
