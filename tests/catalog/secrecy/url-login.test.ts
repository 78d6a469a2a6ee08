import { expect } from "chai";
import fc from "fast-check";
import { holdsLogin, holdsSecret } from "../../../catalog/lookup";

describe("a login in a URL", () => {
  const holding = [
    "https://user:pw@host",
    "HTTPS://user:pw@host:8443/path?query",
    "redis://:pw@host",
    "mongodb+srv://user:p%40w@host",
    "jdbc:postgresql://user:pw@host/db",
    "https://user:p:w@host",
    "see https://user:pw@host",
    "https://token@host",
    "https://user:pa/ss@host",
    "https://us er:pw@host",
    "https://user@corp.com:pw@host",
    "https://host/?next=https://user:pw@host",
    "https://corp.com/user:pw@host",
    "https://user:12/34@host",
    "user:pw@host",
    "root:pw@10.0.0.1",
    ":pw@host:6379",
    "see user:pw@host",
    "curl -u user:pw@corp.com",
  ];
  for (const text of holding) it(`is seen in ${text}`, () => expect(holdsLogin(text)).to.be.true);

  const others = [
    "host",
    "https://host:8443",
    "https://:@host",
    "https://host.corp.com/a@b",
    "https://host:8443/@scope/x",
    "ssh://user@host",
    "git@github.com:acme/dags.git",
    "mailto:me@corp.com",
    "write to: me@corp.com",
    "image:1.2@sha256:0a0a",
    "",
    5,
    null,
    {},
  ];
  for (const value of others)
    it(`is not seen in ${JSON.stringify(value)}`, () => expect(holdsLogin(value)).to.be.false);

  it("is seen whatever user, password, host and surroundings are", () => {
    const part = fc.string({ unit: fc.constantFrom(..."abcXYZ019/@:?#% ._-~+=&!$\"'".split("")), minLength: 1, maxLength: 12 });
    const user = part.filter((text) => /^[^\s/]/.test(text) && !text.includes("://"));
    const password = part.map((text) => `x${text}9`);
    const scheme = fc.constantFrom("https", "http", "postgresql", "mongodb+srv", "jdbc:mysql", "redis", "amqp", "snowflake");
    const host = fc.constantFrom("db", "db.corp.com", "db:5432", "a:1,b:2", "10.0.0.1", "[::1]:80", "db/x?y=z", "db/a@b");
    const before = fc.constantFrom("", " ", "see ", "https://plain.corp.com/x ", "a\n", '{"', "url=", "'");
    const after = fc.constantFrom("", " ", "\nb", '"', " and me@corp.com", ", https://plain.corp.com");
    fc.assert(
      fc.property(before, scheme, user, password, host, after, (b, s, u, p, h, a) => holdsLogin(`${b}${s}://${u}:${p}@${h}${a}`)),
      { numRuns: 2_000 },
    );
  });

  it("is seen in a token without password, whatever it is", () => {
    const token = fc.stringMatching(/^[\w.~%+=!$&-]{1,60}$/).filter((text) => !/^(git|anonymous)$/i.test(text));
    fc.assert(fc.property(fc.constantFrom("https", "http", "git+https"), token, (s, t) => holdsLogin(`${s}://${t}@github.com/x.git`)));
  });

  it("is looked for in linear time: no part, repeated, keeps it busy", () => {
    const parts = [":", "://", "a:", "://a:b", "@", "a@", "://a@", "a:b@c ", "@\n", "http://a:1/", "://x y@", "a.b/c@", "u:p "];
    const others = ["=", "token:", '"', "eyJ-", "Basic ", "-----BEGIN ", "/hooks/a/", "A1/+", "--token ", "[", "AKIA", "<a>"];
    for (const part of [...parts, ...others])
      for (const begin of ["", "https://"]) {
        const text = begin + part.repeat(Math.ceil(1_000_000 / part.length));
        expect(holdsLogin(text)).to.be.a("boolean");
        expect(holdsSecret(text)).to.be.a("boolean");
      }
  }).timeout(60_000);
});
