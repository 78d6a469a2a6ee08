/** Beginnings, or whole forms, by which vendors make their tokens recognisable. */
const TOKENS = [
  "gh[oprsu]_\\w{10,}", // GitHub
  "github_pat_\\w{10,}",
  "gl(?:pat|dt|rt|cbt|ptt|ft|soat|oas|agent)-[\\w-]{10,}", // GitLab
  "xox[a-z]-[\\w-]{8,}", // Slack
  "xapp-[\\w-]{10,}",
  "pat-(?:na|eu)\\d-[\\w-]{6,}", // HubSpot
  "sk-[\\w-]{16,}", // OpenAI, Anthropic
  "[rs]k_(?:live|test)_\\w{10,}", // Stripe
  "AIza[\\w-]{30,}", // Google
  "ya29\\.[\\w-]{10,}",
  "GOCSPX-[\\w-]{10,}",
  "hv[sbr]\\.[\\w-]{8,}", // Vault
  "[sbr]\\.[A-Za-z0-9]{24}",
  "dapi[0-9a-f]{32}(?:-\\d)?", // Databricks
  "SG\\.[\\w-]{10,}\\.[\\w-]{10,}", // SendGrid
  "npm_\\w{20,}",
  "pypi-[\\w-]{16,}",
  "dckr_pat_[\\w-]{10,}",
  "shp(?:at|ca|pa|ss)_\\w{16,}", // Shopify
  "ATATT3[\\w=-]{10,}", // Atlassian
  "pul-[0-9a-f]{32,}", // Pulumi
  "hf_[A-Za-z0-9]{20,}", // Hugging Face
  "dop_v1_[0-9a-f]{16,}", // DigitalOcean
  "lin_api_\\w{10,}",
  "nvapi-[\\w-]{16,}",
  "glsa_\\w{16,}", // Grafana
  "dp\\.(?:pt|st|ct|sa)\\.[\\w.-]{10,}", // Doppler
  "tskey-[\\w-]{10,}", // Tailscale
  "AGE-SECRET-KEY-1\\w{10,}",
  "1//0[\\w-]{20,}", // Google, refresh
  "(?:ATCTT3|ATBB)[\\w=-]{16,}", // Atlassian, Bitbucket
  "dbt[cu]_[\\w=+/-]{16,}", // dbt Cloud
  "pscale_(?:pw|tkn|oauth)_[\\w.-]{16,}", // PlanetScale
  "(?:NRAK|PMAK|CFPAT|EZAK)-[\\w-]{16,}", // New Relic, Postman, Contentful, EasyPost
  "(?:whsec|gsk|r8|sntry[su]|figd|ntn|secret|rubygems|sbp|tgp|lsv2_(?:pt|sk)|pnu|sgp|xau)_[\\w+/=-]{20,}",
  "(?:pplx|xai)-\\w{20,}",
  "sq0[a-z]{3}-[\\w-]{16,}", // Square
  "key-[0-9a-f]{32}", // Mailgun
  "dt0[a-z]\\d{2}\\.\\w{10,}\\.\\w{10,}", // Dynatrace
  "(?:sk|tk)\\.eyJ[\\w-]{10,}", // Mapbox
  "ops_eyJ[\\w-]{20,}", // 1Password
  "do[or]_v1_[0-9a-f]{16,}",
  "\\w{10,20}\\.atlasv1\\.\\w{16,}", // Terraform
  "(?:IQoJ|FwoG|FQoG|AQoD|AgoJ)[A-Za-z0-9]{30,}", // AWS, session
  "eyJ[\\w-]{5,}\\.[\\w-]{5,}(?:\\.[\\w-]*)*", // JSON Web Token
];
const TOKEN = new RegExp(`^(?:${TOKENS.join("|")})`);
const PRIVATE_KEY = /---- ?-?BEGIN[A-Z0-9 ]{0,40} PRIVATE KEY|PuTTY-User-Key-File-\d/;
/** Base64 of `-----BEGIN` and of what follows it. */
const BASE64_PEM = /LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,60}/;
const AWS_KEY_ID = /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])/;

/** Whether a text holds a credential that is known by its own form. */
export function holdsToken(text: string): boolean {
  if (PRIVATE_KEY.test(text)) return true;
  const encoded = BASE64_PEM.exec(text)?.[0];
  if (encoded !== undefined && PRIVATE_KEY.test(Buffer.from(encoded, "base64").toString("latin1"))) return true;
  for (const [word] of text.matchAll(/[\w.-]{9,}|1\/\/0[\w-]{20,}/g)) if (TOKEN.test(word.replace(/^[.-]+/, ""))) return true;
  return holdsAwsSecret(text) || TELEGRAM.test(text);
}

const TELEGRAM = /(?<!\d)\d{8,10}:AA[\w-]{30,}/;

/** 40 characters of base64 beside the id of a key, or alone in a mixture that no word, path or hexadecimal digest has. */
function holdsAwsSecret(text: string): boolean {
  const hasKeyId = AWS_KEY_ID.test(text);
  if (!hasKeyId && text.trim().length !== 40) return false;
  for (const [run] of text.matchAll(/[A-Za-z0-9/+]{40,}/g))
    if (run.length === 40 && (hasKeyId || isMixed(run))) return true;
  return false;
}

function isMixed(run: string): boolean {
  const hasAll = /[A-Z]/.test(run) && /[a-z]/.test(run) && /\d/.test(run);
  return hasAll && !/^\/.*\/.*\//.test(run);
}

/** Addresses whose path is the secret: who knows it may post. */
const WEBHOOKS = new RegExp(
  [
    "hooks\\.slack(?:-gov)?\\.com/(?:services|workflows|triggers)",
    "discord(?:app)?\\.com/api/(?:v\\d{1,2}/)?webhooks",
    "\\.webhook\\.office(?:365)?\\.com/\\w{1,30}",
    "outlook\\.office(?:365)?\\.com/webhook",
    "hooks\\.zapier\\.com/hooks/\\w{1,30}",
    "api\\.telegram\\.org/(?:file/)?bot\\d{1,20}:",
    "hook\\.[\\w.]{1,20}make\\.com",
    "maker\\.ifttt\\.com/trigger/[^/\\s]{1,100}/(?:json/)?with/key",
    "events\\.pagerduty\\.com/integration",
    "webhook\\.site",
  ].join("|"),
  "i",
);
/** The same of any host: `/hooks/`, `/webhook/`, `/incomingwebhook/` and then something that is no word. */
const ANY_HOOK =
  /\/(?:[a-z]{0,12}[-_]?(?:web)?hooks?|open-apis\/bot\/v\d\/hook)\/(?:[\w-]{1,40}\/){0,3}([\w-]{8,200})/gi;

/** A key in a URL's query, under a name that says nothing elsewhere. */
const KEY_IN_QUERY = /[?&](?:key|code)=[\w%+/=-]{20,}/;

/** Whether a text has the address of an incoming webhook, with the part that is its secret. */
export function holdsWebhook(text: string): boolean {
  if (!text.includes("/")) return false;
  const known = WEBHOOKS.exec(text);
  if (known) {
    const end = known.index + known[0].length;
    if (/^\/?[^\s"'?#]{5,}/.test(text.slice(end, end + 100))) return true;
  }
  if (KEY_IN_QUERY.test(text)) return true;
  for (const { 1: last = "" } of text.matchAll(ANY_HOOK)) if (/\d/.test(last) && /[a-z]/i.test(last)) return true;
  return false;
}
