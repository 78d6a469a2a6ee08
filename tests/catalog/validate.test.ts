import { expect } from "chai";
import fc from "fast-check";
import { listConnectionTypes, validateAgainstCatalog, type CatalogInput } from "../../catalog/lookup";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const table: { name: string; input: CatalogInput; errors?: string[]; warnings?: string[]; says?: RegExp }[] = [
  { name: "a good connection", input: { connType: "postgres", host: "db", login: "a", port: 5432, extra: { sslmode: "require" } } },
  { name: "unknown type, one letter off", input: { connType: "postgers" }, warnings: ["connType"], says: /"postgres"/ },
  { name: "unknown type, other separator", input: { connType: "google-cloud-platform" }, warnings: ["connType"], says: /"google_cloud_platform"/ },
  { name: "unknown type, nothing near", input: { connType: "my_company_crm" }, warnings: ["connType"], says: /check the spelling/ },
  { name: "unknown value for the type", input: { connType: UNKNOWN, host: "x" } },
  { name: "hidden host and port", input: { connType: "snowflake", host: "h", port: 1 }, warnings: ["host", "port"], says: /not in Airflow's form/ },
  { name: "hidden but empty", input: { connType: "snowflake", host: "", port: null } },
  { name: "hidden but unknown", input: { connType: "snowflake", host: UNKNOWN } },
  { name: "enum: allowed", input: { connType: "redis", extra: { ssl_cert_reqs: "none" } } },
  { name: "enum: not allowed", input: { connType: "redis", extra: { ssl_cert_reqs: "sometimes" } }, errors: ["extra.ssl_cert_reqs"], says: /"required", "optional", "none"/ },
  { name: "enum: integer", input: { connType: "vault", extra: { kv_engine_version: 2 } } },
  { name: "enum: integer not allowed", input: { connType: "vault", extra: { kv_engine_version: 3 } }, errors: ["extra.kv_engine_version"] },
  { name: "enum: integer as string", input: { connType: "vault", extra: { kv_engine_version: "2" } }, warnings: ["extra.kv_engine_version"] },
  { name: "enum: integer as string, not allowed", input: { connType: "vault", extra: { kv_engine_version: "3" } }, warnings: ["extra.kv_engine_version"], errors: ["extra.kv_engine_version"] },
  { name: "integer as string that the hook converts", input: { connType: "smtp", extra: { timeout: "30" } } },
  { name: "word for an integer", input: { connType: "smtp", extra: { timeout: "soon" } }, errors: ["extra.timeout"] },
  { name: "fraction that the hook converts", input: { connType: "smtp", extra: { timeout: 2.5 } } },
  { name: "integer as string that no hook converts", input: { connType: "redis", extra: { db: "5" } }, warnings: ["extra.db"], says: /expected an integer/ },
  { name: "boolean as string", input: { connType: "smtp", extra: { disable_tls: "false" } }, warnings: ["extra.disable_tls"], says: /true or false/ },
  { name: "word for a boolean", input: { connType: "smtp", extra: { disable_tls: "never" } }, warnings: ["extra.disable_tls"] },
  { name: "object for a boolean", input: { connType: "smtp", extra: { disable_tls: {} } }, warnings: ["extra.disable_tls"] },
  { name: "object for JSON text", input: { connType: "google_cloud_platform", extra: { keyfile_dict: { type: "x" } } } },
  { name: "list", input: { connType: "pydanticai", extra: { fallback_conn_ids: ["a"] } } },
  { name: "number for a list", input: { connType: "pydanticai", extra: { fallback_conn_ids: 1 } }, warnings: ["extra.fallback_conn_ids"] },
  { name: "object or string", input: { connType: "clickhouse", extra: { session_settings: { max_threads: 4 }, client_kwargs: "{}" } } },
  { name: "text for an object", input: { connType: "pydanticai_vertex", extra: { service_account_info: "file.json" } }, warnings: ["extra.service_account_info"] },
  { name: "null and unknown extras", input: { connType: "smtp", extra: { timeout: null, disable_tls: UNKNOWN } } },
  { name: "misspelt extra", input: { connType: "snowflake", extra: { warehose: "x" } }, warnings: ["extra.warehose"], says: /"warehouse"/ },
  { name: "extra in camelCase", input: { connType: "snowflake", extra: { insecureMode: true } }, warnings: ["extra.insecureMode"], says: /"insecure_mode"/ },
  { name: "extra of the user's own", input: { connType: "snowflake", extra: { query_tag: "x" } } },
  { name: "extra named in the form's example only", input: { connType: "snowflake", extra: { session_parameters: {}, scope: "s" } } },
  { name: "misspelt example key", input: { connType: "aws", extra: { region_nme: "x" } }, warnings: ["extra.region_nme"], says: /"region_name"/ },
  { name: "old form prefix", input: { connType: "ssh", extra: { extra__ssh__anything: "x" } } },
  { name: "old form prefix on a declared extra", input: { connType: "smtp", extra: { extra__smtp__timeout: 5 } }, warnings: ["extra.extra__smtp__timeout"], says: /"timeout"/ },
  { name: "old form prefix and wrong value", input: { connType: "redis", extra: { extra__redis__ssl_cert_reqs: "x" } }, warnings: ["extra.extra__redis__ssl_cert_reqs"], errors: ["extra.extra__redis__ssl_cert_reqs"] },
  { name: "extra as JSON text", input: { connType: "smtp", extra: '{"timeout":"soon"}' }, errors: ["extra.timeout"] },
  { name: "extra as other text", input: { connType: "smtp", extra: "timeout" } },
  { name: "type without a form", input: { connType: "mysql", host: "h", extra: { charset: "utf8" } } },
  { name: "inherited form", input: { connType: "gcpspanner", extra: { num_retries: "many" } }, warnings: ["extra.num_retries"] },
];

describe("validation against the catalog", () => {
  for (const { name, input, errors = [], warnings = [], says } of table) {
    it(name, () => {
      const found = validateAgainstCatalog(input);
      expect(found.errors.map((f) => f.field), "errors").to.deep.equal(errors);
      expect(found.warnings.map((f) => f.field), "warnings").to.deep.equal(warnings);
      if (says) expect([...found.errors, ...found.warnings].map((f) => `${f.rule}: ${f.remedy}`).join("\n")).to.match(says);
    });
  }

  it("never repeats a value", () => {
    const canary = "cAnArY-91f3";
    for (const type of listConnectionTypes()) {
      const extra: Record<string, unknown> = Object.fromEntries(type.extras.map(({ key }) => [key, canary]));
      extra.unheard_of = canary;
      const standard = { host: canary, login: canary, password: canary, schema: canary, port: canary, description: canary };
      const found = validateAgainstCatalog({ connType: type.id, ...standard, extra });
      expect(JSON.stringify(found), type.id).to.not.include(canary);
    }
  });

  it("accepts every declared default", () => {
    for (const type of listConnectionTypes()) {
      const defaults = type.extras.filter((extra) => extra.default !== undefined).map(({ key, default: value }) => [key, value]);
      const found = validateAgainstCatalog({ connType: type.id, extra: Object.fromEntries(defaults) as Record<string, unknown> });
      expect(found, type.id).to.deep.equal({ errors: [], warnings: [] });
    }
  });

  it("never throws, whatever the extra", () => {
    const types = listConnectionTypes().map((type) => type.id);
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.anything(), fc.anything(), (connType, extra, host) => {
        validateAgainstCatalog({ connType, extra, host });
      }),
    );
  });
});
