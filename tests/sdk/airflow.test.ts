import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as airflow from "../../sdk";
import { patchedPod } from "../../sdk/airflow/pod";
import { airflowSide } from "../../provider/targets/airflow-sides";
import { useMockedProgram } from "./mocked-program";

const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));
const mount = { name: "airflow-connections", mountPath: "/opt/airflow/connections", readOnly: true };
const volume = { name: "airflow-connections", secret: { secretName: "airflow-connections", defaultMode: 288 } };

describe("Airflow's side of a Deployment in a program", () => {
  useMockedProgram();
  let prod: airflow.Deployment;

  before(() => {
    const workspace = new airflow.Workspace("data", { store: "local:store" });
    prod = new airflow.Deployment("prod", { workspace, target: { kubernetes: { namespace: "airflow-prod" } } });
  });

  it("is values of the Helm chart", async () => {
    expect(await valueOf(airflow.helmValues(prod))).to.deep.equal({
      volumes: [volume],
      volumeMounts: [mount],
      config: {
        secrets: {
          backend: "airflow.secrets.local_filesystem.LocalFilesystemBackend",
          backend_kwargs: '{"connections_file_path":"/opt/airflow/connections/connections.json"}',
        },
      },
    });
  });

  it("is added to every container of a pod, whose own parts stay", async () => {
    const own = { name: "own", value: "1" };
    const spec = {
      serviceAccountName: "airflow",
      containers: [{ name: "base", image: "apache/airflow", env: [own] }, { name: "sidecar" }],
      initContainers: [{ name: "wait", volumeMounts: [{ name: "logs", mountPath: "/logs" }] }],
      volumes: [{ name: "logs", emptyDir: {} }],
    };
    const before = structuredClone(spec);
    const patched = await valueOf(airflow.podSpec(prod, spec));
    const env = Object.entries(await valueOf(airflow.airflowEnvironment(prod))).map(([name, value]) => ({
      name,
      value,
    }));
    expect(env.map(({ name }) => name)).to.deep.equal([
      "AIRFLOW__SECRETS__BACKEND",
      "AIRFLOW__SECRETS__BACKEND_KWARGS",
    ]);
    expect(patched).to.deep.equal({
      serviceAccountName: "airflow",
      containers: [
        { name: "base", image: "apache/airflow", env: [own, ...env], volumeMounts: [mount] },
        { name: "sidecar", env, volumeMounts: [mount] },
      ],
      initContainers: [{ name: "wait", env, volumeMounts: [{ name: "logs", mountPath: "/logs" }, mount] }],
      volumes: [{ name: "logs", emptyDir: {} }, volume],
    });
    expect(spec).to.deep.equal(before);
  });

  it("adds no volume where nothing is mounted", () => {
    const side = airflowSide({ kubernetesBackend: { namespace: "airflow" } });
    expect(patchedPod(side!, { containers: [{}] })).to.have.all.keys("containers");
  });
});
