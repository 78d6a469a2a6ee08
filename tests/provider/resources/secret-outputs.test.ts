import { expect } from "chai";
import * as catalog from "../../../catalog/lookup";
import { markSecrets, secretPathsOf } from "../../../provider/resources/declaration/secrets";
import { toWire } from "../../../provider/pulumi/wire";
import { CANARY } from "./stack";

const sealed = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

const sealSecrets = (rules: typeof catalog, connType: string, fields: object) =>
  toWire(markSecrets(fields, secretPathsOf(rules, connType, fields)));

describe("sealed outputs", () => {
  it("have every secret in Pulumi's wire form and the rest as it is", () => {
    const extra = { sslmode: "require", list: [1, 2], deep: { token: CANARY, name: "n" } };
    expect(sealSecrets(catalog, "postgres", { host: "db", port: 5432, password: CANARY, extra })).to.deep.equal({
      host: "db",
      port: 5432,
      password: sealed(CANARY),
      extra: { sslmode: "require", list: [1, 2], deep: { token: sealed(CANARY), name: "n" } },
    });
  });

  it("leave no secret in a list open", () => {
    const fields = sealSecrets(catalog, "http", { extra: { list: [{ password: CANARY }, "x"] } });
    expect(fields["extra"]).to.deep.equal({ list: [{ password: sealed(CANARY) }, "x"] });
  });

  it("leave no login in a URL open, wherever it stands", () => {
    const url = `https://etl:${CANARY}@api.example.com`;
    const extra = { endpoint_url: url, list: [url, "x"], deep: { base: url, plain: "https://api.example.com" } };
    expect(sealSecrets(catalog, "http", { host: url, schema: "https", extra })).to.deep.equal({
      host: sealed(url),
      schema: "https",
      extra: {
        endpoint_url: sealed(url),
        list: [sealed(url), "x"],
        deep: { base: sealed(url), plain: "https://api.example.com" },
      },
    });
  });

  it("seal a secret that is not a text as a whole", () => {
    const fields = sealSecrets(catalog, "http", { extra: { secret: { a: CANARY } } });
    expect(fields["extra"]).to.deep.equal({ secret: sealed({ a: CANARY }) });
  });

  it("leave cleared fields as they are", () => {
    expect(sealSecrets(catalog, "postgres", { password: null, extra: null })).to.deep.equal({
      password: null,
      extra: null,
    });
  });
});
