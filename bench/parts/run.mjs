// @ts-check
import { join } from "node:path";
import { run } from "../../tools/processes/run.mjs";
import { temporaryDirectory } from "../../tools/servers/server-process.mjs";
import { root } from "../../tools/setup.mjs";
import { seconds, summarize, summarizeRatio } from "../statistics.mjs";
import { fillLocalStore } from "../store-content.mjs";

/**
 * From Enter to the end of a command that does nothing, alone and below `airflow-env run`, which reads a local store and
 * writes and removes the files.
 *
 * @param {{ connections: number[], rounds: number }} options connections that the Deployment gets
 * @param {(text: string) => void} say
 */
export async function measureRun({ connections, rounds }, say) {
  const folder = await temporaryDirectory("bench-run");
  const node = ["-e", "0"];
  try {
    const rows = [];
    for (const count of connections) {
      const store = join(folder.path, `store-${count}`);
      // Each of ten Deployments gets a tenth by links, and the tenth that is linked to all.
      await fillLocalStoreWithKey(store, count * 5);
      const ours = [join(root, "dist/cli/main.js"), "run", "--store", `local:${store}`, "--deployment", "d001", "--"];
      const options = {
        cwd: folder.path,
        timeoutMs: 60_000,
        env: { PATH: process.env["PATH"] ?? "", HOME: folder.path },
      };
      /** @type {{ bare: number[], ours: number[] }} */
      const times = { bare: [], ours: [] };
      for (let round = 0; round < rounds; round += 1) {
        times.bare.push(await seconds(() => run(process.execPath, node, options)));
        times.ours.push(await seconds(() => run(process.execPath, [...ours, process.execPath, ...node], options)));
      }
      const row = {
        count,
        bare: summarize(times.bare),
        ours: summarize(times.ours),
        ratio: summarizeRatio(times.ours, times.bare),
      };
      say(`run, ${count} connections: ${row.ours.median.toFixed(2)} s, bare ${row.bare.median.toFixed(2)} s`);
      rows.push(row);
    }
    return { rounds, rows };
  } finally {
    folder.remove();
  }

  /** @param {string} store @param {number} size */
  async function fillLocalStoreWithKey(store, size) {
    // The key file of this HOME: deriving a key from a passphrase takes longer than all the rest.
    process.env["XDG_CONFIG_HOME"] = join(folder.path, ".config");
    delete process.env["AIRFLOW_ENV_PASSPHRASE"];
    await fillLocalStore(store, { connections: size, deployments: 10 });
  }
}
