// @ts-check
import { startPulumi } from "../pulumi.mjs";
import { seconds, summarize, summarizeRatio } from "../statistics.mjs";
import { runStep } from "./floor.mjs";

/** The measured commands, in the order in which a round runs them. */
const steps = /** @type {const} */ (["up", "no-op up", "preview", "rotate", "destroy"]);

/**
 * Each door with a provider that does nothing behind the same door.
 *
 * @type {Record<"dynamic" | "dynamicFloor" | "plugin" | "pluginFloor", { program: "ours" | "floor" | "plugin", package?: "airflow-env" | "bench-floor" }>}
 */
const contenders = {
  dynamic: { program: "ours" },
  dynamicFloor: { program: "floor" },
  plugin: { program: "plugin", package: "airflow-env" },
  pluginFloor: { program: "plugin", package: "bench-floor" },
};
const names = /** @type {(keyof typeof contenders)[]} */ (Object.keys(contenders));

/**
 * Both doors, side by side in one run: the TypeScript classes over the dynamic provider, and the plugin.
 *
 * @param {{ connections: number, deployments: number, rounds: number }} options
 * @param {(text: string) => void} say
 */
export async function measurePlugin({ connections, deployments, rounds }, say) {
  const pulumi = await startPulumi();
  /** @type {Record<string, Record<string, number[]>>} */
  const times = Object.fromEntries(steps.map((step) => [step, Object.fromEntries(names.map((name) => [name, []]))]));
  /** @type {Record<string, { resources: number, bytes: number, exportBytes: number }>} */
  const states = {};
  try {
    for (let round = 0; round < rounds; round += 1) {
      /** @type {Record<string, Awaited<ReturnType<typeof pulumi.stack>>>} */
      const stacks = {};
      for (const name of names) {
        const { program, ...spec } = contenders[name];
        stacks[name] = await pulumi.stack(`${name}${round}`, program, { connections, deployments, ...spec });
      }
      const turns = round % 2 === 0 ? names : [...names].reverse();
      for (const step of steps)
        for (const name of turns) {
          const stack = stacks[name];
          if (!stack) continue;
          if (step === "rotate") stack.spec = { ...stack.spec, revision: 1 };
          const took = await seconds(() => runStep(stack, step === "rotate" ? "up" : step));
          times[step]?.[name]?.push(took);
          say(`plugin, round ${round + 1}/${rounds}: ${step} ${name} ${took.toFixed(1)} s`);
          if (step === "up") states[name] = { ...stack.state(), exportBytes: await stack.exportBytes() };
        }
    }
  } finally {
    pulumi.remove();
  }
  const rows = steps.map((step) => {
    const { dynamic = [], dynamicFloor = [], plugin = [], pluginFloor = [] } = times[step] ?? {};
    return {
      step,
      dynamic: summarize(dynamic),
      dynamicFloor: summarize(dynamicFloor),
      plugin: summarize(plugin),
      pluginFloor: summarize(pluginFloor),
      toDynamic: summarizeRatio(plugin, dynamic),
      toDynamicFloor: summarizeRatio(plugin, dynamicFloor),
      toPluginFloor: summarizeRatio(plugin, pluginFloor),
    };
  });
  return { connections, deployments, rounds, rows, states };
}
