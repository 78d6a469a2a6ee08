import { judgeName } from "./names";

/** Something of a name that can be secret: spares judging all other names. */
const STEM =
  /pass|pwd|secret|token|key|auth|cred|sig|cookie|jaas|con|dsn|bearer|kube|sas|pat|header|prox|otp|p12|pfx|web|serv|-u /i;
const NAME_END = /[\w.[\]-]/;
const MAX_NAME = 80;

/**
 * Whether a text gives a secret by name: `password=…`, `AccountKey=…`, `?sig=…`, `"private_key": "…"`, `token: …`,
 * `--token …`, `PASSWORD '…'`. Looks at a bounded part of the text around each sign.
 */
export function assignsSecret(text: string): boolean {
  if (!STEM.test(text)) return false;
  for (const { index } of text.matchAll(/[=:]/g)) if (isAssignment(text, index)) return true;
  return passesSecret(text) || tagsSecret(text);
}

function isAssignment(text: string, sign: number): boolean {
  let end = sign;
  while (end > 0 && sign - end < 4 && /[\s"'\\]/.test(text.charAt(end - 1))) end--;
  let begin = end;
  while (begin > 0 && end - begin < MAX_NAME && NAME_END.test(text.charAt(begin - 1))) begin--;
  const name = text.slice(begin, end);
  if (name.length < 3 || !STEM.test(name)) return false;
  const verdict = name.toLowerCase() === "sharedaccesssignature" ? "hard" : judgeName(name);
  if (verdict === "open") return false;
  const isColon = text.charAt(sign) === ":";
  // `Cookie: …` is a header, `Proxy: …` and `Headers: …` are prose.
  if (isColon && verdict === "soft" && !/["']/.test(text.charAt(end)) && !/cookie|auth$/i.test(name)) return false;
  if (isColon && /(?:^|[\s"'`,;(=])(?:arn|urn):[^\s"'`,;(=]*$/i.test(text.slice(Math.max(0, begin - 250), begin)))
    return false;
  return isGiven(text.slice(sign + 1, sign + 60), isColon, verdict === "soft");
}

/** Whether a value follows, and not the next part of the text, an empty one, or a word that says yes, no or nothing. */
function isGiven(rest: string, isColon: boolean, orLiteral: boolean): boolean {
  const [, quote = "", value = ""] = /^\s*\\?(["']?)([^\s"'\\;&,)}\]]*)/.exec(rest) ?? [];
  // `://`, `==`, and what follows in JSON or YAML when the value is a group.
  if (value === "" || (quote === "" && (isColon ? /^(?:\/\/|[=:{[|>])/ : /^=/).test(value))) return false;
  return !(/^(?:null|none|true|false|yes|no|undefined)$/i.test(value) || (orLiteral && /^[\d.]{1,6}$/.test(value)));
}

/** A word that is followed by its secret: an option of a command line, `login u password p`, `PASSWORD 'p'`. */
function passesSecret(text: string): boolean {
  const words = text.match(/\S{1,2000}/g) ?? [];
  return words.some((word, at) => {
    const before = words[at - 1] ?? "";
    if (/^(?:-u|--user|--proxy-user|--userpwd)$/.test(before)) return /[^:]:[^:]/.test(word);
    if (/^--?[a-z]/i.test(before))
      return !before.includes("=") && !word.startsWith("-") && judgeName(before) === "hard";
    if (!/^(?:password|secret|token|by)$/i.test(before)) return false;
    return /^["'][^"']/.test(word) || /^login$/i.test(words[at - 3] ?? "");
  });
}

/** XML: `<password>…</password>`, `<add key="Password" value="…"/>`. */
function tagsSecret(text: string): boolean {
  for (const { 1: tag = "", 2: key = "" } of text.matchAll(
    /<([\w.:-]{3,80})>[^<\s]|\b(?:name|key)="([^"\n]{3,80})"\s{1,9}value="[^"]/gi,
  ))
    if (judgeName(tag || key) === "hard") return true;
  return false;
}
