/** Fixed-length mask: the length of a secret says something about it. */
export const MASK = "********";

const URL_USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi;
const BEARER = /\b(Bearer|Basic|X-Vault-Token:?|token[=:])\s*[A-Za-z0-9._~+/=-]{8,}/gi;
const AWS_SIGNATURE = /(Signature|Credential|X-Amz-Security-Token)=[^\s,&"']+/gi;

/**
 * Turns anything thrown by a vendor's client into one printable line without user-info, tokens or bodies.
 *
 * Only the class, code, status and first line of the message are kept: request and response bodies, headers and
 * stacks of HTTP clients hold values.
 */
export function redact(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause === "string" ? redactText(cause) : "unknown error";
  const code = (cause as { code?: unknown }).code;
  const prefix = typeof code === "string" || typeof code === "number" ? `${cause.name} ${code}: ` : `${cause.name}: `;
  return prefix + redactText(cause.message.split("\n", 1)[0] ?? "");
}

/** Removes credentials that HTTP clients and URLs put into text; at most 300 characters. */
export function redactText(text: string): string {
  return text
    .replace(URL_USER_INFO, `$1${MASK}@`)
    .replace(BEARER, `$1 ${MASK}`)
    .replace(AWS_SIGNATURE, `$1=${MASK}`)
    .slice(0, 300);
}

/** A cause that is safe to attach to an error that Pulumi may print with its stack. */
export function redactedCause(cause: unknown): Error {
  const safe = new Error(redact(cause));
  delete safe.stack;
  return safe;
}
