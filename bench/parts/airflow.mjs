// @ts-check
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startAirflow } from "../../tools/servers/airflow.mjs";
import { temporaryDirectory } from "../../tools/servers/server-process.mjs";
import { summarize } from "../statistics.mjs";

const require = createRequire(import.meta.url);
const { connectionId } = require("../programs/workload.cjs");
const { connectionsFile } = require("../rendered.cjs");

/** A task's first look-up that takes longer than this is worth a warning: half of Airflow's own import is a second. */
export const noticeableSeconds = 0.1;

/**
 * Airflow's first `get_connection` from the rendered file, in a process whose secrets masker is empty, by number of
 * connections, each with its own password.
 *
 * @param {{ connections: number[], versions: ("3.3.2" | "2.11.2")[], rounds: number }} options
 * @param {(text: string) => void} say
 */
export async function measureAirflow({ connections, versions, rounds }, say) {
  const { DISTINCT_PASSWORDS_WARNING } = require("../../dist/provider/airflow/rules.js");
  const folder = await temporaryDirectory("bench-airflow");
  const airflows = await Promise.all(versions.map(startAirflow));
  const rows = [];
  try {
    for (const count of connections) {
      const file = join(folder.path, `connections-${count}.json`);
      const text = connectionsFile(count, 0);
      writeFileSync(file, text, { mode: 0o600 });
      /** @type {Record<string, number[]>} */
      const samples = Object.fromEntries(versions.map((version) => [version, []]));
      // Python loads some modules at the first look-up of all; a task has them already.
      if (rows.length === 0) await Promise.all(airflows.map((one) => one.timeGetConnection(file, connectionId(0))));
      for (let round = 0; round < rounds; round += 1)
        for (const airflow of airflows)
          samples[airflow.version]?.push((await airflow.timeGetConnection(file, connectionId(0))) / 1000);
      const seconds = Object.fromEntries(versions.map((version) => [version, summarize(samples[version] ?? [])]));
      rows.push({ connections: count, bytes: Buffer.byteLength(text), seconds });
      const shown = versions.map((version) => `${version} ${seconds[version]?.median.toFixed(3)} s`);
      say(`airflow, ${count} connections: ${shown.join(", ")}`);
    }
  } finally {
    await Promise.all(airflows.map((airflow) => airflow.stop()));
    folder.remove();
  }
  const slow = rows.find(({ seconds }) => Object.values(seconds).some(({ median }) => median > noticeableSeconds));
  return { rounds, rows, warnAbove: DISTINCT_PASSWORDS_WARNING, noticeableSeconds, firstSlow: slow?.connections };
}
