import { createRequire } from "node:module";

const { deploymentName, readSpec, times } = createRequire(import.meta.url)("../workload.cjs");

// As long as what our own handlers add.
const fingerprint = "0123456789ab";
const uid = "0123456789abcdefghijkl";

/** Names of all Deployments, as our connections record them. */
const names = times(readSpec().deployments).map(deploymentName);

const outputsOf = ({ __provider, fingerprints, appliesTo, ...rest }, more) => {
  void [__provider, fingerprints, appliesTo];
  return { ...rest, ...more };
};

function handler(idOf, added, outputs) {
  return {
    check: async (_olds, news) => ({ inputs: { ...news, ...added }, failures: [] }),
    diff: async (_id, olds, news) => ({
      changes: Object.keys(outputsOf(news)).some((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key])),
    }),
    create: async (inputs) => ({ id: idOf(inputs), outs: outputsOf(inputs, outputs) }),
    read: async (id, props) => ({ id, props }),
    update: async (_id, _olds, news) => ({ outs: outputsOf(news, outputs) }),
    delete: async () => undefined,
  };
}

/** Handlers without any work, by kind. */
export const handlers = {
  workspace: handler(() => "bench/workspace", {}, { uid }),
  deployment: handler(({ name }) => `bench/deployments/${name}`, {}, {}),
  connection: handler(
    ({ connId }) => `bench/connections/${connId}`,
    { fingerprints: { password: fingerprint }, appliesTo: `${names.join(", ")} (change 1)` },
    { deployments: names },
  ),
  link: handler(({ connId, deployment }) => `bench/connections/${connId}#link/${deployment}`, {}, { instance: uid }),
};
