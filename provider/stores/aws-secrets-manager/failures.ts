import { ProviderError, StoreUnavailableError, type UnavailableReason } from "../../errors";
import { redactedCause } from "../../redact";
import { AWS_KIND } from "./capabilities";

/** What we read of anything the SDK throws; bodies, headers and `$response` are never touched. */
interface SdkError {
  name: string;
  code?: string;
  message: string;
  status?: number;
  requestId?: string;
}

/** A call of Secrets Manager: its name, which is its IAM action's too, and the secret that it was about. */
export interface AwsCall {
  action: string;
  name: string;
}

/** How messages name a secret. */
export function labelOf(name: string): string {
  return `store "${AWS_KIND}": secret "${name}"`;
}

/** What the client renames LimitExceededException to. */
export const QUOTA_USED_UP = "QuotaUsedUp";

/** More versions younger than 24 hours than AWS keeps; waiting is the only remedy for this one secret. */
export class VersionLimitError extends StoreUnavailableError {}

const EXPIRED = new Set(["ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired"]);
const BAD_CREDENTIALS = new Set([
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "IncompleteSignature",
  "IncompleteSignatureException",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "AuthFailure",
]);
const DENIED = new Set(["AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "NotAuthorized"]);
const THROTTLED = new Set([
  "ThrottlingException",
  "Throttling",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "BandwidthLimitExceeded",
  "PriorRequestNotComplete",
]);
const KMS = new Set([
  "DecryptionFailure",
  "DecryptionFailureException",
  "EncryptionFailure",
  "EncryptionFailureException",
]);
const TIMEOUT = new Set(["TimeoutError", "RequestTimeout", "RequestTimeoutException", "AbortError", "ETIMEDOUT"]);
const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNABORTED",
]);

/** True when AWS itself says that the secret, or its value, is not there or is scheduled for deletion. */
export function isAbsent(error: unknown): boolean {
  return isNotFound(error) || isMarkedForDeletion(error);
}

/** True for AWS's own *not found*. */
export function isNotFound(error: unknown): boolean {
  return nameOf(error) === "ResourceNotFoundException";
}

/**
 * True when the secret exists but is scheduled for deletion. AWS has one exception for every wrong state, so the text
 * decides; Create says "scheduled for deletion", the other calls "marked for deletion" or "marked deleted".
 */
export function isMarkedForDeletion(error: unknown): boolean {
  return (
    nameOf(error) === "InvalidRequestException" &&
    /(marked|scheduled) (for deletion|deleted)|currently marked deleted/i.test((error as Error).message)
  );
}

/** The exception's name, or undefined for anything that is not an error. */
export function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/**
 * Turns anything thrown by the SDK into an error that may be printed.
 *
 * Only name, code, status and request id of the vendor's error are kept: its text may echo parameters, and a parser's
 * error quotes the body. The one text that is shown is that of a denial, since it names principal and action.
 */
export function awsFailure(error: unknown, call: AwsCall): ProviderError {
  if (error instanceof ProviderError) return error;
  const sdk = readError(error);
  const fail = (reason: UnavailableReason, text: string): StoreUnavailableError =>
    new StoreUnavailableError(reason, `${labelOf(call.name)}: ${text}`, { cause: printable(sdk) });

  if (sdk.name === "CredentialsProviderError") {
    return /expired/i.test(sdk.message)
      ? fail("expired", "the AWS login has expired; log in again (for example aws sso login)")
      : fail("missing", "no AWS credentials found; set AWS_PROFILE, AWS_ACCESS_KEY_ID or run where a role is attached");
  }
  if (/^Region is missing/.test(sdk.message)) {
    return fail("missing", "no AWS region; set AWS_REGION or add ?region=… to the store address");
  }
  if (EXPIRED.has(sdk.name)) return fail("expired", "the AWS credentials have expired; log in again");
  if (BAD_CREDENTIALS.has(sdk.name))
    return fail("denied", "AWS does not accept the credentials; check them and the region");
  if (DENIED.has(sdk.name)) {
    return /Access to KMS|kms:/i.test(sdk.message)
      ? fail(
          "denied",
          `AWS denied the use of the KMS key during ${call.action}; grant kms:Decrypt and kms:GenerateDataKey on it`,
        )
      : fail(
          "denied",
          `AWS denied secretsmanager:${call.action}; grant it on this secret (docs/stores/aws-secrets-manager.md)`,
        );
  }
  if (KMS.has(sdk.name))
    return fail("denied", "AWS could not use the KMS key; check that it is enabled and may be used");
  if (sdk.name === QUOTA_USED_UP) {
    return new VersionLimitError(
      "throttled",
      `${labelOf(call.name)}: AWS refused ${call.action} because a quota is used up, usually about 100 versions younger than 24 hours; ` +
        "write this secret less often, or try again tomorrow",
      { cause: printable(sdk) },
    );
  }
  if (THROTTLED.has(sdk.name) || sdk.status === 429) {
    return fail("throttled", `AWS throttled ${call.action} and kept doing so; lower --parallel or try again later`);
  }
  if (TIMEOUT.has(sdk.name) || TIMEOUT.has(sdk.code ?? "")) {
    return fail(
      "timeout",
      `no answer to ${call.action} in time; check the network, or raise timeoutMs in the store address`,
    );
  }
  if (UNREACHABLE.has(sdk.code ?? "")) {
    return fail("unreachable", `AWS cannot be reached (${sdk.code ?? ""}); check network, proxy, region and endpoint`);
  }
  if (sdk.status !== undefined && sdk.status >= 500) {
    return fail("failed", `AWS failed to serve ${call.action} (status ${String(sdk.status)}); try again later`);
  }
  return fail("failed", `${call.action} failed: ${sdk.name}`);
}

function readError(error: unknown): SdkError {
  if (!(error instanceof Error)) return { name: "unknown error", message: "" };
  const { code, $metadata } = error as {
    code?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
  };
  const inner = error instanceof AggregateError ? (error.errors[0] as { code?: unknown } | undefined)?.code : undefined;
  const known = typeof code === "string" ? code : typeof inner === "string" ? inner : undefined;
  return {
    name: error.name,
    message: error.message,
    code: known,
    status: $metadata?.httpStatusCode,
    requestId: $metadata?.requestId,
  };
}

function printable(sdk: SdkError): Error {
  const parts = [sdk.name, sdk.code, sdk.status, sdk.requestId && `request ${sdk.requestId}`].filter(Boolean);
  const said = DENIED.has(sdk.name) ? `: ${sdk.message}` : "";
  return redactedCause(new Error(parts.join(" ") + said));
}
