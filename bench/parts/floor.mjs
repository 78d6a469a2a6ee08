// @ts-check
import { startCluster } from "../cluster.mjs";
import { startPulumi } from "../pulumi.mjs";
import { seconds, summarize, summarizeRatio } from "../statistics.mjs";

/** The measured commands, in the order in which a round runs them. */
const steps = /** @type {const} */ (["up", "no-op up", "preview", "destroy"]);

/**
 * Our provider beside a provider that does nothing, on the same engine: what is ours, and what is Pulumi's own.
 *
 * @param {{ connections: number, deployments: number, rounds: number, targets: ("kubernetes" | "directory")[], durable: boolean, checkpoints: boolean, order: "deployments" | "connections" }} options
 *   order: what the program declares first
 *   checkpoints: the engine writes the whole state after every step, as it does by default with a file backend
 * @param {(text: string) => void} say
 */
export async function measureFloor(options, say) {
  const results = [];
  for (const target of options.targets) results.push(await measureTarget(target, options, say));
  return results;
}

/**
 * @param {"kubernetes" | "directory"} target @param {Parameters<typeof measureFloor>[0]} options
 * @param {(text: string) => void} say
 */
async function measureTarget(target, { connections, deployments, rounds, durable, checkpoints, order }, say) {
  const cluster = target === "kubernetes" ? await startCluster({ deployments, durable }) : undefined;
  const pulumi = await startPulumi({ ...cluster?.env, ...(!checkpoints && withoutCheckpoints) });
  const spec = { connections, deployments, target, order };
  /** @type {Record<string, { ours: number[], floor: number[] }>} */
  const times = Object.fromEntries(steps.map((step) => [step, { ours: [], floor: [] }]));
  /** @type {Record<string, { resources: number, bytes: number }>} */
  const states = {};
  try {
    for (let round = 0; round < rounds; round += 1) {
      const stacks = {
        ours: await pulumi.stack(`ours${round}`, "ours", spec),
        floor: await pulumi.stack(`floor${round}`, "floor", spec),
      };
      const names = /** @type {("ours" | "floor")[]} */ (round % 2 === 0 ? ["ours", "floor"] : ["floor", "ours"]);
      for (const step of steps) {
        for (const name of names) {
          const took = await seconds(() => runStep(stacks[name], step));
          times[step]?.[name].push(took);
          say(`floor ${target}, round ${round + 1}/${rounds}: ${step} ${name} ${took.toFixed(1)} s`);
          if (step === "up") states[name] = stacks[name].state();
        }
      }
    }
  } finally {
    pulumi.remove();
    await cluster?.stop();
  }
  return {
    target,
    connections,
    deployments,
    rounds,
    checkpoints,
    order,
    steps: steps.map((step) => {
      const { ours, floor } = times[step] ?? { ours: [], floor: [] };
      return { step, ours: summarize(ours), floor: summarize(floor), ratio: summarizeRatio(ours, floor) };
    }),
    states,
  };
}

/** The engine then writes the state once, at the end. */
export const withoutCheckpoints = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** @param {Awaited<ReturnType<Awaited<ReturnType<typeof startPulumi>>["stack"]>>} stack @param {typeof steps[number]} step */
function runStep(stack, step) {
  if (step === "preview") return stack.preview();
  if (step === "destroy") return stack.destroy();
  return stack.up();
}
