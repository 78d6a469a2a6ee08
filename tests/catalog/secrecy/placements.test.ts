import { expect } from "chai";
import { isSecretExtra, secretPaths, visitSecrets } from "../../../catalog/lookup";
import { FORMS, READABLE, SECRETS } from "./placements";

const sealed = (connType: string | undefined, fields: object) =>
  JSON.stringify(visitSecrets(connType, fields, { seal: () => "[secret]" }));
const pathsOf = (fields: object, judging?: { secretExtra: boolean }) => secretPaths("generic", fields, judging).map((path) => path.join(" "));

describe("secrets among the fields of a connection", () => {
  it("are looked for in tables that are long enough to mean something", () => {
    expect(Object.keys(SECRETS).length).to.be.at.least(80);
    expect(Object.keys(READABLE).length).to.be.at.least(60);
  });

  for (const [name, { connType, ...fields }] of Object.entries(SECRETS))
    it(`found: ${name}`, () => {
      expect(FORMS.some((form) => JSON.stringify(fields).includes(form))).to.be.true;
      for (const type of [connType, undefined])
        for (const form of FORMS) expect(sealed(type, fields)).to.not.contain(form);
    });

  for (const [name, { connType, ...fields }] of Object.entries(READABLE))
    it(`readable: ${name}`, () => expect(secretPaths(connType, fields)).to.deep.equal([]));

  it("have paths of keys and positions, which no character in a key makes ambiguous", () => {
    const extra = { "fs:s3a.secret": "x", fs: { "s3a.secret": "x" }, "": { token: "x" }, list: [{ token: "x" }] };
    expect(secretPaths("generic", { password: "x", extra })).to.deep.equal([
      ["password"],
      ["extra", "fs:s3a.secret"],
      ["extra", "fs", "s3a.secret"],
      ["extra", "", "token"],
      ["extra", "list", 0, "token"],
    ]);
  });

  it("are all of extra where that is asked for", () => {
    expect(pathsOf({ host: "db", extra: { a: "b" } }, { secretExtra: true })).to.deep.equal(["extra"]);
    expect(pathsOf({ host: "db", extra: {} }, { secretExtra: false })).to.deep.equal([]);
    expect(pathsOf({ host: "db" }, { secretExtra: true })).to.deep.equal([]);
    expect(pathsOf({ extra: null }, { secretExtra: true })).to.deep.equal([]);
  });

  it("are all of an extra that is text: no part of it can be sealed", () => {
    expect(pathsOf({ extra: '{"a":1}' })).to.deep.equal(["extra"]);
  });

  it("are what lies deeper than anybody looks", () => {
    let extra: unknown = "plain";
    for (let level = 0; level < 20_000; level++) extra = { a: extra };
    expect(secretPaths("generic", { extra })).to.have.lengthOf(1);
  });

  it("include numbers and booleans under a name that means nothing but a secret, and only there", () => {
    expect(pathsOf({ extra: { password: 1234, token: true, use_token: true, headers: false, max_tokens: 5 } })).to.deep.equal([
      "extra password",
      "extra token",
    ]);
  });

  it("by name are told for keys alone too", () => {
    expect(isSecretExtra("generic", "account_key")).to.be.true;
    expect(isSecretExtra("generic", "account_name")).to.be.false;
  });
});
