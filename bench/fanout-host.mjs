// @ts-check
// A provider host of its own for the fan-out benchmark: rotates one password through the handlers, and writes equally
// large Secrets with a bare client in turn. Settings in BENCH_FANOUT, result on standard output; both JSON.
import { createRequire } from "node:module";
import { bareClient, forEachAtOnce } from "./cluster.mjs";
import { declare, EmulatedEngine } from "./emulated-engine.mjs";
import { interleave, seconds } from "./statistics.mjs";

const require = createRequire(import.meta.url);
const { deploymentName, times } = require("./programs/workload.cjs");
const { connectionsFile } = require("./rendered.cjs");

/** What the provider allows itself per cluster, see provider/targets/registry.ts. */
const writesAtOnce = 16;

/** @type {{ connections: number, deployments: number, rounds: number, store: string, server: string, caFile: string, token: string }} */
const { connections, deployments, rounds, store, ...access } = JSON.parse(process.env.BENCH_FANOUT ?? "{}");
const bare = bareClient({ ...access, sockets: writesAtOnce });
const engine = new EmulatedEngine({ parallel: 8 });
let revision = 0;
const all = declare({ connections, deployments, revision, store });
// Deployments last, so that setting up takes one write for each.
await engine.up([all.workspace, ...all.connectionsOf, ...all.deploymentsOf]);
await forEachAtOnce(writesAtOnce, times(deployments), (index) =>
  bare.send("POST", pathOf(index), secretOf(index, revision)),
);

/**
 * Rotates one password with a new host; the measure is the time of the one update that this causes.
 *
 * @param {"same" | "other"} stack where the Deployments are declared: those of the same stack are checked, so read,
 *   before the update; those of another stack are read in it
 */
async function rotate(stack) {
  revision += 1;
  let took = NaN;
  const { workspace, connectionsOf, deploymentsOf } = declare({ connections, deployments, revision, store });
  // The one that changes last: the checks of the others would share the process with its update.
  const declared = [workspace, ...(stack === "same" ? deploymentsOf : []), ...connectionsOf.reverse()];
  const written = await engine.up(declared, async (_name, update) => (took = await seconds(update)));
  if (written !== 1) throw new Error(`${written} resources were written, not 1`);
  return took;
}

/** The same number of Secrets of the same size. */
function write() {
  revision += 1;
  const bodies = times(deployments).map((/** @type {number} */ index) => secretOf(index, revision));
  return seconds(() =>
    forEachAtOnce(writesAtOnce, times(deployments), (index) =>
      bare.send("PATCH", `${pathOf(index)}/bare-connections`, bodies[index]),
    ),
  );
}

/** The same with a reading before each write, as a compare-and-set needs it. */
function readAndWrite() {
  revision += 1;
  const bodies = times(deployments).map((/** @type {number} */ index) => secretOf(index, revision));
  return seconds(() =>
    forEachAtOnce(writesAtOnce, times(deployments), async (index) => {
      await bare.send("GET", `${pathOf(index)}/bare-connections`);
      await bare.send("PATCH", `${pathOf(index)}/bare-connections`, bodies[index]);
    }),
  );
}

const samples = await interleave(rounds, {
  handler: () => rotate("same"),
  bareWrites: write,
  handlerOfOtherStack: () => rotate("other"),
  bareReadsAndWrites: readAndWrite,
});
bare.close();
const rssMb = process.resourceUsage().maxRSS / 1024;
process.stdout.write(
  JSON.stringify({ ...samples, secretBytes: connectionsFile(connections, revision).length, rssMb }),
  () => process.exit(0),
);

/** @param {number} index */
function pathOf(index) {
  return `/api/v1/namespaces/${deploymentName(index)}/secrets`;
}

/** With labels and annotations like ours. @param {number} index @param {number} at revision */
function secretOf(index, at) {
  const labels = { "app.kubernetes.io/managed-by": "bare-client", "app.kubernetes.io/component": "bare" };
  const annotations = Object.fromEntries(
    ["workspace", "workspace-uid", "deployment", "owner", "write-id"].map((name) => [
      `bench.example/${name}`,
      `${deploymentName(index)}-${at}-0123456789abcdef`,
    ]),
  );
  const data = { "connections.json": Buffer.from(connectionsFile(connections, at)).toString("base64") };
  return JSON.stringify({ metadata: { name: "bare-connections", labels, annotations }, type: "Opaque", data });
}
