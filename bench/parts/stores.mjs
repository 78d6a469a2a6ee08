// @ts-check
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { register } from "tsx/cjs/api";
import { startKubeApiserver } from "../../tools/servers/kube.mjs";
import { temporaryDirectory } from "../../tools/servers/server-process.mjs";
import { probed } from "../probe.mjs";
import { startPulumi } from "../pulumi.mjs";
import { seconds } from "../statistics.mjs";
import { withoutCheckpoints } from "./floor.mjs";

register();

const deployments = 10;

/**
 * Requests that reach each store's server: creating all, `up` and `preview` without changes, one rotated password. The
 * stores are those of the integration tests. The Deployments are folders, so that no other request is in the way.
 *
 * @param {{ sizes: number[] }} options sizes: connections, all of them in each of ten Deployments
 * @param {(text: string) => void} say
 */
export async function measureStores({ sizes }, say) {
  /** @type {typeof import("../../tests/integration/stores-under-test.js")} */
  const { starters } = createRequire(import.meta.url)("../../tests/integration/stores-under-test.ts");
  const rows = [];
  for (const [name, start] of Object.entries(starters))
    for (const connections of sizes) rows.push({ store: name, connections, ...(await measure(start, connections)) });
  return { deployments, rows };

  /** @param {typeof starters[string]} start @param {number} connections */
  async function measure(start, connections) {
    const kube = await startKubeApiserver({ audit: true, users: [{ name: "provider", groups: ["system:masters"] }] });
    const store = await start(kube);
    const pulumi = await startPulumi({ KUBECONFIG: kube.kubeconfig("provider"), ...store.env, ...withoutCheckpoints });
    const folder = await temporaryDirectory("bench-stores");
    try {
      const spec = { connections, deployments, store: store.address, revision: 0 };
      const stack = await pulumi.stack("stores", "ours", spec);
      /** @param {string} command @param {(env: Record<string, string>) => Promise<unknown>} run */
      const counted = async (command, run) => {
        const before = store.requests?.() ?? {};
        const reports = join(folder.path, command);
        mkdirSync(reports);
        /** @type {import("../probe.mjs").Probed | undefined} */
        let host;
        const took = await seconds(async () => (host = await probed(reports, run)));
        const requests = store.requests ? difference(store.requests(), before) : undefined;
        say(`stores: ${command} ${took.toFixed(1)} s, ${JSON.stringify(requests ?? host?.storeCalls)}`);
        return { seconds: took, requests, storeCalls: host?.storeCalls };
      };
      const up = await counted("up", (env) => stack.up(env));
      const noopUp = await counted("no-op up", (env) => stack.up(env));
      const preview = await counted("preview", (env) => stack.preview(env));
      stack.spec = { ...stack.spec, revision: 1 };
      const rotate = await counted("rotate", (env) => stack.up(env));
      return { up, noopUp, preview, rotate };
    } finally {
      folder.remove();
      pulumi.remove();
      await store.stop();
      await kube.stop();
    }
  }
}

/** @param {Record<string, number>} after @param {Record<string, number>} before */
function difference(after, before) {
  const counts = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]);
  return Object.fromEntries(counts.filter(([, count]) => Number(count) > 0));
}
