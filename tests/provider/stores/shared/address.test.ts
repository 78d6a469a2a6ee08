import { pathText } from "../../../../provider/path";
import { expect } from "chai";

import { InputError } from "../../../../provider/errors";
import { storeAddressProblem } from "../../../../provider/stores/registry";
import { parseVaultOptions } from "../../../../provider/stores/vault/options";

describe("what is wrong with a store's address", () => {
  const problems: Record<string, string> = {
    "vault://secret/a?timeoutMs=soon": "store.timeoutMs must be a whole number from 100 to 600000",
    "vault://secret/a?timeoutMs=99": "store.timeoutMs must be a whole number from 100 to 600000",
    "vault://secret/a?timeoutMs=1e3": "store.timeoutMs must be a whole number from 100 to 600000",
    "vault://secret/a?timeoutMs=": "store.timeoutMs must be a whole number from 100 to 600000",
    "vault://secret/a?keepVersions=yes": "store.keepVersions must be true or false",
    "vault://secret/a?auth=ldap": "store.auth must be one of token, approle, kubernetes, jwt",
    "vault://secret/a?address=vault:8200": "store.address must be a URL such as https://vault.example.com:8200",
    "vault://secret/a?address=https://u:p@v": "store.address must hold neither credentials nor a query",
    "vault://secret": "store.prefix must be letters, digits and _.- in parts divided by slashes",
    "vault://secret/a?namespace=x&namespace=y": "store.namespace is given twice",
    "vault://secret:1/a":
      "must hold neither login nor port: the login comes from the environment, Vault's own address goes into ?address=…",
    "aws-sm://a?region=Frankfurt": "store.region must be a region such as eu-west-1",
    "aws-sm://a?recoveryWindowDays=3": "store.recoveryWindowDays must be 0 or from 7 to 30",
    "aws-sm://a?recoveryWindowDays=31": "store.recoveryWindowDays must be a whole number from 0 to 30",
    "aws-sm://a?kmsKeyId=": "store.kmsKeyId is empty",
    "aws-sm://a?Region=eu-west-1":
      '"Region" is no parameter of this kind of store (credentials come from the environment, never from the address)',
    "kubernetes://a/b": "store.namespace must be one namespace and nothing below it: lower-case letters, digits and -",
    "kubernetes://a?context=": "store.context is empty",
    "kubernetes:a": "must look like kubernetes://airflow-env?context=prod",
  };
  for (const [address, problem] of Object.entries(problems)) {
    it(`${address}: ${problem}`, () => {
      expect(storeAddressProblem(address)).to.match(/^store address is wrong: .*; expected [a-z-]+:\/\//);
      expect(storeAddressProblem(address)).to.contain(`: ${problem}; expected`);
    });
  }

  it("does not repeat a parameter that may be a secret", () => {
    expect(storeAddressProblem("vault://secret/a?hvs.CAESIJlWhunter2"))
      .to.match(/one of the names after/)
      .and.not.match(/hunter2/);
  });

  it("is said of all parts at once, without the value", () => {
    try {
      parseVaultOptions("vault://secret?timeoutMs=hunter2&token=hunter2&auth=hunter2");
      expect.fail("accepted");
    } catch (error) {
      expect(error).to.be.instanceOf(InputError);
      const { problems: found, message } = error as InputError;
      expect(found.map(({ path }) => pathText(path))).to.deep.equal([
        "store.prefix",
        "store.auth",
        "store.timeoutMs",
        "store",
      ]);
      expect(message).not.to.contain("hunter2");
    }
  });
});
