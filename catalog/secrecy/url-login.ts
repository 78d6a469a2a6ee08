/** URLs of these kinds name a user, not a secret, before the `@`: an SSH account, a container of a storage account. */
const USER_ONLY = /^(?:ssh|sftp|scp|rsync|git\+ssh|ssh\+git|svn\+ssh|abfss?|wasbs?|hdfs|mailto)$/i;
/** Here a user without password is as a rule a token: `https://TOKEN@github.com`. */
const WEB = /^(?:(?:git|hg|svn|pip)\+)?https?$|^wss?$/i;
/** Names that stand for nobody in particular. */
const NOBODY = /^(?:git|anonymous)$/i;
const PLAIN_USER = /^[a-z_][a-z0-9_.-]{0,31}$/;
/** A line with more of them before an `@` is nobody's setting: it is taken for a secret unread. */
const MAX_URLS = 2_000;
/** How far a URL is followed for an `@` whose meaning is not clear; keeps the search linear. */
const MAX_REACH = 300;

/**
 * Whether a text has a URL, or the beginning of one without scheme, with a password or a token before its host: the user
 * info goes up to the last `@`, since people do not escape the slashes, blanks and `@` of a password.
 */
export function holdsLogin(value: unknown): boolean {
  if (typeof value !== "string" || !value.includes("@")) return false;
  return value
    .split(/[\r\n]+/)
    .some((line) => line.includes(":") && line.includes("@") && (holdsUrlLogin(line) || holdsBareLogin(line)));
}

function holdsUrlLogin(line: string): boolean {
  const lastAt = line.lastIndexOf("@");
  let nextAt = -1;
  let count = 0;
  for (let at = line.indexOf("://"); at >= 0 && at < lastAt; at = line.indexOf("://", at + 3)) {
    if (++count > MAX_URLS) return true;
    const begin = at + 3;
    const end = endOfAuthority(line, begin);
    if (nextAt < end) nextAt = line.indexOf("@", end);
    if (isLogin(schemeBefore(line, at), line.slice(begin, end), line, end, nextAt)) return true;
  }
  return /jdbc:oracle:\w{1,20}:[^/@\s]{1,100}\/[^@\s]{1,200}@/i.test(line);
}

/** Ends at a `/` at the latest, and so before the next `://`. */
function endOfAuthority(line: string, begin: number): number {
  AUTHORITY_END.lastIndex = begin;
  return AUTHORITY_END.exec(line)?.index ?? line.length;
}
const AUTHORITY_END = /[/?#\s]/g;

function schemeBefore(line: string, at: number): string {
  return /[a-z][a-z0-9+.-]*$/i.exec(line.slice(Math.max(0, at - 20), at))?.[0] ?? "";
}

/**
 * @param authority - what stands between `://` and the first of `/ ? #` and blank.
 * @param nextAt - position of the first `@` behind it, or -1.
 */
function isLogin(scheme: string, authority: string, line: string, end: number, nextAt: number): boolean {
  const at = authority.lastIndexOf("@");
  if (at >= 0 && isUserInfoSecret(scheme, authority.slice(0, at))) return true;
  // An "@" further on: of a password with slashes or blanks in it, or of a path that has an "@".
  if (nextAt < 0) return false;
  const host = authority.slice(at + 1);
  if ((authority === "" && line.charAt(end) === "/") || host.startsWith("[")) return false;
  const hasPort = host.includes(":");
  if (hasPort && !HOSTS.test(host)) return true;
  if (nextAt - end > MAX_REACH) return false;
  const between = line.slice(end, line.lastIndexOf("@", end + MAX_REACH));
  if (/:(?!\/\/)\S/.test(between)) return true;
  if (/\.|^localhost(?::|$)/i.test(host) || /["'<>]/.test(between)) return false;
  // A single word may be a host of this network or the beginning of a token: the lesser evil is to take it for the latter.
  if (/\s/.test(between)) return hasPort && /^\s\S*$/.test(between);
  return WEB.test(scheme) && !between.endsWith("/");
}

/** Hosts with ports, not user and password. */
const HOSTS = /^[^:,]*(?::\d*)?(?:,[^:,]*(?::\d*)?)*$/;

function isUserInfoSecret(scheme: string, info: string): boolean {
  const colon = info.indexOf(":");
  if (colon >= 0 && colon < info.length - 1) return true;
  const user = colon < 0 ? info : info.slice(0, colon);
  if (user === "" || NOBODY.test(user)) return false;
  if (USER_ONLY.test(scheme)) return user.length > 64;
  return WEB.test(scheme) || !PLAIN_USER.test(user);
}

/** What stands before a colon and is no user: `mailto:me@corp.com`, `serviceAccount:sa@project`, `npm:@scope/name@1`. */
const NO_USER =
  /^(?:mailto|sips?|xmpp|acct|im|urn|arn|e-?mail|to|cc|bcc|from|re|reply-to|contact|owner|group|domain|serviceaccount|principal|npm|pkg|jdbc|docker|image|oci|file|https?|\d{1,2})$/i;
/** An `@` after which no host stands: a digest of an image, a version. */
const NO_HOST = /^(?:sha\d+|md5|v?\d+\.\d+\.\d+(?:[-+][\w.-]*)?$)/i;

/** `user:password@host` without `scheme://`. */
function holdsBareLogin(line: string): boolean {
  const text = line.trim();
  if (/^(?:\/\/)?[\w.%+$\\-]*:(?![\s/])/.test(text) && /@[\w.[(-]+[^\s@]*$/.test(text.slice(-200)) && isBareLogin(text))
    return true;
  return line.split(/[\s,]+/).some((word) => word.includes("@") && isBareLogin(word));
}

function isBareLogin(given: string): boolean {
  if (given.includes("://")) return false;
  const word = given.replace(/^\/\//, ""); // a URL without its scheme
  const at = word.lastIndexOf("@");
  const begin = 1 + Math.max(-1, ...OPENING.map((mark) => word.lastIndexOf(mark, word.indexOf(":"))));
  const colon = word.indexOf(":", begin);
  if (colon < 0 || at <= colon + 1 || /["']/.test(word.charAt(colon - 1))) return false;
  const [user, password, host] = [word.slice(begin, colon), word.slice(colon + 1, at), word.slice(at + 1)];
  if (!/^[\w.%+@$\\-]*$/.test(user) || NO_USER.test(user) || !/^[\w[(]/.test(host) || NO_HOST.test(host)) return false;
  // `git@host:path` has its "@" before the colon; `registry.corp:5000/image@1` names a port.
  return !(user.includes(".") && /^\d{1,5}\//.test(password)) && !/^["'[{\\]/.test(password);
}

const OPENING = ['"', "'", "(", "[", "{", "<", "=", "|", ";"];
