import { expect } from "chai";

import { InputError } from "../../../../provider/errors";
import { pathText } from "../../../../provider/path";
import { describeVaultAddress, parseVaultOptions } from "../../../../provider/stores/vault/options";

describe("vault addresses", () => {
  it("have defaults for all but mount and prefix", () => {
    expect(parseVaultOptions("vault://secret/airflow")).to.deep.equal({
      mount: "secret",
      prefix: "airflow",
      keepVersions: false,
      timeoutMs: 15_000,
      maxAttempts: 5,
    });
  });

  it("take everything else as a query", () => {
    const address =
      "vault://Team%2Fkv/prod/airflow/?address=https://vault.example.com:8200/&namespace=admin/team-a" +
      "&keepVersions=true&auth=jwt&authMount=ci/jwt&timeoutMs=1000&maxAttempts=2";
    expect(parseVaultOptions(address)).to.deep.equal({
      mount: "Team/kv",
      prefix: "prod/airflow",
      address: "https://vault.example.com:8200",
      namespace: "admin/team-a",
      keepVersions: true,
      auth: "jwt",
      authMount: "ci/jwt",
      timeoutMs: 1000,
      maxAttempts: 2,
    });
    expect(describeVaultAddress(parseVaultOptions(address))).to.equal(
      "vault://Team%2Fkv/prod/airflow?address=https://vault.example.com:8200&namespace=admin/team-a",
    );
    expect(describeVaultAddress(parseVaultOptions("vault://secret/airflow"))).to.equal("vault://secret/airflow");
  });

  const wrong: Record<string, string> = {
    "vault://secret": "store.prefix",
    "vault:///airflow": "store.mount",
    "vault://secret/a//b": "store.prefix",
    "vault://secret/a%20b": "store.prefix",
    "vault://secret%2F..%2Fsys/a": "store.mount",
    "vault://secret/a?address=vault.example.com": "store.address",
    "vault://secret/a?address=https://u:p@vault.example.com": "store.address",
    "vault://secret/a?address=https://vault.example.com?token=x": "store.address",
    "vault://secret/a?namespace=a%20b": "store.namespace",
    "vault://secret/a?keepVersions=yes": "store.keepVersions",
    "vault://secret/a?auth=ldap": "store.auth",
    "vault://secret/a?token=hvs.x": "store",
    "vault://user:pass@secret/a": "store",
    "vault://secret:8200/a": "store",
    "vault://secret/a#b": "store",
    "aws-sm://a": "store",
    "vault://secret/a?prefix=b": "store",
    "not a url": "store",
  };
  for (const [address, field] of Object.entries(wrong)) {
    it(`refuse ${address}`, () => {
      try {
        parseVaultOptions(address);
      } catch (error) {
        expect(error).to.be.instanceOf(InputError);
        expect((error as InputError).problems.map(({ path }) => pathText(path))).to.deep.equal([field]);
        expect((error as Error).message).not.to.match(/user:pass|u:p|hvs\.x/);
        return;
      }
      expect.fail("accepted");
    });
  }
});
