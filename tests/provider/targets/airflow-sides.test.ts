import { expect } from "chai";
import { targetSchema, type TargetInput } from "../../../provider/targets/registry";
import { limitsOf } from "../../../provider/targets/limits";
import { airflowSide } from "../../../provider/targets/airflow-sides";

const FILES = "airflow.secrets.local_filesystem.LocalFilesystemBackend";

describe("how an Airflow is set up to read a target", () => {
  it("mounts a Secret as files", () => {
    const spec = { kubernetes: { namespace: "airflow", secretName: "mine" } };
    expect(airflowSide(spec)).to.deep.equal({
      backend: FILES,
      kwargs: { connections_file_path: "/opt/airflow/connections/connections.json" },
      testedFrom: "2.11",
      mount: { secretName: "mine", path: "/opt/airflow/connections", mode: 0o440 },
    });
    const elsewhere = airflowSide(spec, { mountPath: "/run/env/", variables: true });
    expect(elsewhere?.mount?.path).to.equal("/run/env/");
    expect(elsewhere?.kwargs).to.deep.equal({
      connections_file_path: "/run/env/connections.json",
      variables_file_path: "/run/env/variables.json",
    });
  });

  it("names the files of a folder", () => {
    const spec = { directory: { path: "/srv/airflow", fileName: "c.json", variablesFileName: "v.json" } };
    expect(airflowSide(spec, { variables: true })).to.deep.equal({
      backend: FILES,
      kwargs: { connections_file_path: "/srv/airflow/c.json", variables_file_path: "/srv/airflow/v.json" },
      testedFrom: "2.11",
    });
  });

  it("says which rights and which package the backend for Secrets needs", () => {
    const spec = { kubernetesBackend: { namespace: "airflow" } };
    const side = airflowSide(spec);
    expect(side?.kwargs).to.deep.equal({ namespace: "airflow" });
    expect(side?.secretRights).to.deep.equal({ namespace: "airflow", verbs: ["list"] });
    expect(side?.requiredPackage).to.equal(limitsOf(spec).requiredPackage);
  });

  it("fills in the same defaults as the target itself", () => {
    const specs: TargetInput[] = [
      { kubernetes: { namespace: "airflow" } },
      { kubernetesBackend: { namespace: "airflow" } },
      { directory: { path: "/srv" } },
    ];
    for (const spec of specs)
      expect(airflowSide(spec, { variables: true }), Object.keys(spec).join()).to.deep.equal(
        airflowSide(targetSchema.parse(spec), { variables: true }),
      );
  });

  it("knows every kind of target, and no other", () => {
    for (const kind of Object.keys(targetSchema.shape))
      expect(airflowSide({ [kind]: {} }), kind).to.not.equal(undefined);
    expect(airflowSide({ other: {} })).to.equal(undefined);
  });
});
