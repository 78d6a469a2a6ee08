import {
  codeOf,
  StoreUnavailableError,
  UnsupportedError,
  type ProviderError,
  type UnavailableReason,
} from "../../errors";
import { redactedCause } from "../../redact";
import { VAULT_KIND } from "./capabilities";
import type { VaultReply, VaultRequest } from "./http";

const TIMEOUT = new Set(["ETIMEDOUT", "ESOCKETTIMEDOUT"]);
const TLS = /^(CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_SSL_)/;
const CAPABILITY = { GET: "read", POST: "create and update", DELETE: "delete" };

/** Vault's own error lines; empty for its *not found*. */
export function errorsOf(reply: VaultReply): string[] {
  const { errors } = (reply.body ?? {}) as { errors?: unknown };
  return Array.isArray(errors) ? errors.filter((line) => typeof line === "string") : [];
}

/**
 * True only for Vault's own *nothing there*: status 404 with an empty list of errors, or with a deleted version's
 * metadata. A 404 of a proxy, or of a mount that does not exist, is a failure.
 */
export function isNotFound(reply: VaultReply): boolean {
  if (reply.status !== 404 || typeof reply.body !== "object" || reply.body === null) return false;
  const { errors, data } = reply.body as { errors?: unknown; data?: unknown };
  return (Array.isArray(errors) && errors.length === 0) || (typeof data === "object" && data !== null);
}

/** True when the check-and-set of a write did not hold. */
export function isStale(reply: VaultReply): boolean {
  return reply.status === 400 && errorsOf(reply).some((line) => line.includes("did not match the current version"));
}

/** True when trying again may help. */
export function isPassing(reply: VaultReply): boolean {
  if (reply.status === 503) return !isSealed(reply);
  if (reply.status === 400) return errorsOf(reply).some((line) => line.startsWith("Upgrading from non-versioned"));
  // 412: an Enterprise standby that has not caught up yet.
  return [412, 429, 500, 502, 504].includes(reply.status);
}

/** What a status 403 means: the policy forbids, the token is not valid any more, or Vault lets us find out neither. */
export type Denial = "denied" | "expired" | "unclear";

/** Any answer that is no success, as an error that may be printed: Vault's own words are never repeated. */
export function replyFailure(request: VaultRequest, reply: VaultReply, denial: Denial): ProviderError {
  const fail = failureOf(request, `status ${String(reply.status)}`);
  if (isSealed(reply)) return fail("sealed", "Vault is sealed; unseal it, then try again");
  if (reply.status === 403) {
    const grant = `give the token's policy ${capabilityOf(request)} on this path`;
    if (denial === "expired") {
      return fail("expired", "Vault does not know the token any more; log in again or set a new VAULT_TOKEN");
    }
    if (denial === "denied") return fail("denied", `Vault denied it; ${grant}`);
    return fail(
      "denied",
      `Vault denied it, and does not let the token look itself up: ${grant}, or log in again if it has expired`,
    );
  }
  if (reply.status === 429) {
    return fail("throttled", "Vault's rate limit refused it and kept doing so; lower --parallel or raise the quota");
  }
  if (reply.status === 413) {
    return new UnsupportedError(`store "${VAULT_KIND}": "${request.path}" is larger than this Vault accepts`);
  }
  if (reply.status === 404) {
    return fail("failed", "Vault has nothing at this path; check mount, namespace and address in the store address");
  }
  if (reply.status === 400 && /^auth\/.*login$/.test(request.path)) {
    return fail("denied", "Vault refused the login; check the role and the credentials in the environment");
  }
  if (reply.status >= 300 && reply.status < 400) {
    return fail("failed", "Vault redirects to another node; use the address of the active node or its load balancer");
  }
  return fail("failed", `Vault answered with status ${String(reply.status)}`);
}

/** A request without an answer, as an error that may be printed. */
export function networkFailure(request: VaultRequest, address: string, error: unknown): ProviderError {
  const code = codeOf(error) ?? "no code";
  const fail = failureOf(request, code);
  if (TIMEOUT.has(code)) {
    return fail("timeout", "no answer in time; check the network, or raise timeoutMs in the store address");
  }
  if (TLS.test(code)) {
    return fail("unreachable", `${address} has a certificate that is not trusted (${code}); set VAULT_CACERT`);
  }
  if (code === "ENOENT" || code === "EACCES") {
    return fail(
      "missing",
      "a file named by VAULT_CACERT, VAULT_CAPATH, VAULT_CLIENT_CERT or VAULT_CLIENT_KEY cannot be read",
    );
  }
  return fail("unreachable", `${address} cannot be reached (${code}); check VAULT_ADDR and the network`);
}

/** An answer that KV version 2 does not give. */
export function notVault(path: string, what: string): StoreUnavailableError {
  return failureOf({ method: "GET", path }, "unexpected answer")("failed", what);
}

function isSealed(reply: VaultReply): boolean {
  return reply.status === 503 && errorsOf(reply).some((line) => /sealed/i.test(line));
}

function capabilityOf(request: VaultRequest): string {
  return request.path.includes("list=true") ? "list" : CAPABILITY[request.method];
}

function failureOf(
  request: VaultRequest,
  cause: string,
): (reason: UnavailableReason, text: string) => StoreUnavailableError {
  const place = request.path.replace(/\?.*/, "");
  return (reason, text) =>
    new StoreUnavailableError(reason, `store "${VAULT_KIND}": "${place}": ${text}`, {
      cause: redactedCause(new Error(`${request.method} ${place}: ${cause}`)),
    });
}
