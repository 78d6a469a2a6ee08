import { expect } from "chai";
import fc from "fast-check";
import { isSecretExtra, isSecretField, isSensitiveName, listConnectionTypes } from "../../catalog/lookup";

/** DEFAULT_SENSITIVE_FIELDS of Airflow 2.11.2 (airflow/utils/log/secrets_masker.py). */
const AIRFLOW_2_11 =
  "access_token api_key apikey authorization passphrase passwd password private_key proxy proxies secret token keyfile_dict service_account";
/** DEFAULT_SENSITIVE_FIELDS of Airflow 3.3.2 (airflow/_shared/secrets_masker/secrets_masker.py). */
const AIRFLOW_3_3 = `${AIRFLOW_2_11} access_key auth_header bearer connection_string dsn proxy_password service_key webhook_url`;

describe("secret fields", () => {
  it("covers the sensitive names of Airflow 2.11 and 3.3, inside longer names and in any case", () => {
    for (const name of AIRFLOW_3_3.split(" ")) {
      expect(isSensitiveName(name), name).to.be.true;
      expect(isSensitiveName(` My_${name.toUpperCase()}_2 `), name).to.be.true;
      expect(isSensitiveName(name.replaceAll("_", ".")), `${name} with dots`).to.be.true;
    }
  });

  it("hides every name that contains a sensitive one", () => {
    const part = fc.string({ unit: "grapheme-ascii" });
    fc.assert(
      fc.property(part, fc.constantFrom(...AIRFLOW_3_3.split(" ")), part, (before, name, after) =>
        isSensitiveName(before + name + after),
      ),
    );
  });

  it("leaves harmless names alone", () => {
    for (const name of ["sslmode", "region_name", "account", "warehouse", "timeout", "pass", "key", "", "login", "host"]) {
      expect(isSensitiveName(name), name).to.be.false;
    }
  });

  const secret: [string | undefined, string, boolean][] = [
    ["snowflake", "private_key_content", true],
    ["snowflake", "warehouse", false],
    ["google_cloud_platform", "keyfile_dict", true],
    ["google_cloud_platform", "extra__google_cloud_platform__keyfile_dict", true],
    ["kubernetes", "kube_config", true],
    ["kubernetes", "extra__kubernetes__kube_config", true],
    ["kubernetes", "extra__kubernetes__namespace", false],
    ["kubernetes", "kube_config_path", false],
    ["spark", "keytab", true],
    ["spark_jdbc", "keytab", true],
    ["yandexcloud", "oauth", true],
    ["datadog", "app_key", true],
    ["discord", "webhook_endpoint", true],
    ["kafka", "ssl.key.pem", true],
    ["kafka", "sasl.password", true],
    ["kafka", "bootstrap.servers", false],
    ["azure", "key_json", true],
    ["odbc", "PWD", true],
    ["postgres", "sslmode", false],
    ["postgres", "PWD", false],
    [undefined, "aws_secret_access_key", true],
    [undefined, "kube_config", true],
    [undefined, "extra__kubernetes__kube_config", true],
    [undefined, "ssl.key.pem", true],
    [undefined, "Pwd", true],
    [undefined, "sslmode", false],
    [undefined, "kube_config_path", false],
    ["my_own_type", "kube_config", false],
    ["my_own_type", "access_token", true],
    ["my_own_type", "region", false],
  ];
  for (const [connType, key, expected] of secret) {
    it(`${connType ?? "(no type)"} extra ${key}: ${expected ? "secret" : "not secret"}`, () => {
      expect(isSecretExtra(connType, key)).to.equal(expected);
    });
  }

  it("agrees with the generator for every extra, under both spellings of its key", () => {
    for (const type of listConnectionTypes()) {
      for (const extra of type.extras) {
        expect(isSecretExtra(type.id, extra.key), `${type.id}.${extra.key}`).to.equal(extra.secret);
        expect(isSecretExtra(type.id, `extra__${type.id}__${extra.key}`)).to.equal(extra.secret);
        expect(extra.secretBy === undefined).to.equal(!extra.secret);
        expect(extra.secretBy === "name", `${type.id}.${extra.key}`).to.equal(
          extra.secretBy !== "format" && isSensitiveName(extra.key),
        );
      }
    }
  });

  it("treats password as secret for every type, and a connection string that sits in schema", () => {
    for (const type of listConnectionTypes()) expect(isSecretField(type.id, "password"), type.id).to.be.true;
    expect(isSecretField(undefined, "password")).to.be.true;
    expect(isSecretField("azure_service_bus", "schema")).to.be.true;
    expect(isSecretField("postgres", "schema")).to.be.false;
    expect(isSecretField("unknown", "schema")).to.be.false;
  });

  it("where the type is declared elsewhere, treats as secret what any type does, and nothing else", () => {
    const types = listConnectionTypes();
    for (const { id, extras, undeclaredSecretExtras = [] } of types) {
      for (const key of [...extras.map((extra) => extra.key), ...undeclaredSecretExtras]) {
        const isSecret = types.some((type) => isSecretExtra(type.id, key));
        expect(isSecretExtra(undefined, key), `${id}.${key}`).to.equal(isSecret);
      }
    }
    for (const field of ["description", "host", "login", "password", "schema", "port", "extra"] as const) {
      const isSecret = types.some((type) => isSecretField(type.id, field));
      expect(isSecretField(undefined, field), field).to.equal(isSecret);
    }
    expect(isSecretField(undefined, "schema")).to.be.true;
    expect(isSecretField(undefined, "host")).to.be.false;
  });
});
