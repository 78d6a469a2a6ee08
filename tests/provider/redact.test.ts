import { expect } from "chai";
import { inspect } from "node:util";
import { MASK, redact, redactedCause, redactText } from "../../provider/redact";

const SECRET = "canary-9d4c0f2e";

describe("redact", () => {
  const texts = [
    {
      what: "user-info of a URL",
      text: `connect to https://admin:${SECRET}@vault:8200/v1 failed`,
      kept: `connect to https://${MASK}@vault:8200/v1 failed`,
    },
    {
      what: "a user without password",
      text: `postgres://${SECRET}@db/dw`,
      kept: `postgres://${MASK}@db/dw`,
    },
    {
      what: "a password with an unescaped @ and /",
      text: `postgres://etl:a@b/${SECRET}@db/dw refused`,
      kept: `postgres://${MASK}@db/dw refused`,
    },
    { what: "a bearer token", text: `Authorization: Bearer ${SECRET}`, kept: `Authorization: Bearer ${MASK}` },
    { what: "basic authentication", text: `authorization: basic ${SECRET}==`, kept: `authorization: basic ${MASK}` },
    { what: "a Vault header", text: `X-Vault-Token: ${SECRET} refused`, kept: `X-Vault-Token: ${MASK} refused` },
    { what: "a Vault token alone", text: `bad token hvs.CAESI${SECRET}, log in`, kept: `bad token ${MASK}, log in` },
    { what: "a token in a query", text: `GET /x?token=${SECRET}&a=1`, kept: `GET /x?token= ${MASK}&a=1` },
    { what: "a token in JSON", text: `{"token":"${SECRET}"}`, kept: `{"token": ${MASK}"}` },
    {
      what: "an AWS signature",
      text: `AWS4-HMAC-SHA256 Credential=AKIA${SECRET}/20260101/eu, SignedHeaders=host, Signature=${SECRET}`,
      kept: `AWS4-HMAC-SHA256 Credential=${MASK}, SignedHeaders=host, Signature=${MASK}`,
    },
    {
      what: "a presigned URL",
      text: `https://s3/x?X-Amz-Security-Token=${SECRET}&X-Amz-Signature=${SECRET}`,
      kept: `https://s3/x?X-Amz-Security-Token=${MASK}&X-Amz-Signature=${MASK}`,
    },
    { what: "a body after the first line", text: `HTTP 400\n{"data":"${SECRET}"}`, kept: "HTTP 400" },
    { what: "a body after a carriage return", text: `HTTP 400\r{"data":"${SECRET}"}`, kept: "HTTP 400" },
  ];

  for (const { what, text, kept } of texts)
    it(`${what}: in a text, in an error's message and in a cause`, () => {
      expect(redactText(text)).to.equal(kept);
      expect(redact(text)).to.equal(kept);
      expect(redact(new TypeError(text))).to.equal(`TypeError: ${kept}`);
      const cause = redactedCause(Object.assign(new Error(text), { response: { body: SECRET } }));
      expect(cause.message).to.equal(`Error: ${kept}`);
      expect(inspect(cause, { depth: 9 }), "all that Pulumi could print").not.to.contain(SECRET);
    });

  it("leaves ordinary text and URLs alone", () => {
    const text = "GET https://vault.internal:8200/v1/secret/data/airflow: connect ECONNREFUSED 10.0.0.1:8200";
    expect(redactText(text)).to.equal(text);
  });

  it("names the class and the code of an error", () => {
    const refused = Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" });
    expect(redact(refused)).to.equal("Error ECONNREFUSED: connect refused");
    expect(redact(Object.assign(new RangeError("no"), { code: 403 }))).to.equal("RangeError 403: no");
    expect(redact(Object.assign(new Error("no"), { code: { token: SECRET } }))).to.equal("Error: no");
  });

  it("says nothing of what is neither an error nor text", () => {
    for (const thrown of [undefined, null, 7, { message: SECRET }, [SECRET]])
      expect(redact(thrown), typeof thrown).to.equal("unknown error");
  });

  it("cuts long lines, and never shows how long a secret is", () => {
    expect(redactText("x".repeat(5_000))).to.have.lengthOf(300);
    expect(redactText(`token=${"a".repeat(9)}`)).to.equal(redactText(`token=${"a".repeat(90)}`));
  });
});
