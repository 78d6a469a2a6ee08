import { expect } from "chai";
import * as catalog from "../../../catalog/lookup";
import { InputError } from "../../../provider/errors";
import type { DeploymentDocument } from "../../../provider/environment/documents";
import { deploymentProblems } from "../../../provider/resources/deployment/declaration";
import { limitsOf } from "../../../provider/targets/limits";
import {
  describeMissing,
  missingBackendPackage,
  missingPackages,
  requirePackages,
} from "../../../provider/resources/requirements";

const POSTGRES = "apache-airflow-providers-postgres";
const KUBERNETES = "apache-airflow-providers-cncf-kubernetes";
const connections = [{ id: "pg", connType: "postgres" }];

function deployment(more: Partial<DeploymentDocument>): DeploymentDocument {
  return { kind: "deployment", name: "prod", owner: "o", target: { directory: { path: "/p" } }, ...more };
}

describe("provider packages of a Deployment", () => {
  for (const providers of [
    [POSTGRES],
    [`${POSTGRES}==6.0.0`],
    ["Apache_Airflow.Providers_Postgres[x]>=5 ; python_version>'3'"],
  ])
    it(`are enough: ${providers.join()}`, () =>
      expect(missingPackages(catalog, deployment({ providers }), connections)).to.deep.equal([]));

  for (const versions of [
    { runtimeVersion: "12.1.0" },
    { runtimeVersion: "4.2.6" },
    { airflowVersion: "2.10.5" },
    { airflowVersion: "2" },
  ])
    it(`are those that Airflow 2 brings, too: ${JSON.stringify(versions)}`, () => {
      const http = [{ id: "api", connType: "http" }];
      expect(missingPackages(catalog, deployment({ providers: [POSTGRES], ...versions }), http)).to.deep.equal([]);
    });

  it("are judged by a major version alone, which a Deployment may declare", () => {
    const declared = { workspace: { name: "w", store: "local:s" }, name: "prod", target: { directory: { path: "p" } } };
    const problems = deploymentProblems({ ...declared, owner: "o", resource: "prod", airflowVersion: "2" });
    expect(problems.filter(({ path }) => path[0] === "airflowVersion")).to.deep.equal([]);
  });

  it("are not judged when they are not declared", () =>
    expect(missingPackages(catalog, deployment({ strict: true }), connections)).to.deep.equal([]));

  it("are named when one lacks, strictly or not", () => {
    for (const strict of [true, false])
      expect(missingPackages(catalog, deployment({ providers: [], strict }), connections)).to.deep.equal([
        { connId: "pg", connType: "postgres", deployment: "prod", packageName: POSTGRES, strict },
      ]);
  });

  it("are not asked for a type that no package is known for", () => {
    const own = [{ id: "own", connType: "our_own_type" }];
    expect(missingPackages(catalog, deployment({ providers: [] }), own)).to.deep.equal([]);
  });

  it("refuse only where the Deployment is strict, with the remedy", () => {
    const missing = (strict: boolean) => missingPackages(catalog, deployment({ providers: [], strict }), connections);
    expect(() => requirePackages(missing(false))).to.not.throw();
    expect(() => requirePackages(missing(true))).to.throw(
      InputError,
      `connection "pg" is of type "postgres", and Deployment "prod" lacks the provider package for it; add ${POSTGRES} ` +
        "to its image and to its providers, or set strict: false on the Deployment",
    );
    expect(missing(false).map(describeMissing)).to.have.length(1);
  });
});

const missingBackend = (of: DeploymentDocument) => missingBackendPackage(of, limitsOf(of.target));

describe("the package of a target's backend", () => {
  const target = { kubernetesBackend: { namespace: "airflow" } };

  it("is asked for by the kubernetesBackend target only", () => {
    expect(missingBackend(deployment({ target, providers: [] }))).to.contain(KUBERNETES);
    expect(missingBackend(deployment({ target }))).to.equal(undefined);
    expect(missingBackend(deployment({ providers: [] }))).to.equal(undefined);
  });

  for (const line of [
    KUBERNETES,
    `${KUBERNETES}>=10`,
    "Apache.Airflow_Providers-CNCF.kubernetes",
    "apache-airflow[celery,cncf.kubernetes]==3.1.8",
  ])
    it(`is installed by ${line}`, () =>
      expect(missingBackend(deployment({ target, providers: [line] }))).to.equal(undefined));

  it("is not what a longer name names", () => {
    const providers = [`${KUBERNETES}-foo`];
    expect(missingBackend(deployment({ target, providers }))).to.contain(KUBERNETES);
  });
});
