import { expect } from "chai";
import fc from "fast-check";
import {
  airflowMajor,
  hasPackage,
  listConnectionTypes,
  missingProvider,
  parseRequirement,
  parseRequirements,
  requiredProviderPackage,
  type DeploymentVersions,
} from "../../catalog/lookup";

const POSTGRES = "apache-airflow-providers-postgres";

describe("provider packages", () => {
  it("names the package of a type", () => {
    expect(requiredProviderPackage("postgres")).to.equal(POSTGRES);
    expect(requiredProviderPackage("gcpspanner")).to.equal("apache-airflow-providers-google");
    expect(requiredProviderPackage("my_own_type")).to.be.undefined;
  });

  const cases: [string, string, string[], string | undefined, DeploymentVersions?][] = [
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
    ["Airflow 3 does not bring http", "http", [], "apache-airflow-providers-http", { airflowVersion: "3.1.8" }],
    ["Airflow 2 brings http", "http", [], undefined, { airflowVersion: "2.11.2" }],
    ["Airflow 2 by a mere number brings http", "http", [], undefined, { airflowVersion: "2" }],
    ["Astro Runtime 12 brings http", "http", [], undefined, { runtimeVersion: "12.1.0" }],
    ["Astro Runtime 3.1 does not bring http", "http", [], "apache-airflow-providers-http", { runtimeVersion: "3.1-4" }],
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

describe("the major version of Airflow", () => {
  const table: [DeploymentVersions, 2 | 3 | undefined][] = [
    [{}, undefined],
    [{ airflowVersion: "2" }, 2],
    [{ airflowVersion: "2.10" }, 2],
    [{ airflowVersion: "2.11.2" }, 2],
    [{ airflowVersion: "3" }, 3],
    [{ airflowVersion: "3.2.0rc1" }, 3],
    [{ airflowVersion: "20.1" }, undefined],
    [{ airflowVersion: "1.10.15" }, undefined],
    [{ airflowVersion: "3.1.8", runtimeVersion: "13.1.0" }, 3],
    ...["4.0.0", "9.3.0", "12", "13.5.1", "13.1.0-base"].map((v): [DeploymentVersions, 2] => [{ runtimeVersion: v }, 2]),
    ...["3.0-1", "3.1-4", "3.2"].map((v): [DeploymentVersions, 3] => [{ runtimeVersion: v }, 3]),
    [{ runtimeVersion: "4.0-1" }, undefined],
    [{ runtimeVersion: "14.0.0" }, undefined],
    [{ runtimeVersion: "latest" }, undefined],
  ];
  for (const [versions, major] of table)
    it(`of ${JSON.stringify(versions)} is ${String(major)}`, () => expect(airflowMajor(versions)).to.equal(major));
});

describe("requirement lines", () => {
  const lines: [string, string | undefined, string[]?, string?][] = [
    [POSTGRES, POSTGRES],
    ["Apache_Airflow.Providers--Postgres", POSTGRES],
    [`${POSTGRES}==6.1`, POSTGRES, [], "==6.1"],
    [`${POSTGRES}[x]==6.1 ; python_version >= "3.10"`, POSTGRES, ["x"], "==6.1"],
    [`${POSTGRES};python_version>'3'`, POSTGRES],
    [`${POSTGRES} [asyncpg, Common.SQL] >= 6, < 7  # why`, POSTGRES, ["asyncpg", "common-sql"], ">=6,<7"],
    [`${POSTGRES} (>=6)`, POSTGRES, [], ">=6"],
    [`${POSTGRES}~=6.1 --hash=sha256:abc`, POSTGRES, [], "~=6.1"],
    [`${POSTGRES} --config-settings="token=canary"`, POSTGRES],
    [`${POSTGRES}===6.1+local.1`, POSTGRES, [], "===6.1+local.1"],
    [`${POSTGRES}==6.*`, POSTGRES, [], "==6.*"],
    [`${POSTGRES}==\${VERSION}`, POSTGRES],
    [`${POSTGRES} @ https://me:canary@example.com/p-6.1-py3-none-any.whl`, POSTGRES],
    [`${POSTGRES}[x]@git+ssh://git@example.com/p.git@v1#egg=other`, POSTGRES, ["x"]],
    ["./wheels/apache_airflow_providers_postgres-6.1.0-py3-none-any.whl", POSTGRES],
    ["apache_airflow_providers_postgres-6.1.0-py3-none-any.whl", POSTGRES],
    ["https://me:canary@example.com/apache-airflow-providers-postgres-6.1.0.tar.gz#sha256=abc", POSTGRES],
    [`-e git+https://canary@example.com/airflow#egg=${POSTGRES}&subdirectory=providers`, POSTGRES],
    [`--editable=git+https://example.com/airflow#subdirectory=p&egg=${POSTGRES}[x]`, POSTGRES, ["x"]],
    [`git+https://example.com/airflow#egg=${POSTGRES}`, POSTGRES],
    ["", undefined],
    ["# comment", undefined],
    ["-r other.txt", undefined],
    ["-e .", undefined],
    ["--index-url https://example.com", undefined],
    ["two words", undefined],
    ["git@example.com:canary/p.git", undefined],
    ["git+https://canary@example.com/p.git", undefined],
    ["https://example.com/canary.zip", undefined],
    ["[x]==1", undefined],
  ];
  for (const [line, name, extras = [], specifier = ""] of lines)
    it(`are read: "${line}"`, () => {
      expect(parseRequirement(line)).to.deep.equal(name === undefined ? undefined : { name, extras, specifier });
    });
});

describe("requirements files", () => {
  it("give names, extras and versions, includes, and how many lines were passed over", () => {
    const text = [
      "\uFEFF# Astro's requirements.txt",
      "--index-url https://me:canary@pypi.corp/simple",
      "-i https://canary@pypi.corp/simple \\",
      "   --trusted-host pypi.corp",
      "-c constraints-canary.txt",
      "",
      `Apache_Airflow_Providers_Postgres[Common.SQL] \\`,
      "  >=6, \\",
      "  <7  # the old one",
      "apache-airflow[cncf.kubernetes]==3.1.8 \\",
      "  --hash=sha256:canary",
      "-r base.txt",
      "--requirement=more/dev.txt  # shared",
      '-r "with blank.txt"',
      "-r https://me:canary@example.com/base.txt",
      "git+https://canary@example.com/p.git",
      "own @ git+https://canary@example.com/own.git",
      "apache-airflow-providers-http \\",
    ];
    for (const end of ["\n", "\r\n"]) {
      const read = parseRequirements(text.join(end));
      expect(read).to.deep.equal({
        requirements: [
          `${POSTGRES}[common-sql]>=6,<7`,
          "apache-airflow[cncf-kubernetes]==3.1.8",
          "own",
          "apache-airflow-providers-http",
        ],
        includes: ["base.txt", "more/dev.txt", "with blank.txt"],
        ignored: 5,
      });
      expect(JSON.stringify(read)).to.not.contain("canary");
    }
  });

  it("end a continued line at a comment, whose own backslash means nothing, as pip does", () => {
    expect(parseRequirements("one \\\n# and \\\ntwo").requirements).to.deep.equal(["one", "two"]);
  });

  it("are what they were, read again", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-c-]{0,6}(\[[a,.\]]*)?[=<>~ ]{0,3}[0-9.*,=@:/#r;-]{0,9}$/), (line) => {
        const { requirements } = parseRequirements(line);
        expect(parseRequirements(requirements.join("\n"))).to.deep.equal({ requirements, includes: [], ignored: 0 });
      }),
    );
  });

  it("count extras of apache-airflow for their packages, and no longer name for a shorter one", () => {
    const { requirements } = parseRequirements("apache-airflow[cncf.kubernetes]\n");
    expect(hasPackage("apache-airflow-providers-cncf-kubernetes", requirements)).to.equal(true);
    expect(hasPackage("apache_airflow_providers_cncf.kubernetes", ["apache-airflow-providers-cncf-kubernetes-foo"])).to.equal(
      false,
    );
  });
});
