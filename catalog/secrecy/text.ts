import { assignsSecret } from "./assignments";
import { holdsToken, holdsWebhook } from "./tokens";
import { holdsLogin } from "./url-login";

/**
 * Whether a text holds a secret, whatever its name: a login in a URL, a secret given by name, a private key, a header's
 * credentials, a token of known form, the address of an incoming webhook. Linear in the text's length.
 */
export function textHoldsSecret(text: string): boolean {
  return holdsCredentials(text) || holdsToken(text) || holdsWebhook(text) || holdsLogin(text) || assignsSecret(text);
}

/** A header's value, alone or in a text: `Basic dXNlcjpwdw==`, `Authorization: Bearer …`. */
const CREDENTIALS = /(?<![\w-])(?:Basic|Bearer|Token|ApiKey|GenieKey|SSWS|Splunk|Negotiate)\s{1,3}([^\s"',;]{4,})/gi;
const OF_PROSE =
  /^(?:auth\w*|access|api|based|credentials?|for|from|headers?|only|tokens?|types?|user\w*|with|that|this|login|mode|[({<].*)\W*$/i;

function holdsCredentials(text: string): boolean {
  const whole = text.trim();
  for (const { 0: all, 1: value = "", index } of whole.matchAll(CREDENTIALS)) {
    if (OF_PROSE.test(value)) continue;
    const isAlone = index === 0 && all.length === whole.length;
    if (isAlone || /\d|[=+~]|[a-z][A-Z]/.test(value)) return true;
  }
  return false;
}
