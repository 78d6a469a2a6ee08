import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { StoreUnavailableError } from "../../../../provider/errors";
import { parseAwsOptions } from "../../../../provider/stores/aws-secrets-manager/options";
import { awsStore } from "../../../../provider/stores/aws-secrets-manager/store";
import { ALLOW_HTTP, assertEncrypted, isLoopback } from "../../../../provider/stores/shared/encrypted";
import { parseVaultOptions } from "../../../../provider/stores/vault/options";
import { vaultStore } from "../../../../provider/stores/vault/store";
import type { SecretsStore } from "../../../../provider/stores/store";

const LOGIN = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "s3cr3t", AWS_REGION: "eu-west-1" };

describe("logins and secrets in clear", () => {
  const environment = { ...process.env };
  beforeEach(() => Object.assign(process.env, LOGIN));
  afterEach(() => {
    for (const name of [...Object.keys(LOGIN), ALLOW_HTTP, "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"]) {
      if (environment[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = environment[name];
    }
  });

  const failureOf = async (store: SecretsStore): Promise<StoreUnavailableError> => {
    const failure = await store.find("w/c").catch((error: unknown) => error);
    await store.close();
    expect(failure).to.be.instanceOf(StoreUnavailableError);
    expect(`${(failure as Error).message} ${(failure as Error).stack}`).not.to.contain("s3cr3t");
    return failure as StoreUnavailableError;
  };
  const vault = (query: string, env: NodeJS.ProcessEnv = {}): SecretsStore =>
    vaultStore(parseVaultOptions(`vault://secret/airflow?${query}`), {}, () => ({
      env: { VAULT_TOKEN: "s3cr3t", ...env },
      home: "/nonexistent",
    }));
  const aws = (query = ""): SecretsStore => awsStore(parseAwsOptions(`aws-sm://airflow?maxAttempts=1${query}`));

  it("stay on this machine", () => {
    for (const here of [
      "http://127.0.0.1",
      "http://127.1",
      "http://127.255.0.9:80",
      "http://[::1]:8200",
      "http://LOCALHOST",
    ])
      expect(isLoopback(new URL(here).hostname), here).to.equal(true);
    for (const away of [
      "http://10.0.0.1",
      "http://127.0.0.1.evil.example",
      "http://localhost.evil.example",
      "http://evil.example/127.0.0.1",
      "http://127.0.0.1@evil.example",
      "http://0.0.0.0",
      "http://[::ffff:127.0.0.1]",
      "http://[::]",
      "http://128.0.0.1",
    ])
      expect(isLoopback(new URL(away).hostname), away).to.equal(false);
  });

  it("may go elsewhere by https, or when the environment says so", () => {
    const away = { protocol: "http:", hostname: "vault.internal" };
    expect(() => assertEncrypted("vault", { ...away, protocol: "https:" }, {})).not.to.throw();
    expect(() => assertEncrypted("vault", away, { [ALLOW_HTTP]: "1" })).not.to.throw();
    for (const env of [{}, { [ALLOW_HTTP]: "" }, { [ALLOW_HTTP]: "0" }])
      expect(() => assertEncrypted("vault", away, env)).to.throw(StoreUnavailableError);
  });

  it("are refused to Vault at an address, or VAULT_ADDR, of plain http", async () => {
    const expected =
      'store "vault": http://vault.invalid would get the login and the secrets in clear; use https, or set ' +
      "AIRFLOW_ENV_ALLOW_HTTP=1 in the environment of whoever runs this if the network between is trusted";
    for (const store of [vault("address=http://vault.invalid"), vault("", { VAULT_ADDR: "http://vault.invalid" })]) {
      expect((await failureOf(store)).message).to.equal(expected);
    }
    const allowed = vault("address=http://vault.invalid&maxAttempts=1", { [ALLOW_HTTP]: "1" });
    expect((await failureOf(allowed)).reason).to.equal("unreachable");
  });

  it("are refused to AWS at an endpoint of plain http, wherever it comes from", async () => {
    const first = await failureOf(aws("&endpoint=http://aws.invalid"));
    expect([first.reason, first.message]).to.deep.equal([
      "denied",
      'store "aws-secrets-manager": http://aws.invalid would get the login and the secrets in clear; use https, or set ' +
        "AIRFLOW_ENV_ALLOW_HTTP=1 in the environment of whoever runs this if the network between is trusted",
    ]);
    for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"]) {
      process.env[name] = "http://aws.invalid";
      expect((await failureOf(aws())).message, name).to.contain("in clear");
      Reflect.deleteProperty(process.env, name);
    }
    process.env[ALLOW_HTTP] = "1";
    expect((await failureOf(aws("&endpoint=http://aws.invalid"))).reason).to.equal("unreachable");
  });

  it("are not for an address or a document to allow", () => {
    for (const query of ["allowHttp=true", "insecureHttp=true", `${ALLOW_HTTP}=1`])
      expect(() => parseVaultOptions(`vault://secret/a?address=http://v.invalid&${query}`)).to.throw(/no parameter/);
  });

  it("do not follow a redirect", async () => {
    let followed = 0;
    const other = createServer((_, response) => void (followed++, response.end("{}")));
    const first = createServer((_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/` });
      response.end();
    });
    for (const server of [other, first]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(first.address() as AddressInfo).port}`;
    try {
      await failureOf(vault(`address=${address}&maxAttempts=1`));
      await failureOf(aws(`&endpoint=${address}`));
      expect(followed).to.equal(0);
    } finally {
      for (const server of [other, first]) {
        server.closeAllConnections();
        server.close();
      }
    }
  });
});
