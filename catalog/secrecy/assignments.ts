import { judgeName } from "./names";

/** Something of a name that can be secret: spares judging all other names. */
const STEM =
  /pass|pwd|pw|secret|token|key|auth|cred|sig|cookie|jaas|con|dsn|bearer|kube|sas|pat|header|prox|otp|p12|pfx|web|serv|-[up]|wort|jwt|contras|mot_?de|senha|mdp|wachtw|has[lł]o|parol|psw|assert|[^\x20-\x7e]{2}/i;
const NAME_END = /[\p{L}\w.[\]-]/u;
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
  const rest = text.slice(sign + 1, sign + 100);
  // A block of YAML; `Password: see the wiki` of a description.
  if (isColon && /^ ?[|>][-+\d]{0,2} *\n\s+\S/.test(rest)) return true;
  return !(isColon && SAID_OF_IT.test(rest)) && isGiven(rest, isColon, verdict === "soft");
}

/** What is said about a secret in place of it. */
const SAID_OF_IT =
  /^ (?:ask|by|comes?|daily|from|held|in|is|kept|managed|monthly|none|not|of|optional|provided|required|rotated|rotates|same|see|stored|via|weekly)(?:[.,;]|\s|$)/i;

/** Whether a value follows, and not the next part of the text, an empty one, or a word that says yes, no or nothing. */
function isGiven(rest: string, isColon: boolean, orLiteral: boolean): boolean {
  const [, quote = "", value = ""] = /^\s*\\?(["']?)([^\s"'\\;&,)}\]]*)/.exec(rest) ?? [];
  // `://`, `==`, and what follows in JSON or YAML when the value is a group.
  if (value === "" || (quote === "" && (isColon ? /^(?:\/\/|[=:{[|>])/ : /^=/).test(value))) return false;
  return !(/^(?:null|none|true|false|yes|no|undefined)$/i.test(value) || (orLiteral && /^[\d.]{1,6}$/.test(value)));
}

/** A word that is followed by its secret: an option of a command line, `login u password p`, `PASSWORD 'p'`. */
function passesSecret(text: string): boolean {
  if (SAID.test(text) || SHORT_OPTION.test(text)) return true;
  const words = text.match(/\S{1,2000}/g) ?? [];
  return words.some((word, at) => {
    const before = words[at - 1] ?? "";
    if (/^(?:-u|--user|--proxy-user|--userpwd)$/.test(before)) return /[^:]:[^:]/.test(word);
    if (/^--?[a-z]/i.test(before))
      return !before.includes("=") && !word.startsWith("-") && judgeName(before) === "hard";
    const isIdentified = /^by$/i.test(before) && /^identified$/i.test(words[at - 2] ?? "");
    if (!isIdentified && !/^(?:password|secret|token)$/i.test(before)) return false;
    return /^["'][^"']/.test(word) || /^login$/i.test(words[at - 3] ?? "");
  });
}

/** `the password is Xy7…`: no word of prose has a digit in it. */
const SAID = /\b(?:password|passphrase|pwd|pw)\s{1,3}(?:is|was)\s{1,3}["']?(?=\S{0,40}\d)\S{5,}/i;
/** `sshpass -p x`, `mysql -px`, `docker login -p x`. */
const SHORT_OPTION = /\b(?:sshpass|docker\s{1,3}login\b[^\n|;&]{0,200})\s{1,3}-p\s{0,3}[^\s$-]|\bmysql\w{0,8}\b[^\n|;&]{0,200}\s-p[^\s$]/;

/** XML: `<password>…</password>`, `<add key="Password" value="…"/>`. */
function tagsSecret(text: string): boolean {
  for (const { 1: tag = "", 2: key = "" } of text.matchAll(
    /<([\w.:-]{3,80})>[^<\s]|\b(?:name|key)="([^"\n]{3,80})"\s{1,9}value="[^"]/gi,
  ))
    if (judgeName(tag || key) === "hard") return true;
  return false;
}
