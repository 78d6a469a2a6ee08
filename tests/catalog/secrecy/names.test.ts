import { expect } from "chai";
import fc from "fast-check";
import { isSecretExtra, isSecretField, isSensitiveName, listConnectionTypes } from "../../../catalog/lookup";

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

  it("hides every name that ends with a sensitive one, whatever stands before", () => {
    const part = fc.string({ unit: "grapheme-ascii" });
    fc.assert(
      fc.property(part, fc.constantFrom(...AIRFLOW_3_3.split(" ")), (before, name) => isSensitiveName(before + name)),
    );
  });

  it("knows a name in every spelling", () => {
    const names = [["private", "key"], ["api", "key"], ["account", "key"], ["client", "secret"], ["kube", "config"], ["conn", "str"]];
    for (const words of names) {
      const camel = words.map((word, at) => (at === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join("");
      const spellings = [words.join("_"), words.join("-"), words.join("."), words.join(" "), camel, words.join(""), `my_${camel}2`];
      for (const name of [...spellings, ...spellings.map((spelling) => spelling.toUpperCase())])
        expect(isSensitiveName(name), name).to.be.true;
    }
  });

  it("leaves harmless names alone", () => {
    const names =
      "sslmode region_name account warehouse timeout key login host passive compass pattern sort_key public_key " +
      "host_key proxy_host private_key_file token_url password_policy auth_type authenticator client_id kms_key_id";
    for (const name of ["", ...names.split(" ")]) expect(isSensitiveName(name), name).to.be.false;
  });

  it("is not slowed down by a long name", () => {
    for (const part of ["a", "A", "aA", "_", "token_", "extra__"]) expect(isSensitiveName(part.repeat(500_000))).to.be.a("boolean");
  });

  const secret: [string | undefined, string, boolean][] = [
    ["snowflake", "private_key_content", true],
    ["snowflake", "warehouse", false],
    ["snowflake", "private_key_file", false],
    ["snowflake", "extra__snowflake__private_key_file", false],
    ["snowflake", "proxy_host", false],
    ["snowflake", "proxy_port", false],
    ["snowflake", "proxy_password", true],
    ["aws", "role_arn", false],
    ["aws", "aws_secret_access_key", true],
    ["wasb", "account_key", true],
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
    ["postgres", "PWD", true],
    [undefined, "aws_secret_access_key", true],
    [undefined, "kube_config", true],
    [undefined, "extra__kubernetes__kube_config", true],
    [undefined, "ssl.key.pem", true],
    [undefined, "Pwd", true],
    [undefined, "sslmode", false],
    [undefined, "kube_config_path", false],
    ["my_own_type", "kube_config", true],
    ["my_own_type", "routing_key", false],
    ["pagerduty", "routing_key", true],
    [undefined, "routing_key", true],
    ["snowflake", "private_key_file", false],
    ["snowflake", "proxy_host", false],
    ["snowflake", "proxy_password", true],
    ["my_own_type", "access_token", true],
    ["my_own_type", "region", false],
  ];
  for (const [connType, key, expected] of secret) {
    it(`${connType ?? "(no type)"} extra ${key}: ${expected ? "secret" : "not secret"}`, () => {
      expect(isSecretExtra(connType, key)).to.equal(expected);
    });
  }

  it("agrees with the packages for every extra, under both spellings of its key; but for names, which it knows better", () => {
    const openByName = new Set<string>();
    for (const type of listConnectionTypes()) {
      for (const extra of type.extras) {
        const isSecret = isSecretExtra(type.id, extra.key);
        expect(isSecretExtra(type.id, `extra__${type.id}__${extra.key}`), `${type.id}.${extra.key}`).to.equal(isSecret);
        if (extra.secret && !isSecret) openByName.add(`${extra.key} (${extra.secretBy})`);
        if (extra.secret) continue;
        const isCorrected = extra.secretBy === "correction";
        expect(isSecret, `${type.id}.${extra.key}`).to.equal(!isCorrected && isSensitiveName(extra.key));
      }
    }
    expect([...openByName].sort()).to.deep.equal([
      "host_proxy_cmd (name)",
      "key_secret_name (name)",
      "key_secret_project_id (name)",
      "proxy_user (name)",
    ]);
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
        const isSecret = isSensitiveName(key) || types.some((type) => isSecretExtra(type.id, key));
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
