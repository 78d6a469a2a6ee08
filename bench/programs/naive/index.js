// The obvious other design: one resource for each pair of connection and Deployment. Its handlers do nothing, so the
// figures are its lower bound.
const { join } = require("node:path");
const pulumi = require("@pulumi/pulumi");
const { connectionFields, connectionId, deploymentName, readSpec, targetOf, times } = require("../workload.cjs");

const handlersPath = join(__dirname, "handlers.mjs");

function shell(path) {
  const load = async () => (await import(path)).handler;
  return {
    check: async (olds, news) => (await load()).check(olds, news),
    diff: async (id, olds, news) => (await load()).diff(id, olds, news),
    create: async (inputs) => (await load()).create(inputs),
    read: async (id, props) => (await load()).read(id, props ?? {}),
    update: async (id, olds, news) => (await load()).update(id, olds, news),
    delete: async (id, props) => (await load()).delete(id, props),
  };
}

const provider = shell(handlersPath);
class Pair extends pulumi.dynamic.Resource {
  constructor(name, inputs) {
    super(provider, name, inputs, {}, "naive", "Pair");
  }
}

const spec = readSpec();

for (const deployment of times(spec.deployments))
  for (const connection of times(spec.connections)) {
    const { password, ...fields } = connectionFields(connection, spec.revision);
    new Pair(`${connectionId(connection)}-${deploymentName(deployment)}`, {
      connId: connectionId(connection),
      ...fields,
      password: pulumi.secret(password),
      target: targetOf(deployment, spec),
    });
  }
