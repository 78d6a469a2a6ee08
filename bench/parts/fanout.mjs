// @ts-check
import { join } from "node:path";
import { run } from "../../tools/processes/run.mjs";
import { temporaryDirectory } from "../../tools/servers/server-process.mjs";
import { root } from "../../tools/setup.mjs";
import { startCluster, user } from "../cluster.mjs";
import { startPulumi } from "../pulumi.mjs";
import { seconds, summarize, summarizeRatio } from "../statistics.mjs";

/**
 * One password rotated to many Deployments: the handler's own time beside a bare client that writes the same Secrets,
 * and the whole `pulumi up`.
 *
 * @param {{ connections: number, deployments: number[], upDeployments: number[], rounds: number, upRounds: number, durable: boolean }} options
 * @param {(text: string) => void} say
 */
export async function measureFanout({ connections, deployments, upDeployments, rounds, upRounds, durable }, say) {
  const handlers = [];
  for (const count of deployments) {
    const result = await measureHandler({ connections, deployments: count, rounds, durable });
    handlers.push(result);
    const { handler, bareWrites, ratio } = result;
    say(
      `fanout to ${count}: handler ${handler.median.toFixed(2)} s, bare writes ${bareWrites.median.toFixed(2)} s, ` +
        `ratio ${ratio.median.toFixed(2)}`,
    );
  }
  const ups = [];
  for (const count of upDeployments) {
    const result = await measureUp({ connections, deployments: count, rounds: upRounds, durable }, say);
    ups.push(result);
    say(`fanout to ${count}: whole pulumi up ${result.up.median.toFixed(1)} s`);
  }
  return { connections, durable, handlers, ups };
}

/** @param {{ connections: number, deployments: number, rounds: number, durable: boolean }} options */
async function measureHandler({ connections, deployments, rounds, durable }) {
  const cluster = await startCluster({ deployments, durable });
  const folder = await temporaryDirectory("bench-fanout");
  try {
    const { server, caFile } = cluster.kube;
    const store = `local:${join(folder.path, "store")}`;
    const settings = { connections, deployments, rounds, store, server, caFile, token: cluster.kube.token(user) };
    const output = await run(process.execPath, [join(root, "bench", "fanout-host.mjs")], {
      env: {
        HOME: folder.path,
        PATH: process.env.PATH ?? "",
        ...cluster.env,
        BENCH_FANOUT: JSON.stringify(settings),
      },
    });
    const { handler, handlerOfOtherStack, bareWrites, bareReadsAndWrites, secretBytes, rssMb } = JSON.parse(output);
    return {
      deployments,
      secretBytes,
      rssMb,
      handler: summarize(handler),
      bareWrites: summarize(bareWrites),
      bareReadsAndWrites: summarize(bareReadsAndWrites),
      ratio: summarizeRatio(handler, bareWrites),
      handlerOfOtherStack: summarize(handlerOfOtherStack),
      ratioOfOtherStack: summarizeRatio(handlerOfOtherStack, bareReadsAndWrites),
    };
  } finally {
    folder.remove();
    await cluster.stop();
  }
}

/**
 * @param {{ connections: number, deployments: number, rounds: number, durable: boolean }} options
 * @param {(text: string) => void} say
 */
async function measureUp({ connections, deployments, rounds, durable }, say) {
  const cluster = await startCluster({ deployments, durable });
  const pulumi = await startPulumi(cluster.env);
  try {
    // Connections first, so that setting up takes one write per Deployment.
    const spec = { connections, deployments, target: /** @type {const} */ ("kubernetes"), revision: 0 };
    const stack = await pulumi.stack("fanout", "ours", { ...spec, order: "connections" });
    const created = await seconds(() => stack.up());
    say(`fanout to ${deployments}: ${1 + connections + deployments} resources created in ${created.toFixed(1)} s`);
    const up = [];
    const noop = [];
    for (let round = 1; round <= rounds; round += 1) {
      stack.spec = { ...stack.spec, revision: round };
      up.push(await seconds(() => stack.up()));
      noop.push(await seconds(() => stack.preview()));
    }
    return { deployments, created, up: summarize(up), noopPreview: summarize(noop), state: stack.state() };
  } finally {
    pulumi.remove();
    await cluster.stop();
  }
}
