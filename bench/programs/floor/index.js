// The least that a dynamic provider can cost: as many resources as ours with inputs and code of the same size, and
// handlers that do nothing.
const { join } = require("node:path");
const pulumi = require("@pulumi/pulumi");
const { connectionFields, connectionId, deploymentName, readSpec, targetOf, times } = require("../workload.cjs");

const handlersPath = join(__dirname, "handlers.mjs");

function shell(kind, path) {
  const load = async () => (await import(path)).handlers[kind];
  return {
    check: async (olds, news) => (await load()).check(olds, news),
    diff: async (id, olds, news) => (await load()).diff(id, olds, news),
    create: async (inputs) => (await load()).create(inputs),
    read: async (id, props) => (await load()).read(id, props ?? {}),
    update: async (id, olds, news) => (await load()).update(id, olds, news),
    delete: async (id, props) => (await load()).delete(id, props),
  };
}

const kinds = ["workspace", "deployment", "connection", "link"];
const providers = Object.fromEntries(kinds.map((kind) => [kind, shell(kind, handlersPath)]));

class FloorResource extends pulumi.dynamic.Resource {
  constructor(kind, name, inputs) {
    const owner = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}::${name}`;
    super(providers[kind], name, { owner, ...inputs }, {}, "floor", kind);
  }
}

const spec = readSpec();
const workspace = new FloorResource("workspace", "bench", { name: "bench", store: spec.store, uid: undefined });
const reference = { name: workspace.name, store: workspace.store };

function deployments() {
  for (const index of times(spec.deployments))
    new FloorResource("deployment", deploymentName(index), {
      workspace: reference,
      target: targetOf(index, spec),
      name: deploymentName(index),
    });
}

function connections() {
  for (const index of times(spec.connections)) {
    const { password, ...fields } = connectionFields(index, spec.revision);
    const connection = new FloorResource("connection", connectionId(index), {
      workspace: reference,
      connId: connectionId(index),
      ...fields,
      password: pulumi.secret(password),
      sharing: spec.links === "explicit" ? "Restricted" : "LinkedToAll",
      deployments: undefined,
    });
    if (spec.links === "explicit") link(connection, index);
  }
}

function link(connection, index) {
  const deployment = deploymentName(index % spec.deployments);
  const { id: connId } = connection;
  new FloorResource("link", `${connectionId(index)}-${deployment}`, { workspace: reference, connId, deployment });
}

for (const declare of spec.order === "connections" ? [connections, deployments] : [deployments, connections]) declare();
