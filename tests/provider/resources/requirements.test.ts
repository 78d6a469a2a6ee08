import { expect } from "chai";
import * as catalog from "../../../catalog/lookup";
import { InputError } from "../../../provider/errors";
import type { DeploymentDocument } from "../../../provider/model/documents";
import {
  airflowVersionOf,
  describeMissing,
  missingBackendPackage,
  missingPackages,
  requirePackages,
} from "../../../provider/resources/requirements";

const POSTGRES = "apache-airflow-providers-postgres";
const KUBERNETES = "apache-airflow-providers-cncf-kubernetes";
const connections = [{ connId: "pg", base: { connType: "postgres" } }];

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

  it("are not judged when they are not declared", () =>
    expect(missingPackages(catalog, deployment({ strict: true }), connections)).to.deep.equal([]));

  it("are named when one lacks, strictly or not", () => {
    for (const strict of [true, false])
      expect(missingPackages(catalog, deployment({ providers: [], strict }), connections)).to.deep.equal([
        { connId: "pg", connType: "postgres", deployment: "prod", packageName: POSTGRES, strict },
      ]);
  });

  it("are not asked for a type that no package is known for", () => {
    const own = [{ connId: "own", base: { connType: "our_own_type" } }];
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

describe("the package of a target's backend", () => {
  const target = { kubernetesBackend: { namespace: "airflow" } };

  it("is asked for by the kubernetesBackend target only", () => {
    expect(missingBackendPackage(deployment({ target, providers: [] }))).to.contain(KUBERNETES);
    expect(missingBackendPackage(deployment({ target }))).to.equal(undefined);
    expect(missingBackendPackage(deployment({ providers: [] }))).to.equal(undefined);
    for (const line of [KUBERNETES, `${KUBERNETES}>=10`, "Apache.Airflow_Providers-CNCF.kubernetes"])
      expect(missingBackendPackage(deployment({ target, providers: [line] }))).to.equal(undefined);
  });
});

describe("the Airflow version of a Deployment", () => {
  for (const [given, version] of [
    [{ airflowVersion: "2.11.2" }, "2.11.2"],
    [{ airflowVersion: "3.1.8", runtimeVersion: "13.1.0" }, "3.1.8"],
    [{ runtimeVersion: "13.1.0" }, "2"],
    [{ runtimeVersion: "3.1-4" }, "3.1-4"],
    [{}, undefined],
  ] as const)
    it(`of ${JSON.stringify(given)} is ${version}`, () => expect(airflowVersionOf(given)).to.equal(version));
});
