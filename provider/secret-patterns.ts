/** Fixed-length mask: the length of a secret says something about it. */
export const MASK = "********";

/**
 * Every expression begins with a letter or mark of its own, or only where a word does, and repeats nothing that it could
 * divide in several ways: the time taken grows with the text, not with its square.
 */

/** What a secret is given as. `pass` and `pw` are whole words only: they are inside too many others. */
const NAMES = [
  "pass(?:words?|wd|phrase|code)",
  "pwd",
  "(?<![a-z])(?:pass|pw)",
  "secrets?",
  "secret[_ -]?(?:id|(?:access[_ -]?)?key)",
  "tokens?",
  "(?:api|account|access|private|signing|encryption|master|subscription|license|fernet)[_ -]?keys?(?:[_-]?id)?",
  "(?<![a-z])x-auth(?:-[a-z]{1,20})?",
];
/** Said of other things as well: secrets only where they are plainly set. */
const SET_NAMES = [
  "signature",
  "(?<![a-z])sig",
  "credentials?(?:[_-]?[a-z]{0,12})?",
  "(?<![a-z])(?:pin|otp)(?:[_-]?code)?",
  "session[_-]?(?:id|key)",
];
/** What makes a name one of something that is no secret: `password_file=…`, `secretName: …`. */
const NOT_THE_SECRET =
  "(?!s?[_-]?(?:names?|ur[il]s?|endpoints?|types?|files?|paths?|versions?|stores?|managers?|refs?)\\b)";
const LAST_OF_NAME = "(?:[_-]?[a-z]{0,12})?";
/** In JSON within JSON, quotes are written with backslashes. */
const SET = `\\s{0,4}(?:=>|:?=)\\s{0,4}|[\\\\"'\\]]{1,4}\\s{0,4}[:=]\\s{0,4}`;
const SET_OR_SAID = `${SET}|\\s{0,4}:\\s{0,4}`;
/**
 * In quotes up to the closing one; else up to white space, or the next `name=` of a query or connection string: people do
 * not escape `&`, `;` and `,` in a password.
 */
const VALUE =
  `(?:\\\\{1,3}"(?:(?!\\\\{1,3}")[^\\r\\n])*` +
  `|"(?:\\\\.|[^"\\\\])*|'(?:\\\\.|[^'\\\\])*` +
  `|(?:(?![&;,][\\w.-]{1,40}=|[,;](?:\\s|$)|["'](?:[\\s,;:)}\\]]|$))\\S)+)`;
const OPENING = /^(?:\\{1,3})?["']/;

const NAMED = [
  new RegExp(`((?:${NAMES.join("|")})${NOT_THE_SECRET}${LAST_OF_NAME}(?:${SET_OR_SAID}))(${VALUE})`, "gi"),
  new RegExp(`((?:${SET_NAMES.join("|")})(?:${SET}))(${VALUE})`, "gi"),
];
/** `password "x"`, `token 'x'`; not `secrets "x"`, which Kubernetes says of a Secret's name. */
const NAMED_IN_QUOTES = /((?:password|passphrase|passwd|pwd|token)\s{1,4}(?:is\s{1,4}|was\s{1,4})?)("[^"]*|'[^']*)/gi;
/** `--token x`; with `=` it is a name like others. */
const FLAG = new RegExp(
  `(--[a-z-]{0,30}(?:password|passphrase|passwd|pwd|token|secret|key|credentials)[a-z-]{0,20}\\s{1,4})(?!-)(${VALUE})`,
  "gi",
);
/** `--pass x`, `--auth x`: whole words only, as above. */
const SHORT_FLAG = new RegExp(`((?<!\\S)--(?:pass|auth)\\s{1,4})(?!-)(${VALUE})`, "gi");
/** `sshpass -p x`, `mysql -u root -px`. */
const ONE_LETTER = /(\bsshpass\s{1,4}-p\s{0,4}|\bmysql\w{0,8}\s[^|;&]{0,200}?(?<=\s)-p)([^\s$-]\S*)/gi;
/** What SQL says before a password. */
const IDENTIFIED = /(\bidentified\s{1,4}by\s{1,4})("[^"]*|'[^']*|[^\s"']+)/gi;
/** `token a1b2c3d4`: no word of prose has digits among its letters. */
const SAID =
  /((?<![\w-])(?:\w{0,20}_)?(?:password|passphrase|passwd|pass|pwd|token|api[_ -]?key|secret[_ -]?key)\s{1,4}(?:is\s{1,4}|was\s{1,4})?)(?=[^\s"'=:/]{0,40}\d)(?=[^\s"'=:/]{0,40}[a-z])([^\s"'=:/]{7,}[^\s"'=:/.,;)])/gi;
const CURL_USER = /((?<!\S)(?:-u|--user)[\s=]{1,4}[^\s:]{1,100}:)([^\s"']+)/g;
const AUTHORIZATION = new RegExp(
  `(authorization[\\\\"']{0,4}\\s{0,4}[:=]\\s{0,4}[\\\\"']{0,4}(?:(?:bearer|basic|digest|token|negotiate|apikey|aws4-hmac-sha256)\\s{1,4})?)(${VALUE})`,
  "gi",
);
const COOKIE = /((?:set-)?cookie[\\"']{0,4}\s{0,4}[:=]\s{0,4})(\S.*)/gi;
/** `Basic authentication failed` and `Bearer token expired` are said of no secret. */
const SCHEME =
  /(\b(?:bearer|basic|apikey|geniekey|negotiate)\s{1,4}["']?)(?!(?:auth\w*|credentials?|tokens?|realm\w*|access|login)(?![\w+/=.-]))([A-Za-z0-9._~+/=-]{6,})/gi;
const PEM = /-{4,5} ?BEGIN [A-Z0-9 ]{1,40}-{4,5}(?:(?!-{4,5} ?END ).)*(?:-{4,5} ?END [A-Z0-9 ]{1,40}-{4,5})?/g;
const BARE_LOGIN = /((?<![\w.@/-])[\w.-]{1,64}:)(?!\/\/)([^\s@]{1,200}(?=@[\w.[-]))/g;

/** Secrets that show by themselves what they are. */
const TOKENS = [
  /(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g, // JSON Web Tokens
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}/g, // AWS access keys
  // AWS secret access keys; a digest in hexadecimal digits has no capitals beside small letters
  /(?<![A-Za-z0-9/+=_.-])(?=[^a-z\s]{0,39}[a-z])(?=[^A-Z\s]{0,39}[A-Z])(?=[^0-9\s]{0,39}[0-9])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])/g,
  /(?<![A-Za-z0-9/+])(?:IQoJ|FwoG|FQoG|AQoD|AgoJ)[A-Za-z0-9/+=]{16,}/g, // AWS session tokens
  /(?<![A-Za-z0-9])hv[sbr]\.[\w-]{8,}/g, // Vault
  /(?<![\w.-])[sbr]\.[A-Za-z0-9]{24}(?:\.[A-Za-z0-9]{4,8})?(?![\w-])/g, // Vault before 1.10
  /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|gl[a-z]{2,6}-[\w-]{16,})/g, // GitHub, GitLab
  /(?<![A-Za-z0-9])(?:xox[a-z]|xapp)-[A-Za-z0-9-]{8,}/g, // Slack
  /(?<=hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]+/g,
  /(?<![\w-])(?:AIza[\w-]{30,}|ya29\.[\w.-]{10,}|GOCSPX-[\w-]{10,}|1\/\/0[\w-]{20,})/g, // Google
  /(?<![A-Za-z0-9])(?:[srp]k_(?:live|test)_\w{10,}|sk-[\w-]{20,}|npm_\w{30,}|pypi-[\w-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|dapi[0-9a-f]{32}|pul-[0-9a-f]{40}|hf_[A-Za-z0-9]{30,}|dop_v1_[0-9a-f]{40,})/g,
];

/** What comes before a secret, and the secret; in this order. */
const PLACES = [
  COOKIE,
  AUTHORIZATION,
  ...NAMED,
  NAMED_IN_QUOTES,
  FLAG,
  SHORT_FLAG,
  ONE_LETTER,
  IDENTIFIED,
  SAID,
  CURL_USER,
  SCHEME,
  BARE_LOGIN,
];

/** A line with a mask in place of each secret that shows by its form or its name. */
export function maskSecrets(line: string): string {
  const withoutUserInfo = maskUserInfo(line.replace(PEM, MASK));
  const withoutNamed = PLACES.reduce((text, place) => text.replace(place, maskValue), withoutUserInfo);
  return TOKENS.reduce((text, token) => text.replace(token, MASK), withoutNamed);
}

/** Keeps the quote that opens a value; the closing one was not matched. */
function maskValue(_all: string, before: string, value: string): string {
  return before + (OPENING.exec(value)?.[0] ?? "") + MASK;
}

/** Masks what stands before the host of URLs: up to the last `@` of the word, for people do not escape `/` and `@`. */
function maskUserInfo(line: string): string {
  let masked = "";
  let done = 0;
  for (let mark = line.indexOf("://"); mark >= 0; mark = line.indexOf("://", done)) {
    const start = mark + "://".length;
    const end = userInfoEnd(line, start);
    masked += end === undefined ? line.slice(done, start) : line.slice(done, start) + MASK;
    done = end ?? start;
    // What is left of the word holds no other user-info, whatever marks it has: each word is looked at once.
    const next = end ?? wordEnd(line, start);
    masked += line.slice(done, next);
    done = next;
  }
  return masked + line.slice(done);
}

/** Where the `@` is that ends the user-info of a URL whose `//` ends at `start`, if it has any. */
function userInfoEnd(line: string, start: number): number | undefined {
  const word = line.slice(start, wordEnd(line, start));
  const inWord = word.lastIndexOf("@");
  if (inWord >= 0) return start + inWord;
  // A space in the password: `user:` that is not followed by a port, and an `@` before the next URL.
  if (!/^[^\s/@:]{1,100}:(?!\d{1,5}(?:[/?#\s"'.,;:)]|$))/.test(word)) return undefined;
  const following = line.indexOf("://", start);
  const rest = line.slice(start, following < 0 ? undefined : following);
  const inRest = rest.lastIndexOf("@");
  return inRest < 0 ? undefined : start + inRest;
}

function wordEnd(line: string, start: number): number {
  const length = line.slice(start).search(/\s/);
  return length < 0 ? line.length : start + length;
}
