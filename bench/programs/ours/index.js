// Connections that all Deployments get, or one each by a link, as a user of the package would declare them.
const airflow = require("pulumi-airflow-env");
const { connectionFields, connectionId, deploymentName, readSpec, targetOf, times } = require("../workload.cjs");

const spec = readSpec();
const workspace = new airflow.Workspace("bench", { store: spec.store });

function deployments() {
  for (const index of times(spec.deployments))
    new airflow.Deployment(deploymentName(index), { workspace, target: targetOf(index, spec) });
}

function connections() {
  const sharing = spec.links === "explicit" ? "Restricted" : "LinkedToAll";
  for (const index of times(spec.connections)) {
    const fields = connectionFields(index, spec.revision);
    const connection = new airflow.Connection(connectionId(index), { workspace, ...fields, sharing });
    if (spec.links === "explicit") link(connection, index);
  }
}

function link(connection, index) {
  const deployment = deploymentName(index % spec.deployments);
  new airflow.ConnectionLink(`${connectionId(index)}-${deployment}`, { connection, deployment });
}

for (const declare of spec.order === "connections" ? [connections, deployments] : [deployments, connections]) declare();
