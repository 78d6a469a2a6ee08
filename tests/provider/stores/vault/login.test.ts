import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { StoreUnavailableError } from "../../../../provider/errors";
import { findLogin } from "../../../../provider/stores/vault/login";
import { parseVaultOptions } from "../../../../provider/stores/vault/options";

describe("Vault logins", () => {
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), "vault-home-"));
    writeFileSync(join(home, ".vault-token"), "saved\n");
    writeFileSync(join(home, "jwt"), "a.b.c\n");
  });
  after(() => rmSync(home, { recursive: true }));

  const login = (env: NodeJS.ProcessEnv, query = "", from = home): ReturnType<typeof findLogin> =>
    findLogin(parseVaultOptions(`vault://secret/airflow?${query}`), { env, home: from });

  it("take the first that the environment has, and the saved token last", async () => {
    const approle = { VAULT_ROLE_ID: "r", VAULT_SECRET_ID: "s" };
    const kubernetes = { VAULT_K8S_ROLE: "k", VAULT_K8S_TOKEN_FILE: join(home, "jwt") };
    const jwt = { VAULT_JWT_ROLE: "j", VAULT_JWT: "x.y.z" };
    expect(await login({ VAULT_TOKEN: "t", ...approle })).to.deep.equal({ token: "t" });
    expect(await login({ ...approle, ...kubernetes })).to.deep.equal({
      path: "auth/approle/login",
      body: { role_id: "r", secret_id: "s" },
    });
    expect(await login({ ...kubernetes, ...jwt })).to.deep.equal({
      path: "auth/kubernetes/login",
      body: { role: "k", jwt: "a.b.c" },
    });
    expect(await login(jwt)).to.deep.equal({ path: "auth/jwt/login", body: { role: "j", jwt: "x.y.z" } });
    expect(await login({ VAULT_JWT_ROLE: "j", VAULT_JWT_FILE: join(home, "jwt") })).to.have.nested.property(
      "body.jwt",
      "a.b.c",
    );
    expect(await login({})).to.deep.equal({ token: "saved" });
    expect(await login({ VAULT_ROLE_ID: "r" })).to.deep.equal({ token: "saved" });
  });

  it("take the method and mount that the address names", async () => {
    const env = { VAULT_TOKEN: "t", VAULT_ROLE_ID: "r", VAULT_SECRET_ID: "s" };
    expect(await login(env, "auth=approle&authMount=teams/ci")).to.have.property("path", "auth/teams/ci/login");
    expect(await login({}, "auth=token")).to.deep.equal({ token: "saved" });
  });

  it("name the variables that are missing", async () => {
    const missing = async (attempt: Promise<unknown>): Promise<string> => {
      const error = await attempt.catch((reason: unknown) => reason as StoreUnavailableError);
      expect(error).to.be.instanceOf(StoreUnavailableError).with.property("reason", "missing");
      return (error as Error).message;
    };
    expect(await missing(login({}, "auth=approle"))).to.match(/VAULT_ROLE_ID and VAULT_SECRET_ID$/);
    expect(await missing(login({}, "", "/nonexistent"))).to.match(
      /VAULT_TOKEN.*VAULT_ROLE_ID.*VAULT_K8S_ROLE.*VAULT_JWT/,
    );
    expect(await missing(login({ VAULT_JWT_ROLE: "j", VAULT_JWT_FILE: home }, "auth=jwt"))).to.contain("EISDIR");
  });
});
