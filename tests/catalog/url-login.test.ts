import { expect } from "chai";
import { holdsLogin } from "../../catalog/lookup";

describe("a login in a URL", () => {
  const holding = [
    "https://user:pw@host",
    "HTTPS://user:pw@host:8443/path?query",
    "redis://:pw@host",
    "mongodb+srv://user:p%40w@host",
    "jdbc:postgresql://user:pw@host/db",
    "https://user:p:w@host",
    "see https://user:pw@host",
  ];
  for (const text of holding) it(`is seen in ${text}`, () => expect(holdsLogin(text)).to.be.true);

  const others = ["host", "https://host:8443", "https://user@host", "https://host/a:b@c", "user:pw@host", "", 5, null, {}];
  for (const value of others)
    it(`is not seen in ${JSON.stringify(value)}`, () => expect(holdsLogin(value)).to.be.false);

  it("is looked for in linear time", () => {
    const begun = performance.now();
    for (const part of [":", "://", "a:", "://a:b"]) expect(holdsLogin(`://${part.repeat(200_000)}`)).to.be.false;
    expect(performance.now() - begun).to.be.below(500);
  });
});
