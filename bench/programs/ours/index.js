// LinkedToAll connections and Deployments, as a user of the package would declare them.
const airflow = require("pulumi-airflow-env");
const { connectionFields, connectionId, deploymentName, readSpec, targetOf, times } = require("../workload.cjs");

const spec = readSpec();
const workspace = new airflow.Workspace("bench", { store: spec.store });

function deployments() {
  for (const index of times(spec.deployments))
    new airflow.Deployment(deploymentName(index), { workspace, target: targetOf(index, spec) });
}

function connections() {
  for (const index of times(spec.connections)) {
    const fields = connectionFields(index, spec.revision);
    new airflow.Connection(connectionId(index), { workspace, ...fields, sharing: "LinkedToAll" });
  }
}

for (const declare of spec.order === "connections" ? [connections, deployments] : [deployments, connections]) declare();
