// @ts-check
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { startCluster } from "../cluster.mjs";
import { run } from "../../tools/processes/run.mjs";
import { temporaryDirectory } from "../../tools/servers/server-process.mjs";
import { root } from "../../tools/setup.mjs";
import { summarize } from "../statistics.mjs";

const cases = /** @type {const} */ (["local store, key file", "local store, passphrase", "kubernetes target"]);

/**
 * Start of the provider host: loading the handlers, then the first use of a store or target, each in a new process.
 *
 * @param {{ rounds: number, durable: boolean }} options @param {(text: string) => void} say
 */
export async function measureLoad({ rounds, durable }, say) {
  const cluster = await startCluster({ deployments: 1, durable });
  const folder = await temporaryDirectory("bench-load");
  /** @type {Record<string, { load: number[], firstUse: number[], rssMb: number[] }>} */
  const measured = Object.fromEntries(cases.map((name) => [name, { load: [], firstUse: [], rssMb: [] }]));
  try {
    await hostStart("local store, key file", folder.path, cluster.env, "write");
    await hostStart("local store, passphrase", folder.path, cluster.env, "write");
    for (let round = 0; round < rounds; round += 1)
      for (const name of cases) {
        const { load, firstUse, rssMb } = await hostStart(name, folder.path, cluster.env, "read");
        measured[name]?.load.push(load);
        measured[name]?.firstUse.push(firstUse);
        measured[name]?.rssMb.push(rssMb);
      }
  } finally {
    folder.remove();
    await cluster.stop();
  }
  const rows = cases.map((name) => {
    const { load, firstUse, rssMb } = measured[name] ?? { load: [], firstUse: [], rssMb: [] };
    return { case: name, load: summarize(load), firstUse: summarize(firstUse), rssMb: summarize(rssMb) };
  });
  for (const row of rows)
    say(`load, ${row.case}: handlers ${row.load.median.toFixed(3)} s, first use ${row.firstUse.median.toFixed(3)} s`);
  return { rounds, rows };
}

/**
 * @param {typeof cases[number]} name @param {string} folder @param {Record<string, string>} env
 * @param {"read" | "write"} mode
 * @returns {Promise<{ load: number, firstUse: number, rssMb: number }>} seconds, and peak memory
 */
async function hostStart(name, folder, env, mode) {
  const dist = (/** @type {string} */ path) => pathToFileURL(join(root, "dist", "provider", path)).href;
  const store = `local:${join(folder, name.replaceAll(/\W/g, "-"))}`;
  const useStore = `
    const { openStore } = (await import(${JSON.stringify(dist("stores/registry.js"))})).default;
    const store = await openStore(${JSON.stringify(store)});
    ${mode === "write" ? 'await store.put("bench/workspace", "{}", "{}", "absent");' : 'await store.list("bench/");'}`;
  const useTarget = `
    const { openTarget } = (await import(${JSON.stringify(dist("targets/registry.js"))})).default;
    await (await openTarget({ kubernetes: { namespace: "d0000" } })).read();`;
  const script = `
    const began = performance.now();
    await import(${JSON.stringify(dist("handlers.js"))});
    const loaded = performance.now();
    ${name === "kubernetes target" ? useTarget : useStore}
    const used = performance.now();
    const rssMb = process.resourceUsage().maxRSS / 1024;
    process.stdout.write(JSON.stringify({ load: (loaded - began) / 1000, firstUse: (used - loaded) / 1000, rssMb }));
    process.exit(0);`;
  const passphrase = name === "local store, passphrase" ? { AIRFLOW_ENV_PASSPHRASE: "bench" } : {};
  const output = await run(process.execPath, ["--input-type=module", "-e", script], {
    env: { HOME: folder, PATH: process.env.PATH ?? "", ...env, ...passphrase },
  });
  return JSON.parse(output);
}
