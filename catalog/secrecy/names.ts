import { catalog, withoutFormPrefix } from "../connection-types";

/**
 * What a name says about its value. `hard`: whatever it is, it is secret. `soft`: texts, lists and objects are; a
 * number, a boolean, an empty list are not. `open`: the value itself decides.
 */
export type NameVerdict = "hard" | "soft" | "open";

/** Alternatives of a pattern. In names the words are joined by `_`, which people also leave out: `account_?key`. */
const anyOf = (list: string): string => `(?:${list.trim().split(/\s+/).join("|")})`;

/** What is in front of `key` when that is a secret: not `primary_key`, `sort_key`, `public_key`, `host_key`. */
const KEY = `${anyOf(`
  access account api app application deploy encryption fernet functions? genie hmac ingest licen[cs]e master private sas
  secret service
  shared signing storage subscription symmetric write
`)}_?key`;

/** What "password" is called elsewhere, and short for it. */
const PASSWORD = `
  pwd pw psw pswd passw passwort kennwort contrase(?:ñ|n|nh)a senha mot_?de_?passe mdp wachtwoord has[lł]o parola пароль
  密码 密碼 パスワード 비밀번호
`;

const COMMON = `
  ${PASSWORD} jaas credentials? creds pat sas t?otp jwt conn(?:ection)?_?str(?:ing)? auth_user_info kube_?config
  key_?file_(?:dict|json) (?:client|rsa|server|ssl|tls)_?key_${anyOf("b64 base64 content data pem text")}
`;

/** Names, and ends of names, of what is a secret and nothing else. */
const HARD = new RegExp(
  `(?:^|_)${anyOf(`
    ${COMMON} ${KEY} pass pass_?(?:wd|word|phrase|code) (?:user|db|ssh|smtp|ftp|mail)pass secrets? sig(?:nature)? token
    pin pin_code salt hmac seed_phrase mnemonic (?:recovery|backup)_codes? assertion bearer authorization auth_header auth_key webhook_?url key_json
  `)}$|${anyOf("password passwd pwd passphrase secret token")}$`,
);

/** Parts of names that say the same, less surely: `sasl_jaas_config`, `http_headers`, `private_key_content`. */
const SOFT = new RegExp(
  `(?:^|_)${anyOf(`${COMMON} ${KEY} (?:client|session|ssh)_?key cookies? keytab_${anyOf("b64 base content data")} pfx pkcs p12`)}(?:_|$)` +
    `|(?:^|_)(?:auth|headers)$`,
);

/** Last words of names that tell where a secret is, or something about it: `private_key_file`, `proxy_host`, `token_url`. */
const ABOUT = new RegExp(
  `_${anyOf(`
    alg algorithm arn audience backend bypass class cmd column command context count days dir directory disabled domain duration email
    enabled encoding endpoint engine expiration expires expiry field file filename files folder format generation grace
    handler hint host hostname hours interval issuer kind label length lifetime limit location manager max mechanism method
    min minutes mode module names? namespace param parameter paths? policy port prefix principal project project_id provider
    realm ref reference region required retries roles? rotation rules? scopes? seconds service size source store strategy strength
    suffix timeout ttl types? uri url usage user username validation validity version vault
  `)}$|(?:^|_)${anyOf("private_key_id public_(?:\\w+_)?key tokenizers? secretary signed_headers")}$`,
);

/** What is a secret although its last word says otherwise: whoever knows such an address may use it. */
const CAPABILITY = /(?:hook|(?:^|_)(?:sas|signed|presigned|conn|connection|dsn|secret))_(?:url|uri|endpoint)$/;

/** A first word that makes a question of the name: `use_token`, `has_password`, `no_proxy`. */
const QUESTION = new RegExp(
  `^${anyOf(`
    allows? auto can check disable enable force has hide ignore include is needs? no requires? send show skip uses? validate
    verify with without
  `)}_`,
);

/**
 * What a key of `extra`, at any depth, says about its value: Airflow's own sensitive names in any release from 2.11 on,
 * and more of that kind, in any spelling (`apiKey`, `api-key`, `extra__http__api_key`).
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/mask-sensitive-values.html
 */
export function judgeName(name: string): NameVerdict {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const verdict = judge(withoutFormPrefix(name));
  // A hostile text may hold any number of names; the usual ones come first.
  if (remembered.size < 5_000 && name.length < 100) remembered.set(name, verdict);
  return verdict;
}

const remembered = new Map<string, NameVerdict>();

function judge(name: string): NameVerdict {
  const words = wordsOf(name.slice(-300));
  const isHard = HARD.test(words);
  if (!isHard && !SOFT.test(words) && !isMaskedByAirflow(name)) return "open";
  if (CAPABILITY.test(words)) return "hard";
  if (ABOUT.test(words)) return "open";
  return isHard && !QUESTION.test(words) ? "hard" : "soft";
}

/** `basicAuth.userInfo2` is `basic_auth_user_info`. Linear: looks at each place once. */
function wordsOf(name: string): string {
  return name
    .split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|[^\p{L}\p{N}]+/u)
    .map((word) => word.toLowerCase().replace(/(?<=\p{L}{3})\d{1,4}$/u, ""))
    .filter((word) => word !== "")
    .join("_");
}

/** As Airflow's masker looks at names. 3.x folds every run of non-word characters into `_`; 2.x does not, and hides less. */
function isMaskedByAirflow(name: string): boolean {
  const folded = name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, "_");
  return catalog().sensitiveNames.some((sensitive) => folded.includes(sensitive));
}
