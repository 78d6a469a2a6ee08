import { textHoldsSecret } from "../catalog/secrecy/text";
import { maskSecrets, MASK } from "./secret-patterns";

export { MASK };

/** Longest text that is looked at; expressions run over no more than this, whoever wrote the text. */
export const MAX_JUDGED_CHARACTERS = 4_096;
const MAX_SHOWN_CHARACTERS = 300;
/** A shorter word holds no secret that shows as one. */
const MIN_JUDGED_CHARACTERS = 6;
/** A longer word is no message, and where it goes on, unseen, may be what says that it is a secret. */
const MAX_WORD_CHARACTERS = 1_000;
/** A cut may make a secret's beginning look like a whole one; so what is shown is looked at again, until nothing changes. */
const MAX_LOOKS = 5;

/**
 * Turns anything thrown by a vendor's client into one printable line without user-info, tokens or bodies.
 *
 * Only the class, code, status and first line of the message are kept: request and response bodies, headers and
 * stacks of HTTP clients hold values.
 */
export function redact(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause === "string" ? redactText(cause) : "unknown error";
  const code = (cause as { code?: unknown }).code;
  const prefix = isCode(code) ? `${redactText(cause.name)} ${code}: ` : `${redactText(cause.name)}: `;
  return prefix + redactText(cause.message);
}

/** First line of a text without the credentials that programs, HTTP clients and URLs put there; at most 300 characters. */
export function redactText(text: string): string {
  const [line = ""] = text.slice(0, MAX_JUDGED_CHARACTERS).split(/[\r\n]/, 1);
  let shown = line
    .split(/(\s+)/)
    .map((word) => (word.length > MAX_WORD_CHARACTERS ? MASK : word))
    .join("");
  for (let look = 0; look < MAX_LOOKS; look++) {
    const masked = maskWords(maskSecrets(shown)).slice(0, MAX_SHOWN_CHARACTERS);
    if (masked === shown) break;
    shown = masked;
  }
  return shown;
}

/** Masks each word that what decides about fields would take for a secret: `kennwort=…`, a webhook's address, a token. */
function maskWords(line: string): string {
  return line
    .split(/(\s+)/)
    .map((word, at, all) => {
      // What is masked in part has been judged; so has `{"authorization":"Bearer ********`.
      if (word.length < MIN_JUDGED_CHARACTERS || word.includes(MASK) || all[at + 2]?.startsWith(MASK)) return word;
      const [, text = "", end = ""] = /^(.*?)([.,;:)]*)$/s.exec(word) ?? [];
      return textHoldsSecret(text) ? MASK + end : word;
    })
    .join("");
}

/** A cause that is safe to attach to an error that Pulumi may print with its stack. */
export function redactedCause(cause: unknown): Error {
  const safe = new Error(redact(cause));
  delete safe.stack;
  return safe;
}

/** A status, or a name such as ECONNREFUSED; some libraries put whole texts there. */
function isCode(code: unknown): code is string | number {
  return typeof code === "number" || (typeof code === "string" && /^[A-Za-z][\w.-]{0,60}$/.test(code));
}
