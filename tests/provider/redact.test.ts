import { expect } from "chai";
import fc from "fast-check";
import { inspect } from "node:util";
import sinon from "sinon";
import { MASK, MAX_JUDGED_CHARACTERS, redact, redactedCause, redactText } from "../../provider/redact";

const SECRET = "canary-9d4c0f2e";
/** As vendors make them, none of them real. */
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl-_";
const AWS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SESSION = "IQoJb3JpZ2luX2VjEJ3//////////wEaCWV1LXdlc3QtMSJH+abc/def==";
const ACCESS = "AKIAIOSFODNN7EXAMPLE";

/** What is said, and what is left of it. */
const CASES: [said: string, kept: string][] = [
  // User information in URLs
  [`connect to https://admin:${SECRET}@vault:8200/v1 failed`, `connect to https://${MASK}@vault:8200/v1 failed`],
  [`postgres://${SECRET}@db/dw`, `postgres://${MASK}@db/dw`],
  [`postgres://etl:a@b/${SECRET}@db/dw refused`, `postgres://${MASK}@db/dw refused`],
  [`mongodb://svc@corp.com:${SECRET}@db/x`, `mongodb://${MASK}@db/x`],
  [`https://user:pass ${SECRET}@db refused`, `https://${MASK}@db refused`],
  [`https://user:"${SECRET}"@db`, `https://${MASK}@db`],
  [`clone https://${SECRET}@github.com/acme/x.git`, `clone https://${MASK}@github.com/acme/x.git`],
  [`from a://u:${SECRET}@b to c://u:${SECRET}@d`, `from a://${MASK}@b to c://${MASK}@d`],
  [`Get "https://u:${SECRET}@h/": EOF`, `Get "https://${MASK}@h/": EOF`],
  [`dial etl:${SECRET}@db.internal:5432`, `dial etl:${MASK}@db.internal:5432`],
  [`jdbc:postgresql://db/x?user=u&password=${SECRET}`, `jdbc:postgresql://db/x?user=u&password=${MASK}`],
  // Headers
  [`Authorization: Bearer ${SECRET}`, `Authorization: Bearer ${MASK}`],
  [`authorization: basic ${SECRET}==`, `authorization: basic ${MASK}`],
  [`Authorization: ${SECRET}`, `Authorization: ${MASK}`],
  [`{"authorization":"Bearer ${SECRET}"}`, `{"authorization":"Bearer ${MASK}"}`],
  [`Proxy-Authorization: Basic ${SECRET}`, `Proxy-Authorization: Basic ${MASK}`],
  [`sent Basic dXNlcjpwYXNz twice`, `sent Basic ${MASK} twice`],
  [`sent bearer ${SECRET}.`, `sent bearer ${MASK}`],
  [`X-Vault-Token: ${SECRET} refused`, `X-Vault-Token: ${MASK} refused`],
  [`X-Auth-User: ${SECRET}`, `X-Auth-User: ${MASK}`],
  [`X-Api-Key: ${SECRET}`, `X-Api-Key: ${MASK}`],
  [`Cookie: session=${SECRET}; theme=${SECRET}`, `Cookie: ${MASK}`],
  [`set-cookie: sid=${SECRET}; Path=/`, `set-cookie: ${MASK}`],
  // Names and values
  [`password=${SECRET}`, `password=${MASK}`],
  [`password = '${SECRET}' is wrong`, `password = '${MASK}' is wrong`],
  [`PASSWORD: ${SECRET}`, `PASSWORD: ${MASK}`],
  [`passwd=${SECRET}&a=1`, `passwd=${MASK}&a=1`],
  [`Uid=u;Pwd=${SECRET};Server=h`, `Uid=u;Pwd=${MASK};Server=h`],
  [`password=a&b;c,${SECRET} x`, `password=${MASK} x`],
  [`passphrase => "${SECRET}"`, `passphrase => "${MASK}"`],
  [`login with password "${SECRET}" failed`, `login with password "${MASK}" failed`],
  [`the token is '${SECRET}'`, `the token is '${MASK}'`],
  [`user=u pass=${SECRET}`, `user=u pass=${MASK}`],
  [`GET /x?token=${SECRET}&a=1`, `GET /x?token=${MASK}&a=1`],
  [`{"token":"${SECRET}"}`, `{"token":"${MASK}"}`],
  [`{"password":"a\\"${SECRET}","a":1}`, `{"password":"${MASK}","a":1}`],
  [`body "{\\"token\\":\\"${SECRET}\\",\\"a\\":1}"`, `body "{\\"token\\":\\"${MASK}\\",\\"a\\":1}"`],
  [`?access_token=${SECRET}&x=1`, `?access_token=${MASK}&x=1`],
  [`refresh_token=${SECRET}`, `refresh_token=${MASK}`],
  [`role_id=r secret_id=${SECRET}`, `role_id=r secret_id=${MASK}`],
  [`client_id=c&client_secret=${SECRET}`, `client_id=c&client_secret=${MASK}`],
  [`clientSecret: ${SECRET}`, `clientSecret: ${MASK}`],
  [`AccountName=a;AccountKey=${SECRET}==;EndpointSuffix=x`, `AccountName=a;AccountKey=${MASK};EndpointSuffix=x`],
  [`Endpoint=sb://x/;SharedAccessKey=${SECRET}=`, `Endpoint=sb://x/;SharedAccessKey=${MASK}`],
  [`SharedAccessSignature=${SECRET}`, `SharedAccessSignature=${MASK}`],
  [
    `https://a.blob.core.windows.net/c?sv=2020&sig=${SECRET}&se=1`,
    `https://a.blob.core.windows.net/c?sv=2020&sig=${MASK}&se=1`,
  ],
  [`api_key: ${SECRET}`, `api_key: ${MASK}`],
  [`private_key="${SECRET}"`, `private_key="${MASK}"`],
  [`credentials="${SECRET}"`, `credentials="${MASK}"`],
  [`card refused, pin=${SECRET}`, `card refused, pin=${MASK}`],
  [`{"otp":"${SECRET}","otp_code":"${SECRET}"}`, `{"otp":"${MASK}","otp_code":"${MASK}"}`],
  [`/login;jsessionid=${SECRET}`, `/login;jsessionid=${MASK}`],
  [`expired session_id=${SECRET}`, `expired session_id=${MASK}`],
  [`aws_secret_access_key = ${SECRET}`, `aws_secret_access_key = ${MASK}`],
  [`x required username="u" password="${SECRET}";`, `x required username="u" password="${MASK}";`],
  [`config[password]=${SECRET}`, `config[password]=${MASK}`],
  // Flags
  [`vault login --token ${SECRET} --address x`, `vault login --token ${MASK} --address x`],
  [`--password "${SECRET}"`, `--password "${MASK}"`],
  [`--db-password=${SECRET} -v`, `--db-password=${MASK} -v`],
  [`--client-secret ${SECRET}`, `--client-secret ${MASK}`],
  [`curl -u admin:${SECRET} https://h`, `curl -u admin:${MASK} https://h`],
  // AWS
  [
    `AWS4-HMAC-SHA256 Credential=AKIA${SECRET}/20260101/eu, SignedHeaders=host, Signature=${SECRET}`,
    `AWS4-HMAC-SHA256 Credential=${MASK}, SignedHeaders=host, Signature=${MASK}`,
  ],
  [
    `https://s3/x?X-Amz-Security-Token=${SECRET}&X-Amz-Signature=${SECRET}`,
    `https://s3/x?X-Amz-Security-Token=${MASK}&X-Amz-Signature=${MASK}`,
  ],
  [`key ${ACCESS} is disabled`, `key ${MASK} is disabled`],
  [`got ${AWS_KEY} for it`, `got ${MASK} for it`],
  [`session ${SESSION} has expired`, `session ${MASK} has expired`],
  // What shows by itself
  [`rejected ${JWT} at /x`, `rejected ${MASK} at /x`],
  [`bad token hvs.CAESI${SECRET}, log in`, `bad token ${MASK}, log in`],
  ["hvb.AAAAAQJz0zBvWUNOIKTkDhY and hvr.AAAAAQJz0zBvWUNOIKTkDhY", `${MASK} and ${MASK}`],
  ["old s.iyNUhq8Ov4hIAx6snw5mB2nL token", `old ${MASK} token`],
  ["in ns s.iyNUhq8Ov4hIAx6snw5mB2nL.abcde", `in ns ${MASK}`],
  ["ghp_16C7e42F292c6912E7710c838347Ae178B4a", MASK],
  ["github_pat_11ABCDEFG0abcdefghijklmnop", MASK],
  ["xoxb-123456789012-abcdefABCDEF", MASK],
  ["https://hooks.slack.com/services/T0/B0/XXXXXXXX", `https://hooks.slack.com/services/${MASK}`],
  ["AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", MASK],
  ["ya29.a0AfH6SMBx-abcdef_0123", MASK],
  ["GOCSPX-abcdefghij_klmnop", MASK],
  [`-----BEGIN PRIVATE KEY-----\\nMIIE${SECRET}\\n-----END PRIVATE KEY----- end`, `${MASK} end`],
  [`key -----BEGIN RSA PRIVATE KEY----- ${SECRET}`, `key ${MASK}`],
  // What no pattern of a message knows, and the rules for fields do
  [`kennwort=${SECRET}`, MASK],
  [`got ?auth=${SECRET}, twice`, `got ${MASK}, twice`],
  [`<password>${SECRET}</password>`, MASK],
  [`https://discord.com/api/webhooks/1/${SECRET}`, MASK],
  [`dbtc_Zq7Zq7Zq7Zq7Zq7Zq7 is no token`, `${MASK} is no token`],
  // Words behind words
  [`mysql -u root -p${SECRET} dw`, `mysql -u root -p${MASK} dw`],
  [`sshpass -p ${SECRET} ssh h`, `sshpass -p ${MASK} ssh h`],
  [`CREATE USER u IDENTIFIED BY '${SECRET}'`, `CREATE USER u IDENTIFIED BY '${MASK}'`],
  [`set PASSWORD ${SECRET}`, `set PASSWORD ${MASK}`],
  [`bad token ${SECRET}.`, `bad token ${MASK}.`],
  [`--pass ${SECRET}`, `--pass ${MASK}`],
  [`sent ApiKey ${SECRET}`, `sent ApiKey ${MASK}`],
  [`---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----${SECRET}`, MASK],
  // Beyond the first line
  [`HTTP 400\n{"data":"${SECRET}"}`, "HTTP 400"],
  [`HTTP 400\r{"data":"${SECRET}"}`, "HTTP 400"],
];

/** Not secrets; a message without them helps nobody. */
const ORDINARY = [
  "GET https://vault.internal:8200/v1/secret/data/airflow: connect ECONNREFUSED 10.0.0.1:8200",
  'secrets "airflow-connections" is forbidden: User "ana" cannot get resource "secrets" in the namespace "prod"',
  "password authentication failed for user etl",
  "spin=up the pinned=3.2 pods; session: closed",
  "Basic authentication failed; Bearer token expired",
  "secretName=airflow-connections token_url=https://idp/x password_file=/run/p",
  "could not load credentials: set AWS_PROFILE or AWS_REGION",
  "arn:aws:iam::123456789012:role/airflow is not authorized to perform: secretsmanager:GetSecretValue",
  "commit 88457d7c0ffee88457d7c0ffee88457d7c0ffee8 of a tree",
  "uid 1621d730-e1c9-4335-97db-8846588b034f at revision 4711",
  'Secret "airflow-connections" is invalid: data: Too long: must have at most 1048576 bytes',
  'Apply failed with 1 conflict: managed by "kubectl-client-side-apply"',
  "token expired; password expired 3 days ago, token rotated",
  "SignedHeaders=host;x-amz-date not signed",
  "proxy http://proxy:3128 refused for ana (see https://docs/x#y)",
];

describe("redact", () => {
  it("has a table of some size", () => expect(CASES.length).to.be.at.least(60));

  for (const [said, kept] of CASES)
    it(`${said.replaceAll(SECRET, "…")}: in a text, in an error's message and in a cause`, () => {
      expect(redactText(said)).to.equal(kept);
      expect(redact(said)).to.equal(kept);
      expect(redact(new TypeError(said))).to.equal(`TypeError: ${kept}`);
      const cause = redactedCause(Object.assign(new Error(said), { response: { body: SECRET } }));
      expect(cause.message).to.equal(`Error: ${kept}`);
      expect(inspect(cause, { depth: 9 }), "all that Pulumi could print").not.to.contain(SECRET);
    });

  for (const text of ORDINARY) it(`leaves alone: ${text}`, () => expect(redactText(text)).to.equal(text));

  it("names the class and the code of an error", () => {
    const refused = Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" });
    expect(redact(refused)).to.equal("Error ECONNREFUSED: connect refused");
    expect(redact(Object.assign(new RangeError("no"), { code: 403 }))).to.equal("RangeError 403: no");
    expect(redact(Object.assign(new Error("no"), { code: { token: SECRET } }))).to.equal("Error: no");
    expect(redact(Object.assign(new Error("no"), { code: `token ${SECRET}` }))).to.equal("Error: no");
    expect(redact(Object.assign(new Error("no"), { name: `password=${SECRET}` }))).to.equal(`password=${MASK}: no`);
  });

  it("says nothing of what is neither an error nor text", () => {
    for (const thrown of [undefined, null, 7, { message: SECRET }, [SECRET]])
      expect(redact(thrown), typeof thrown).to.equal("unknown error");
  });

  it("cuts long lines, and never shows how long a secret is", () => {
    expect(redactText("xy ".repeat(5_000))).to.have.lengthOf(300);
    expect(redactText(`token=${"a".repeat(9)}`)).to.equal(redactText(`token=${"a".repeat(90)}`));
    expect(redactText(`at https://user:${"a".repeat(9_000)}@host`)).to.equal(`at ${MASK}`);
  });
});

describe("redact, whatever it is given", () => {
  /** Of letters and digits, as most secrets are, with what people do not escape in between. */
  const secret = fc
    .tuple(fc.stringMatching(/^[A-Za-z0-9]{8,24}$/), fc.constantFrom("", "&", ";", ",", "/", "+", "=", "%", ":", "!"))
    .map(([text, mark]) => `CANARY${mark}${text}`);
  const filler = fc.stringMatching(/^[a-z .]{0,20}$/);
  const forms: Record<string, (secret: string) => string> = {
    url: (value) => `https://user:${value}@host/path`,
    "token in a url": (value) => `https://${value}@host/path`,
    "url with spaces": (value) => `https://user:a ${value}@host/path`,
    query: (value) => `GET /x?a=1&access_token=${value}&b=2`,
    "connection string": (value) => `Server=h;Pwd=${value};Uid=u`,
    assignment: (value) => `password=${value}`,
    yaml: (value) => `client_secret: ${value}`,
    json: (value) => `{"a":1,"secret_id":${JSON.stringify(value)},"b":"c"}`,
    "json in json": (value) => JSON.stringify({ body: JSON.stringify({ api_key: value }) }),
    flag: (value) => `--token ${value} --other`,
    "flag with =": (value) => `--password=${value}`,
    header: (value) => `Authorization: Bearer ${value}`,
    "vault header": (value) => `"X-Vault-Token": "${value}"`,
    cookie: (value) => `Cookie: sid=${value}`,
    sas: (value) => `?sv=1&sig=${value}`,
    pem: (value) => `-----BEGIN EC PRIVATE KEY-----${value}-----END EC PRIVATE KEY-----`,
    "bare login": (value) => `login:${value}@host`,
  };

  for (const [form, plant] of Object.entries(forms))
    it(`lets no secret through: ${form}`, () => {
      fc.assert(
        fc.property(filler, secret, filler, (before, value, after) => {
          expect(redactText(`${before} ${plant(value)} ${after}`)).not.to.contain("CANARY");
        }),
      );
    });

  /** Pieces that the expressions look for, in any order. */
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(...CASES.map(([said]) => said)),
      fc.constantFrom(
        "://",
        "@",
        "password",
        "=",
        ":",
        '"',
        "\\",
        " ",
        "Bearer",
        "eyJ",
        "-----BEGIN X-----",
        "--",
        MASK,
      ),
      fc.string({ maxLength: 12 }),
      fc.stringMatching(/^[A-Za-z0-9+/]{36,44}$/),
    ),
    { maxLength: 30 },
  );

  it("changes nothing more the second time", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const once = redactText(parts.join(""));
        expect(redactText(once)).to.equal(once);
      }),
      { numRuns: 2_000 },
    );
  });

  const LONG = [
    "a",
    "a.",
    "a://",
    "a:",
    "eyJ",
    "-",
    "--token ",
    "password",
    "password=",
    '"',
    "\\",
    " ",
    "@",
    "x@y:",
    "A1b/",
  ];
  for (const piece of LONG)
    it(`runs its expressions over a few thousand characters of a million: ${JSON.stringify(piece)}`, () => {
      const text = piece.repeat(1_000_000 / piece.length);
      let longest = 0;
      const replace = sinon.stub(String.prototype, "replace").callsFake(function (this: string, ...args: unknown[]) {
        longest = Math.max(longest, this.length);
        return Reflect.apply(replace.wrappedMethod, this, args) as string;
      } as typeof String.prototype.replace);
      try {
        redactText(text);
      } finally {
        replace.restore();
      }
      expect(longest).to.be.within(1, MAX_JUDGED_CHARACTERS * 2);
    });
});
