// @ts-check
import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tools/setup.mjs";

/**
 * What the provider hosts of one `pulumi` command did.
 *
 * @typedef {object} Probed
 * @property {Record<string, number>} storeCalls by method
 * @property {Record<string, { calls: number, ms: number }>} verbs by kind and verb; ms summed over calls side by side
 * @property {number} busyMs time with at least one call in a handler
 * @property {number} cpuMs of the host, its own start included
 * @property {number} maxRssMb
 */

/**
 * Runs a command with the probe in its provider host.
 *
 * @param {string} folder for the reports @param {(env: Record<string, string>) => Promise<unknown>} command
 * @returns {Promise<Probed>}
 */
export async function probed(folder, command) {
  const reports = join(folder, "probe");
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  await command({
    NODE_OPTIONS: `--require=${join(root, "bench", "probe.cjs")}`,
    BENCH_PROBE: join(reports, "host"),
  });
  const hosts = readdirSync(reports).map((name) => JSON.parse(readFileSync(join(reports, name), "utf8")));
  /** @type {Probed} */
  const total = { storeCalls: {}, verbs: {}, busyMs: 0, cpuMs: 0, maxRssMb: 0 };
  for (const host of hosts) {
    for (const [method, count] of Object.entries(host.storeCalls))
      total.storeCalls[method] = (total.storeCalls[method] ?? 0) + count;
    for (const [verb, { calls, ms }] of Object.entries(host.verbs)) {
      const seen = (total.verbs[verb] ??= { calls: 0, ms: 0 });
      seen.calls += calls;
      seen.ms += ms;
    }
    total.busyMs += host.busyMs;
    total.cpuMs += host.cpuMs;
    total.maxRssMb = Math.max(total.maxRssMb, host.maxRssMb);
  }
  return total;
}
