import { ProviderError } from "../errors";
import { redact, redactText } from "../redact";

/** What a failed call to the Kubernetes API means for the caller. */
export type KubernetesErrorKind =
  /** The object is not there; the API server said so. */
  | "not-found"
  /** The object's resourceVersion is another one than the caller's. */
  | "conflict"
  /** An object of this name is there already. */
  | "exists"
  /** Authorization or admission refused. */
  | "denied"
  /** The login is missing, wrong or expired. */
  | "expired"
  /** The namespace does not exist, or is being deleted. */
  | "namespace-missing"
  | "throttled"
  /** The object breaks a rule of the API. */
  | "invalid"
  | "too-large"
  /** The continue token of a paged list is too old; list again from the start. */
  | "list-expired"
  | "unreachable"
  | "timeout"
  | "failed";

/** One failed call, understood. */
export interface ClassifiedKubernetesError {
  kind: KubernetesErrorKind;
  /** One line without values, bodies or credentials. */
  message: string;
  /** Wait that the server asked for, in milliseconds. */
  retryAfterMs?: number;
  /** True when calling again may help without anything else changing. */
  retryable: boolean;
  /** True when the server may have carried the call out although no answer came: read back before judging. */
  mayHaveCommitted: boolean;
}

/** The parts of a Kubernetes `Status` that we look at. */
interface Status {
  reason?: string;
  message?: string;
  details?: { kind?: string; retryAfterSeconds?: number; causes?: { reason?: string; field?: string }[] };
}

/** Never sent, or refused before the server looked at it. */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);
/** Broke off underway: the server may have acted. */
const BROKE_OFF = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE", "UND_ERR_SOCKET"]);

/**
 * Tells what a failure of `@kubernetes/client-node` means.
 *
 * Bodies and headers, which `ApiException` puts into its message, never reach ours; a Status message does, except
 * for rejections that may quote the object (validation, admission webhooks).
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
export function classifyKubernetesError(error: unknown): ClassifiedKubernetesError {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? classifyStatus(code, error) : classifyConnection(error, code);
}

/** True when the client's error is one of these kinds; our own errors are of none. */
export function isKind(error: unknown, ...kinds: KubernetesErrorKind[]): boolean {
  return !(error instanceof ProviderError) && kinds.includes(classifyKubernetesError(error).kind);
}

function classifyConnection(error: unknown, code: unknown): ClassifiedKubernetesError {
  const name = error instanceof Error ? error.name : "";
  if (name === "AbortError" || name === "TimeoutError" || code === "ETIMEDOUT") {
    return {
      kind: "timeout",
      message: "the API server did not answer in time",
      retryable: true,
      mayHaveCommitted: true,
    };
  }
  if (typeof code === "string" && NOT_SENT.has(code)) {
    return { kind: "unreachable", message: redact(error), retryable: code !== "ENOTFOUND", mayHaveCommitted: false };
  }
  if ((typeof code === "string" && BROKE_OFF.has(code)) || /socket hang up|premature close/i.test(messageOf(error))) {
    return { kind: "unreachable", message: redact(error), retryable: true, mayHaveCommitted: true };
  }
  if (name === "FetchError" || (typeof code === "string" && /CERT|SIGNATURE|TLS|SSL/.test(code))) {
    return { kind: "unreachable", message: redact(error), retryable: false, mayHaveCommitted: false };
  }
  return { kind: "failed", message: redact(error), retryable: false, mayHaveCommitted: true };
}

function classifyStatus(code: number, error: unknown): ClassifiedKubernetesError {
  const status = statusOf(error);
  const retryAfterMs = retryAfter(error, status);
  const settled = { message: statusMessage(code, status), retryable: false, mayHaveCommitted: false };
  const transient = { ...settled, retryable: true, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const causes = status.details?.causes?.map((cause) => cause.reason) ?? [];

  if (code === 401) return { kind: "expired", ...settled };
  if (code === 403) {
    return { kind: causes.includes("NamespaceTerminating") ? "namespace-missing" : "denied", ...settled };
  }
  if (code === 404) {
    return { kind: status.details?.kind === "namespaces" ? "namespace-missing" : "not-found", ...settled };
  }
  if (code === 409) return { kind: status.reason === "AlreadyExists" ? "exists" : "conflict", ...settled };
  if (code === 410) return { kind: "list-expired", ...settled };
  if (code === 413 || causes.includes("FieldValueTooLong") || /request is too large/i.test(status.message ?? "")) {
    return { kind: "too-large", ...settled };
  }
  if (code === 400 || code === 422) return { kind: "invalid", ...settled };
  if (code === 429) return { kind: "throttled", ...transient };
  if (code === 503) return { kind: "unreachable", ...transient, mayHaveCommitted: true };
  if (code === 504) return { kind: "timeout", ...transient, mayHaveCommitted: true };
  return { kind: "failed", ...transient, retryable: code >= 500, mayHaveCommitted: code >= 500 };
}

function statusOf(error: unknown): Status {
  const body = (error as { body?: unknown }).body;
  if (typeof body === "object" && body !== null) return body;
  if (typeof body !== "string" || !body.startsWith("{")) return {};
  try {
    return JSON.parse(body) as Status;
  } catch (parseError) {
    if (parseError instanceof SyntaxError) return {};
    throw parseError;
  }
}

function statusMessage(code: number, status: Status): string {
  if (code === 401) return "the API server did not accept the login (401)";
  const webhook = /^(admission webhook "[^"]{1,253}") denied the request/.exec(status.message ?? "");
  if (webhook) return `${webhook[1]} denied the request (${code})`;
  if (code === 400 || code === 422) {
    const fields = status.details?.causes?.map((cause) => `${cause.field ?? "?"}: ${cause.reason ?? "invalid"}`) ?? [];
    return redactText(`${status.reason ?? "Invalid"} (${code})${fields.length ? `: ${fields.join(", ")}` : ""}`);
  }
  const text = status.message?.split("\n", 1)[0];
  return redactText(text ? `${text} (${code})` : `HTTP status ${code}`);
}

function retryAfter(error: unknown, status: Status): number | undefined {
  const header = (error as { headers?: Record<string, string> }).headers?.["retry-after"];
  const seconds = header === undefined ? status.details?.retryAfterSeconds : Number(header);
  return seconds !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
