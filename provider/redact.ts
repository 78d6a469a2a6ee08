/** Fixed-length mask: the length of a secret says something about it. */
export const MASK = "********";

/** Up to the last `@`: people do not escape the `/` and `@` of a password. */
const URL_USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s"']+@/gi;
const BEARER = /\b(Bearer|Basic|X-Vault-Token["']?:?|token["']?\s*[=:])\s*["']?[A-Za-z0-9._~+/=-]{8,}/gi;
const VAULT_TOKEN = /\bhv[sbr]\.[A-Za-z0-9_-]{8,}/g;
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
  return prefix + redactText(cause.message);
}

/** First line of a text without the credentials that HTTP clients and URLs put there; at most 300 characters. */
export function redactText(text: string): string {
  const [line = ""] = text.split(/[\r\n]/, 1);
  return line
    .replace(AWS_SIGNATURE, `$1=${MASK}`)
    .replace(URL_USER_INFO, `$1${MASK}@`)
    .replace(BEARER, `$1 ${MASK}`)
    .replace(VAULT_TOKEN, MASK)
    .slice(0, 300);
}

/** A cause that is safe to attach to an error that Pulumi may print with its stack. */
export function redactedCause(cause: unknown): Error {
  const safe = new Error(redact(cause));
  delete safe.stack;
  return safe;
}
