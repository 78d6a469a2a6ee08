import { expect } from "chai";
import { listConnectionTypes, missingProvider, parseRequirement, requiredProviderPackage } from "../../catalog/lookup";

const POSTGRES = "apache-airflow-providers-postgres";

describe("provider packages", () => {
  const lines: [string, string | undefined, string[]?][] = [
    [POSTGRES, POSTGRES],
    ["Apache_Airflow.Providers--Postgres", POSTGRES],
    [`${POSTGRES}==6.1`, POSTGRES],
    [`${POSTGRES}[x]==6.1 ; python_version >= "3.10"`, POSTGRES, ["x"]],
    [`${POSTGRES} [asyncpg, Common.SQL] >= 6, < 7  # why`, POSTGRES, ["asyncpg", "common-sql"]],
    [`${POSTGRES} (>=6)`, POSTGRES],
    [`${POSTGRES}~=6.1 --hash=sha256:abc`, POSTGRES],
    [`${POSTGRES} @ https://example.com/p-6.1-py3-none-any.whl`, POSTGRES],
    ["./wheels/apache_airflow_providers_postgres-6.1.0-py3-none-any.whl", POSTGRES],
    ["https://example.com/apache-airflow-providers-postgres-6.1.0.tar.gz#sha256=abc", POSTGRES],
    [`-e git+https://example.com/airflow#egg=${POSTGRES}&subdirectory=providers`, POSTGRES],
    [`git+https://example.com/airflow#egg=${POSTGRES}`, POSTGRES],
    ["", undefined],
    ["# comment", undefined],
    ["-r other.txt", undefined],
    ["--index-url https://example.com", undefined],
    ["two words", undefined],
  ];
  for (const [line, name, extras = []] of lines) {
    it(`reads "${line}"`, () => {
      expect(parseRequirement(line)).to.deep.equal(name === undefined ? undefined : { name, extras });
    });
  }

  it("names the package of a type", () => {
    expect(requiredProviderPackage("postgres")).to.equal(POSTGRES);
    expect(requiredProviderPackage("gcpspanner")).to.equal("apache-airflow-providers-google");
    expect(requiredProviderPackage("my_own_type")).to.be.undefined;
  });

  const cases: [string, string, string[], string | undefined, string?][] = [
    ["nothing installed", "postgres", [], POSTGRES],
    ["installed", "postgres", [`Apache_Airflow_Providers_Postgres[x]>=6.1 ; python_version > "3"`], undefined],
    ["a longer name is another package", "common", ["x"], undefined],
    ["a similar name does not count", "postgres", ["apache-airflow-providers-postgres-extra"], POSTGRES],
    ["an extra of apache-airflow", "postgres", ["apache-airflow[celery,postgres]==3.1.8"], undefined],
    ["another extra of apache-airflow", "postgres", ["apache-airflow[celery]==3.1.8"], POSTGRES],
    ["an extra with dots", "kubernetes", ["apache-airflow[cncf.kubernetes]"], undefined],
    ["an extra that is named otherwise", "webhdfs", ["apache-airflow[apache-webhdfs]"], undefined],
    ["all", "postgres", ["apache-airflow[all]"], undefined],
    ["Airflow 3 brings smtp and standard", "smtp", [], undefined],
    ["Airflow 3 does not bring http", "http", [], "apache-airflow-providers-http", "3.1.8"],
    ["Airflow 2 brings http", "http", [], undefined, "2.11.2"],
    ["a type of the user's own", "my_own_type", [], undefined],
  ];
  for (const [name, connType, installed, expected, version] of cases) {
    it(`${name} (${connType})`, () => {
      expect(missingProvider(connType, installed, version)).to.equal(expected);
    });
  }

  it("is satisfied by the package it asks for, for every type", () => {
    for (const { id } of listConnectionTypes()) {
      const needed = requiredProviderPackage(id) ?? "";
      expect(missingProvider(id, [`${needed.replaceAll("-", "_")}==1.0`]), id).to.be.undefined;
    }
  });
});
