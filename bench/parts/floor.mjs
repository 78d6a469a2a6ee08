// @ts-check
import { startCluster } from "../cluster.mjs";
import { startPulumi } from "../pulumi.mjs";
import { seconds, summarize, summarizeRatio } from "../statistics.mjs";

/** The measured commands, in the order in which a round runs them. */
const steps = /** @type {const} */ (["up", "no-op up", "preview", "destroy"]);

/**
 * Our provider beside a provider that does nothing, on the same engine: what is ours, and what is Pulumi's own.
 *
 * @param {{ connections: number, deployments: number, rounds: number, targets: ("kubernetes" | "directory")[], durable: boolean, checkpoints: boolean, order: "deployments" | "connections", links: ("all" | "explicit")[], beside?: string }} options
 *   order: what the program declares first
 *   links: all Deployments get each connection, or one of them by a link
 *   beside: another checkout, built, to be measured in the same run
 *   checkpoints: the engine writes the whole state after every step, as it does by default with a file backend
 * @param {(text: string) => void} say
 */
export async function measureFloor(options, say) {
  const results = [];
  for (const target of options.targets)
    for (const links of options.links) results.push(await measureTarget(target, links, options, say));
  return results;
}

/**
 * @param {"kubernetes" | "directory"} target @param {"all" | "explicit"} links
 * @param {Parameters<typeof measureFloor>[0]} options
 * @param {(text: string) => void} say
 */
async function measureTarget(target, links, options, say) {
  const { connections, deployments, rounds, durable, checkpoints, order, beside } = options;
  const contenders = ["ours", "floor", ...(beside ? ["other"] : [])];
  const cluster = target === "kubernetes" ? await startCluster({ deployments, durable }) : undefined;
  const pulumi = await startPulumi({ ...cluster?.env, ...(!checkpoints && withoutCheckpoints) });
  const spec = { connections, deployments, target, order, links };
  /** @type {Record<string, Record<string, number[]>>} */
  const times = Object.fromEntries(
    steps.map((step) => [step, Object.fromEntries(contenders.map((name) => [name, []]))]),
  );
  /** @type {Record<string, { resources: number, bytes: number }>} */
  const states = {};
  try {
    for (let round = 0; round < rounds; round += 1) {
      /** @type {Record<string, Awaited<ReturnType<typeof pulumi.stack>>>} */
      const stacks = {
        ours: await pulumi.stack(`ours${round}`, "ours", spec),
        floor: await pulumi.stack(`floor${round}`, "floor", spec),
        ...(beside && { other: await pulumi.stack(`other${round}`, "ours", { ...spec, secretName: "other" }, beside) }),
      };
      const names = round % 2 === 0 ? contenders : [...contenders].reverse();
      for (const step of steps) {
        for (const name of names) {
          const stack = stacks[name];
          if (!stack) continue;
          const took = await seconds(() => runStep(stack, step));
          times[step]?.[name]?.push(took);
          say(`floor ${target}, ${links}, round ${round + 1}/${rounds}: ${step} ${name} ${took.toFixed(1)} s`);
          if (step === "up") states[name] = stack.state();
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
    links,
    steps: steps.map((step) => {
      const { ours = [], floor = [], other = [] } = times[step] ?? {};
      return {
        step,
        ours: summarize(ours),
        floor: summarize(floor),
        ratio: summarizeRatio(ours, floor),
        ...(beside && { other: summarize(other), otherRatio: summarizeRatio(ours, other) }),
      };
    }),
    states,
  };
}

/** The engine then writes the state once, at the end. */
export const withoutCheckpoints = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** One command. @param {Awaited<ReturnType<Awaited<ReturnType<typeof startPulumi>>["stack"]>>} stack @param {typeof steps[number]} step */
export function runStep(stack, step) {
  if (step === "preview") return stack.preview();
  if (step === "destroy") return stack.destroy();
  return stack.up();
}
