import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findConnectionType, findExtra, listConnectionTypes } from "../../catalog/lookup";

const types = listConnectionTypes();

describe("catalog data", () => {
  it("holds at least 135 types from 85 packages with 375 extras", () => {
    expect(types.length).to.be.at.least(135);
    expect(new Set(types.map((type) => type.providerPackage)).size).to.be.at.least(85);
    expect(types.flatMap((type) => type.extras).length).to.be.at.least(375);
  });

  it("has no duplicates and is sorted", () => {
    const ids = types.map((type) => type.id);
    expect(ids).to.deep.equal([...new Set(ids)].sort());
    for (const { id, extras } of types) {
      const keys = extras.map((extra) => extra.key);
      expect(keys, id).to.deep.equal([...new Set(keys)]);
    }
  });

  it("takes versions from the pins", () => {
    const pins = readFileSync(join(__dirname, "../../catalog/providers.txt"), "utf8");
    for (const type of types) expect(pins).to.include(`${type.providerPackage}==${type.providerVersion} --hash=sha256:`);
  });

  it("is complete: labels, types, no leftovers of markup", () => {
    for (const type of types) {
      expect(type.displayName, type.id).to.match(/\S/);
      expect(type.documentationUrl).to.equal(
        `https://airflow.apache.org/docs/${type.providerPackage}/${type.providerVersion}/`,
      );
      expect(type.description, type.id).to.not.match(/`__|<http|\n/);
      for (const extra of type.extras) {
        if (extra.source !== "code") expect(extra.types, `${type.id}.${extra.key}`).to.not.be.empty;
        expect(extra.label, `${type.id}.${extra.key}`).to.match(/\S/);
        expect(extra.key).to.not.match(/^extra__/);
        if (extra.default !== undefined && extra.enum !== undefined) expect(extra.enum).to.include(extra.default);
      }
    }
  });

  it("knows the inherited forms", () => {
    const inherited = Object.fromEntries(
      types.filter((type) => type.inheritsFormFrom !== undefined).map((type) => [type.id, type.inheritsFormFrom]),
    );
    expect(inherited).to.deep.equal({
      azure_container_instance: "azure",
      gcpcloudsql: "google_cloud_platform",
      gcpspanner: "google_cloud_platform",
      spark_jdbc: "spark",
    });
    for (const [id, parent] of Object.entries(inherited)) {
      const form = (type: string) => findConnectionType(type)?.extras.filter(({ source }) => source === undefined);
      expect(form(id)?.map(({ key }) => key)).to.deep.equal(form(parent ?? "")?.map(({ key }) => key));
      expect(form(id)).to.not.be.empty;
      for (const [field, { hidden }] of Object.entries(findConnectionType(parent ?? "")?.fields ?? {}))
        expect(findConnectionType(id)?.fields[field as "host"]?.hidden, `${id}.${field}`).to.equal(hidden);
    }
  });

  it("knows what hooks read beside the form", () => {
    const keys = (id: string) => findConnectionType(id)?.extras.map(({ key }) => key);
    expect(keys("aws")).to.include.members(["role_arn", "region_name", "assume_role_with_saml", "config_kwargs"]);
    expect(keys("ssh")).to.include.members(["private_key", "key_file", "no_host_key_check"]);
    expect(keys("gcpspanner")).to.include.members(["project", "project_id", "instance_id", "database_id"]);
    expect(keys("http")).to.include.members(["verify", "max_redirects"]);
    expect(findConnectionType("gcpcloudsql")?.fields.host).to.deep.equal({ hidden: true, read: true });
    for (const id of ["google_cloud_platform", "gcpbigquery", "gcpcloudsql", "gcpspanner"])
      expect(keys(id)).to.include("idp_extra_params").and.not.include("idp_extra_parameters");
    expect(findConnectionType("google_cloud_platform")?.formPrefixes).to.deep.equal(["google_cloud_platform"]);
    expect(findConnectionType("postgres")?.isOpen).to.be.true;
    expect(findConnectionType("ssh")?.isOpen).to.be.undefined;
  });

  it("reads a form as Airflow shows it", () => {
    const snowflake = findConnectionType("snowflake");
    expect(snowflake?.displayName).to.equal("Snowflake");
    expect(snowflake?.fields.host).to.deep.equal({ hidden: true });
    expect(snowflake?.extras.map((extra) => extra.key)).to.include.members(["account", "warehouse", "database", "role"]);
    expect(findConnectionType("postgres")?.fields.schema?.label).to.equal("Database");
    expect(findExtra("vault", "kv_engine_version")).to.deep.include({ types: ["integer"], enum: [1, 2], default: 2 });
    expect(findExtra("pydanticai", "fallback_conn_ids")).to.deep.include({ types: ["array"], itemType: "string" });
    expect(findConnectionType("postgres")?.hasForm).to.be.true;
    expect(findConnectionType("mysql")?.hasForm).to.be.false;
    expect(findConnectionType("no-such-type")).to.be.undefined;
  });
});
