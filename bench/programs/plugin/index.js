// The workload for a native provider: ours, or one that does nothing, as a generated SDK would register the resources.
const pulumi = require("@pulumi/pulumi");
const { connectionFields, connectionId, deploymentName, readSpec, targetOf, times } = require("../workload.cjs");

const spec = readSpec();

class Native extends pulumi.CustomResource {
  constructor(kind, name, inputs) {
    super(`${spec.package}:index:${kind}`, name, inputs);
  }
}

const workspace = new Native("Workspace", "bench", { name: "bench", store: spec.store, uid: undefined });
const reference = { name: workspace.name, store: workspace.store };

function deployments() {
  for (const index of times(spec.deployments)) {
    const name = deploymentName(index);
    new Native("Deployment", name, { workspace: reference, target: targetOf(index, spec), name });
  }
}

function connections() {
  const sharing = spec.links === "explicit" ? "Restricted" : "LinkedToAll";
  for (const index of times(spec.connections)) {
    const { password, ...fields } = connectionFields(index, spec.revision);
    const inputs = { workspace: reference, connId: connectionId(index), ...fields, sharing, deployments: undefined };
    const connection = new Native("Connection", connectionId(index), { ...inputs, password: pulumi.secret(password) });
    if (spec.links === "explicit") link(connection, index);
  }
}

function link({ connId }, index) {
  const deployment = deploymentName(index % spec.deployments);
  new Native("ConnectionLink", `${connectionId(index)}-${deployment}`, { workspace: reference, connId, deployment });
}

for (const declare of spec.order === "connections" ? [connections, deployments] : [deployments, connections]) declare();
