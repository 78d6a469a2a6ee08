// @ts-check
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Agent, request } from "node:https";
import { startKubeApiserver } from "../tools/servers/kube.mjs";

const { deploymentName, times } = createRequire(import.meta.url)("./programs/workload.cjs");

/** Who writes, in the audit log. */
export const user = "provider";

/**
 * A real API server with a namespace per Deployment.
 *
 * @param {{ deployments: number, audit?: boolean, durable: boolean }} options durable: etcd flushes to disk
 */
export async function startCluster({ deployments, audit = false, durable }) {
  const kube = await startKubeApiserver({ audit, durable, users: [{ name: user, groups: ["system:masters"] }] });
  const cluster = {
    kube,
    env: { KUBECONFIG: kube.kubeconfig(user) },
    /** @param {number} count */
    async addNamespaces(count) {
      for (const index of times(count)) await kube.createNamespace(deploymentName(index));
    },
    stop: () => kube.stop(),
  };
  await cluster.addNamespaces(deployments);
  return cluster;
}

/** Requests in the audit log, by verb. @param {import("../tools/servers/kube.d.mts").AuditEvent[]} events */
export function countVerbs(events) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { verb } of events) counts[verb] = (counts[verb] ?? 0) + 1;
  return counts;
}

/**
 * The least that a client can do: HTTPS with sockets kept alive, nothing parsed, nothing retried.
 *
 * @param {{ server: string, caFile: string, token: string, sockets: number }} access
 */
export function bareClient({ server, caFile, token, sockets }) {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets, ca: readFileSync(caFile) });
  return {
    /** @param {string} method @param {string} path @param {string} [body] @returns {Promise<Buffer>} */
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
        const headers = { authorization: `Bearer ${token}`, "content-type": type, accept: "application/json" };
        const sent = request(`${server}${path}`, { method, agent, headers }, (response) => {
          /** @type {Buffer[]} */
          const parts = [];
          response.on("data", (part) => parts.push(part)).on("error", reject);
          response.on("end", () => {
            const answer = Buffer.concat(parts);
            if ((response.statusCode ?? 500) < 300) resolve(answer);
            else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer.toString().slice(0, 300)}`));
          });
        });
        sent.on("error", reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/**
 * Runs tasks with bounded concurrency.
 *
 * @template T
 * @param {number} atOnce @param {T[]} items @param {(item: T) => Promise<unknown>} task
 */
export async function forEachAtOnce(atOnce, items, task) {
  const queue = [...items];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item);
  };
  await Promise.all(times(atOnce).map(lane));
}
