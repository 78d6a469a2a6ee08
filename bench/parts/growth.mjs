// @ts-check
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startCluster, countVerbs, user } from "../cluster.mjs";
import { probed } from "../probe.mjs";
import { startPulumi } from "../pulumi.mjs";
import { seconds } from "../statistics.mjs";
import { temporaryDirectory } from "../../tools/servers/server-process.mjs";
import { withoutCheckpoints } from "./floor.mjs";

/**
 * How the work grows with connections and Deployments, on the whole engine: creating all, a preview without changes,
 * one rotated password. Requests are counted by the API server's audit log. The engine writes its state once per
 * command here: its default, once per resource, would make the largest sizes hours of the engine's own time.
 *
 * @param {{ sizes: [number, number][], durable: boolean }} options sizes: connections and Deployments
 * @param {(text: string) => void} say
 */
export async function measureGrowth({ sizes, durable }, say) {
  const rows = [];
  for (const [connections, deployments] of sizes) {
    const cluster = await startCluster({ deployments, audit: true, durable });
    const pulumi = await startPulumi({ ...cluster.env, ...withoutCheckpoints });
    const folder = await temporaryDirectory("bench-growth");
    try {
      /** @type {import("../pulumi.mjs").Spec} */
      const spec = { connections, deployments, target: "kubernetes", order: "connections", revision: 0 };
      const stack = await pulumi.stack("growth", "ours", spec);
      /** @param {string} name @param {(env: Record<string, string>) => Promise<unknown>} command */
      const measure = async (name, command) => {
        const before = cluster.kube.auditEvents(user).length;
        const reports = join(folder.path, name);
        mkdirSync(reports);
        /** @type {import("../probe.mjs").Probed | undefined} */
        let host;
        const took = await seconds(async () => (host = await probed(reports, command)));
        const requests = countVerbs(cluster.kube.auditEvents(user).slice(before));
        say(`growth ${connections} × ${deployments}: ${name} ${took.toFixed(1)} s, ${JSON.stringify(requests)}`);
        return { seconds: took, requests, ...host };
      };
      const create = await measure("create", (env) => stack.up(env));
      const state = stack.state();
      const preview = await measure("preview", (env) => stack.preview(env));
      stack.spec = { ...stack.spec, revision: 1 };
      const rotate = await measure("rotate", (env) => stack.up(env));
      rows.push({
        connections,
        deployments,
        resources: state.resources,
        stateBytes: state.bytes,
        create,
        preview,
        rotate,
      });
    } finally {
      folder.remove();
      pulumi.remove();
      await cluster.stop();
    }
  }
  return { rows };
}
