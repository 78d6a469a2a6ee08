import { codeOf, StoreUnavailableError, type UnavailableReason } from "../../errors";
import { redactedCause } from "../../redact";
import { isOutcomeUnknown } from "../shared/tombstone";
import { GOOGLE_KIND } from "./capabilities";

export { isOutcomeUnknown };

/** A method of Secret Manager, with the IAM permission that it takes, and the secret that it is about. */
export interface GoogleCall {
  action: string;
  secret: string;
}

/** What Google says of a failure: the HTTP status, and its own word for it. Its message is shown for denials only. */
export interface GoogleError {
  http: number;
  status: string;
  message: string;
}

const TIMEOUT = new Set(["ETIMEDOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "UND_ERR_CONNECT_TIMEOUT"]);

/** How messages name a secret. */
export function labelOf(secret: string): string {
  return `store "${GOOGLE_KIND}": secret "${secret}"`;
}

/** What is stored was damaged by hand. */
export function corrupt(secret: string, what: string): StoreUnavailableError {
  return new StoreUnavailableError("corrupt", `${labelOf(secret)}: ${what}`);
}

/** True when trying again may help. */
export function isPassing({ http, status }: GoogleError): boolean {
  return http === 429 || http >= 500 || status === "ABORTED";
}

/** An answer that is no success, as an error that may be printed. */
export function replyFailure(call: GoogleCall, { http, status, message }: GoogleError): StoreUnavailableError {
  const fail = failureOf(call, `${status} ${String(http)}${http === 403 ? `: ${message}` : ""}`);
  if (http === 401) return fail("expired", "Google does not accept the login any more; log in again");
  if (http === 403) {
    return /SERVICE_DISABLED|has not been used in project|is disabled/.test(message)
      ? fail("denied", "the Secret Manager API is not enabled in this project; enable it, then try again")
      : /kms|CryptoKey/i.test(message)
        ? fail(
            "denied",
            `Google denied the use of the KMS key during ${call.action}; let Secret Manager's agent use it`,
          )
        : fail("denied", `Google denied secretmanager.${call.action}; grant it (docs/stores/google-secret-manager.md)`);
  }
  if (http === 429) {
    return fail("throttled", `Google throttled ${call.action} and kept doing so; lower --parallel or try again later`);
  }
  if (http === 404) return fail("failed", "Google has no such project or location; check the store address");
  if (status === "FAILED_PRECONDITION") return fail("failed", `${call.action} is not possible in the secret's state`);
  return fail("failed", `Google failed to serve ${call.action} (status ${String(http)}); try again later`);
}

/** A request without an answer, as an error that may be printed. */
export function networkFailure(call: GoogleCall, error: unknown): StoreUnavailableError {
  const code = codeOf((error as { cause?: unknown }).cause) ?? codeOf(error) ?? nameOf(error);
  const fail = failureOf(call, code);
  return TIMEOUT.has(code) || code === "TimeoutError"
    ? fail("timeout", `no answer to ${call.action} in time; check the network, or raise timeoutMs in the store address`)
    : fail("unreachable", `Google cannot be reached (${code}); check network, proxy, location and endpoint`);
}

/** An answer that Secret Manager does not give. */
export function unexpected(call: GoogleCall): StoreUnavailableError {
  return failureOf(call, "unexpected answer")("failed", `the answer to ${call.action} is not one of Secret Manager`);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "no code";
}

function failureOf(
  call: GoogleCall,
  cause: string,
): (reason: UnavailableReason, text: string) => StoreUnavailableError {
  return (reason, text) =>
    new StoreUnavailableError(reason, `${labelOf(call.secret)}: ${text}`, {
      cause: redactedCause(new Error(`${call.action}: ${cause}`)),
    });
}
