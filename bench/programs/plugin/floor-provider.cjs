#!/usr/bin/env node
// The least that a native provider in Node can cost: the same protocol and modules as ours, inputs and outputs of the same
// size, and verbs that do nothing.
const { createRequire } = require("node:module");
const protocol = require("@pulumi/pulumi/proto/provider_pb");
const { ResourceProviderService } = require("@pulumi/pulumi/proto/provider_grpc_pb");
const { PluginInfo } = require("@pulumi/pulumi/proto/plugin_pb");
const { deploymentName, readSpec, times } = require("../workload.cjs");

const requireOfPulumi = createRequire(require.resolve("@pulumi/pulumi/proto/provider_pb"));
const grpc = requireOfPulumi("@grpc/grpc-js");
const { Empty } = requireOfPulumi("google-protobuf/google/protobuf/empty_pb");
const { Struct } = requireOfPulumi("google-protobuf/google/protobuf/struct_pb");
const { DIFF_NONE, DIFF_SOME } = protocol.DiffResponse.DiffChanges;

const names = times(readSpec().deployments).map(deploymentName);
const uid = "0123456789abcdefghijkl";

/** By kind: the id, what check adds, and what outputs have besides. As long as what ours has. */
const kinds = {
  Workspace: { idOf: () => "bench/workspace", added: {}, outputs: { uid } },
  Deployment: { idOf: ({ name }) => `bench/deployments/${name}`, added: {}, outputs: {} },
  Connection: {
    idOf: ({ connId }) => `bench/connections/${connId}`,
    added: { fingerprints: { password: "0123456789ab" }, appliesTo: `${names.join(", ")} (change 1)` },
    outputs: { deployments: names },
  },
  ConnectionLink: {
    idOf: ({ connId, deployment }) => `bench/connections/${connId}#link/${deployment}`,
    added: {},
    outputs: { instance: uid },
  },
};

const kindOf = (request) => kinds[request.getUrn().split("::")[2].split(":").at(-1)];
const owner = (request) => ({ owner: `organization/bench/bench::${request.getUrn().split("::").at(-1)}` });
const struct = (properties) => Struct.fromJavaScript(properties);

function outputsOf(request, properties) {
  const { fingerprints, appliesTo, ...rest } = properties.toJavaScript();
  void [fingerprints, appliesTo];
  return struct({ ...rest, ...kindOf(request).outputs });
}

const answers = {
  handshake: () => new protocol.ProviderHandshakeResponse().setAcceptSecrets(true),
  getPluginInfo: () => new PluginInfo().setVersion("0.0.1"),
  checkConfig: (request) => new protocol.CheckResponse().setInputs(request.getNews()),
  diffConfig: () => new protocol.DiffResponse(),
  configure: () => new protocol.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true),
  check: (request) => {
    const news = request.getNews().toJavaScript();
    return new protocol.CheckResponse().setInputs(struct({ ...news, ...owner(request), ...kindOf(request).added }));
  },
  diff: (request) => {
    const [before, after] = [request.getOldInputs(), request.getNews()].map((one) =>
      JSON.stringify(one.toJavaScript()),
    );
    return new protocol.DiffResponse().setChanges(before === after ? DIFF_NONE : DIFF_SOME);
  },
  create: (request) => {
    const properties = request.getProperties();
    const id = request.getPreview() ? "" : kindOf(request).idOf(properties.toJavaScript());
    return new protocol.CreateResponse().setId(id).setProperties(outputsOf(request, properties));
  },
  update: (request) => new protocol.UpdateResponse().setProperties(outputsOf(request, request.getNews())),
  read: (request) => new protocol.ReadResponse().setId(request.getId()).setProperties(request.getProperties()),
  delete: () => new Empty(),
  cancel: () => new Empty(),
  attach: () => new Empty(),
};

const server = new grpc.Server();
const serve = (answer) => (call, callback) => callback(null, answer(call.request));
server.addService(
  ResourceProviderService,
  Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, serve(answer)])),
);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
