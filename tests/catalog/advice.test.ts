import { expect } from "chai";
import { listConnectionTypes, validateAgainstCatalog, type CatalogInput, type FindingCode } from "../../catalog/lookup";

const PEM = "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n";

/** Connections that work as they are: nothing is to be said about them. */
const working: Record<string, CatalogInput> = {
  "Cloud SQL as documented": {
    connType: "gcpcloudsql",
    host: "1.1.1.1",
    login: "u",
    password: "secret",
    schema: "d",
    port: 3306,
    extra: { database_type: "mysql", project_id: "p", location: "l", instance: "i", use_proxy: true, sql_proxy_use_tcp: false },
  },
  "Cloud SQL with certificates": { connType: "gcpcloudsql", host: "h", extra: { sslcert: "/c", sslkey: "/k", sslrootcert: "/r" } },
  "Spanner for SQLAlchemy": { connType: "gcpspanner", extra: { project_id: "p", instance_id: "i", database_id: "d" } },
  "Google, parameters for an identity provider": { connType: "google_cloud_platform", extra: { idp_extra_params: '{"aud":"q"}' } },
  "Google, key as an object": { connType: "google_cloud_platform", extra: { keyfile_dict: { private_key: PEM } } },
  "Google, project_id read by another hook of the package": { connType: "google_cloud_platform", extra: { project_id: "p" } },
  "Airflow's own generic": { connType: "generic", host: "h", extra: { testVarCASE: "U" } },
  "Airflow's own email": { connType: "email", host: "h", port: 25 },
  "AWS, role": { connType: "aws", extra: { role_arn: "arn:aws:iam::1:role/r", region_name: "eu-west-1", external_id: "x" } },
  "AWS, SAML": { connType: "aws", extra: { assume_role_method: "assume_role_with_saml", assume_role_with_saml: {} } },
  "AWS, alternative session": { connType: "aws", schema: "s", extra: { s3_config_file: "f", profile: "p" } },
  "HTTP headers": { connType: "http", extra: { verified: "x", timeouts: "y", Headers: "z", "X-Proxy": "p" } },
  "Postgres, options of libpq": { connType: "postgres", extra: { keepalives_idle: 30, sslmode: "require", gssencmode: "disable" } },
  "Postgres, IAM": { connType: "postgres", extra: { iam: true, "cluster-identifier": "c", redshift: true } },
  "MySQL, options of the driver": { connType: "mysql", extra: { ssl: '{"ca":"/x"}', ssl_ca: "/x", autocommit: true } },
  "Kafka, dotted keys": { connType: "kafka", extra: { "bootstrap.servers": "b", "sasl.jaas.config": "x", "group.id": "g", acks: "all" } },
  "SSH as documented, with texts": {
    connType: "ssh",
    extra: { key_file: "/k", conn_timeout: "10", compress: "false", look_for_keys: "false", ciphers: ["aes128-ctr"], timeout: 5 },
  },
  "SFTP, key": { connType: "sftp", extra: { private_key: PEM, passphrase: "p" } },
  "Snowflake, Cortex and LocalStack": { connType: "snowflake", extra: { account: "a", host: "h", port: 443, session_parameters: {} } },
  "docker reauth as the hook takes it": { connType: "docker", extra: { reauth: "n" } },
  "jira with its own CA": { connType: "jira", extra: { verify: "/etc/ssl/ca.pem" } },
  "clickhouse by method": { connType: "clickhouse", extra: { compress: "lz4" } },
  "smtp, a fraction that the hook rounds": { connType: "smtp", extra: { timeout: 2.5 } },
  "ODBC in any case": { connType: "odbc", extra: { DSN: "x", SqlAlchemy_Scheme: "mssql+pyodbc", ApplicationIntent: "ReadOnly" } },
  "Mongo options, without case": { connType: "mongo", extra: { authsource: "admin", readPreferenceTags: ["dc:a", ""], SSL: true } },
  "EMR job flow": { connType: "emr", extra: { Name: "n", Instances: { InstanceGroups: [] }, VisibleToAllUsers: true } },
  "Redshift, role of a transfer": { connType: "redshift", extra: { role_arn: "r", iam: true, cluster_identifier: "c" } },
  "Redis cluster": { connType: "redis", extra: { cluster: true, startup_nodes: "n:6379" } },
  "Databricks": { connType: "databricks", host: "h", extra: { azure_tenant_id: "t", use_azure_managed_identity: true } },
  "Azure, key as an object": { connType: "azure", extra: { key_json: {}, tenantId: "t" } },
  "Azure Data Explorer": { connType: "azure_data_explorer", host: "h", extra: { auth_method: "AAD_APP", tenant: "t" } },
  "wasb, account": { connType: "wasb", extra: { account_key: "k", client_secret_auth_config: {} } },
  "Looker": { connType: "gcp_looker", host: "h", extra: { verify_ssl: "false", timeout: 120 } },
  "JDBC": { connType: "jdbc", host: "jdbc:x", port: 1, schema: "s", extra: { sqlalchemy_scheme: "x" } },
  "Trino": { connType: "trino", extra: { auth: "jwt", jwt__file: "/t", session_properties: {} } },
  "ftp": { connType: "ftp", extra: { passive: "false", encoding: "cp1251" } },
};

const table: { name: string; input: CatalogInput; code: FindingCode; field: string; says?: RegExp; errors?: boolean }[] = [
  { name: "a type with one letter off", input: { connType: "genric" }, code: "unknown-type", field: "connType", says: /"generic"/ },
  { name: "a hidden field", input: { connType: "snowflake", host: "h" }, code: "field-not-in-form", field: "host", says: /passed on/ },
  { name: "a misspelt key", input: { connType: "ssh", extra: { key_fle: "x" } }, code: "unknown-extra", field: "extra.key_fle", says: /"key_file"/ },
  { name: "another separator", input: { connType: "kafka", extra: { bootstrap_servers: "x" } }, code: "unknown-extra", field: "extra.bootstrap_servers" },
  {
    name: "a prefix that the hook still reads",
    input: { connType: "google_cloud_platform", extra: { extra__google_cloud_platform__project: "p" } },
    code: "form-prefix",
    field: "extra.extra__google_cloud_platform__project",
    says: /still read the prefixed key/,
  },
  {
    name: "a prefix that no hook reads",
    input: { connType: "smtp", extra: { extra__smtp__timeout: 5 } },
    code: "form-prefix",
    field: "extra.extra__smtp__timeout",
    says: /no hook of this type reads/,
  },
  { name: "another type", input: { connType: "redis", extra: { ssl: "yes" } }, code: "extra-type", field: "extra.ssl" },
  { name: "what the hook cannot convert", input: { connType: "smtp", extra: { timeout: "soon" } }, code: "extra-type", field: "extra.timeout", errors: true },
  { name: "not in the form's list", input: { connType: "redis", extra: { ssl_cert_reqs: "require" } }, code: "extra-value", field: "extra.ssl_cert_reqs", errors: true },
  { name: "a key pasted in one line", input: { connType: "ssh", extra: { private_key: PEM.trim().replaceAll("\n", "\\n") } }, code: "pem-literal-newlines", field: "extra.private_key" },
  { name: "such a key in a type of one's own", input: { connType: "ssh", password: PEM.trim().replaceAll("\n", "\\n") }, code: "pem-literal-newlines", field: "password" },
  { name: "a path as key", input: { connType: "sftp", extra: { private_key: "/home/x/id_rsa" } }, code: "private-key-path", field: "extra.private_key", says: /"key_file"/ },
  { name: "a path as key content", input: { connType: "snowflake", extra: { private_key_content: "~/.ssh/k.p8" } }, code: "private-key-path", field: "extra.private_key_content", says: /"private_key_file"/ },
  { name: "a JDBC driver", input: { connType: "jdbc", extra: { driver_class: "x" } }, code: "driver-in-extra", field: "extra.driver_class", says: /allow_driver_class_in_extra/ },
  { name: "an ODBC driver in any case", input: { connType: "odbc", extra: { Driver: "x" } }, code: "driver-in-extra", field: "extra.Driver", says: /providers.odbc/ },
  { name: "a short password", input: { connType: "ftp", password: "abcd" }, code: "short-password", field: "password" },
];

describe("advice", () => {
  for (const [name, input] of Object.entries(working))
    it(`is not given: ${name}`, () => expect(validateAgainstCatalog(input)).to.deep.equal({ errors: [], warnings: [] }));

  for (const { name, input, code, field, says, errors = false } of table)
    it(`${code}: ${name}`, () => {
      const found = validateAgainstCatalog(input);
      const [finding, ...others] = errors ? found.errors : found.warnings;
      expect(finding).to.include({ code, field });
      expect([...others, ...(errors ? found.warnings : found.errors)]).to.deep.equal([]);
      if (says) expect(`${finding?.rule}: ${finding?.remedy}`).to.match(says);
    });

  it("never tells to leave a field out, nor names a key that the package reads a misspelling", () => {
    for (const type of listConnectionTypes()) {
      const keys = [...type.extras.map(({ key }) => key), ...(type.reads ?? [])];
      const standard = { host: "host", login: "login", password: "password", schema: "schema", port: 1, description: "x" };
      const found = validateAgainstCatalog({ connType: type.id, ...standard, extra: Object.fromEntries(keys.map((key) => [key, ""])) });
      expect(found.warnings.filter(({ code }) => code === "unknown-extra"), type.id).to.deep.equal([]);
      expect(JSON.stringify(found)).to.not.match(/leave it out/);
    }
  });
});
