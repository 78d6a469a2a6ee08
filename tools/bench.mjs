// @ts-check
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { parseOptions, usage } from "../bench/options.mjs";
import { root, setUp } from "./setup.mjs";
import { ToolchainError } from "./toolchain.mjs";

const resultsFile = join(root, "bench", "results.json");

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ToolchainError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** @param {string[]} args @returns {Promise<number>} exit code */
async function main(args) {
  let options;
  try {
    options = parseOptions(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  await setUp();
  const began = Date.now();
  const say = (/** @type {string} */ text) =>
    process.stderr.write(`[${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s] ${text}\n`);
  const measured = await measure(options, say);
  // Parts that did not run keep the figures of an earlier run.
  const known = options.update && existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : {};
  const results = { ...known, ...measured };
  const { markdownOf } = await import("../bench/markdown.mjs");
  process.stdout.write(`${markdownOf(measured)}\n`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(measured, null, 2)}\n`);
  if (options.update) {
    writeFileSync(resultsFile, `${JSON.stringify(results, null, 2)}\n`);
    const { publish } = await import("../bench/publish.mjs");
    for (const file of publish(results)) say(`wrote ${file}`);
  }
  say("done");
  return 0;
}

/**
 * Runs the parts in turn; nothing else of ours runs meanwhile.
 *
 * @param {ReturnType<typeof parseOptions>} options @param {(text: string) => void} say
 */
async function measure(options, say) {
  const { durable, rounds } = options;
  const [connections, deployments] = options.floor;
  const runners = {
    load: async () => (await import("../bench/parts/load.mjs")).measureLoad({ rounds: rounds + 2, durable }, say),
    airflow: async () =>
      (await import("../bench/parts/airflow.mjs")).measureAirflow(
        { connections: options.airflow, versions: ["3.3.2", "2.11.2"], rounds },
        say,
      ),
    floor: async () =>
      (await import("../bench/parts/floor.mjs")).measureFloor(
        {
          connections,
          deployments,
          rounds,
          targets: options.targets,
          durable,
          checkpoints: options.checkpoints,
          order: options.order,
          links: options.links,
          ...(options.beside && { beside: resolve(options.beside) }),
        },
        say,
      ),
    plugin: async () =>
      (await import("../bench/parts/plugin.mjs")).measurePlugin({ connections, deployments, rounds }, say),
    fanout: async () =>
      (await import("../bench/parts/fanout.mjs")).measureFanout(
        {
          connections: options.fanoutConnections,
          deployments: options.fanout,
          upDeployments: options.fanoutUp,
          rounds: rounds + 4,
          upRounds: rounds,
          durable,
        },
        say,
      ),
    naive: async () =>
      (await import("../bench/parts/naive.mjs")).measureNaive({ sizes: options.naive, rounds: 1 }, say),
    growth: async () =>
      (await import("../bench/parts/growth.mjs")).measureGrowth({ sizes: options.growth, durable }, say),
    page: async () =>
      (await import("../bench/parts/page.mjs")).measurePage(
        { connections: options.page[0], deployments: options.page[1], rounds },
        say,
      ),
    run: async () =>
      (await import("../bench/parts/run.mjs")).measureRun({ connections: options.run, rounds: rounds + 4 }, say),
    stores: async () => (await import("../bench/parts/stores.mjs")).measureStores({ sizes: options.stores }, say),
  };
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? "", node: process.version, fsync: durable };
  /** @type {Record<string, unknown>} */
  const results = { machine };
  for (const name of options.only) {
    say(`${name} …`);
    results[name] = await runners[name]();
  }
  return results;
}
