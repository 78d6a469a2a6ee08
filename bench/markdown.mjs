// @ts-check

/** What the project asks of itself. */
export const goals = { floorRatio: 1.15, pluginState: 0.5, fanoutRatio: 1.3, terraformSeconds: 8.5 };

/** Sections in the order of the page; each is left out when its part was not measured. */
const sections = { floor, plugin, fanout, naive, growth, stores, airflow, load, run, page };

/**
 * All results as Markdown.
 *
 * @param {any} results as in bench/results.json
 * @returns {string}
 */
export function markdownOf(results) {
  const { machine } = results;
  const where = `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, etcd ${machine.fsync ? "with" : "without"} fsync. Median (min–max).`;
  const parts = Object.entries(sections).flatMap(([name, render]) => (results[name] ? [render(results[name])] : []));
  return [where, ...parts].join("\n\n");
}

/**
 * The few lines for the front page.
 *
 * @param {any} results
 * @returns {string}
 */
export function summaryOf(results) {
  const rows = [];
  for (const { target, connections, deployments, links, steps } of results.floor ?? [])
    for (const { step, ours, ratio } of steps.filter((/** @type {any} */ { step }) => step !== "destroy"))
      rows.push([
        `${step}, ${connections} ${links === "explicit" ? "linked " : ""}connections × ${deployments} Deployments (${target})`,
        `${s(ours.median)}; ${r(ratio.median)} × a provider that does nothing`,
        `≤ ${goals.floorRatio} ×`,
      ]);
  for (const { deployments, handler, ratio } of results.fanout?.handlers ?? [])
    rows.push([
      `One password to ${deployments} Deployments, provider's own time`,
      `${s(handler.median)}; ${r(ratio.median)} × a bare client`,
      `≤ ${goals.fanoutRatio} ×`,
    ]);
  for (const { deployments, up } of results.fanout?.ups ?? [])
    rows.push([
      `One password to ${deployments} Deployments, whole \`pulumi up\``,
      s(up.median),
      deployments === 100 ? `≤ ${goals.terraformSeconds} s (Terraform)` : "",
    ]);
  for (const { connections, deployments, naive, ours } of (results.naive ?? []).slice(-1))
    rows.push([
      `Resources and state, ${connections} connections × ${deployments} Deployments`,
      `${ours.resources}, ${bytes(ours.bytes)}; one per pair would be ${naive.resources}, ${bytes(naive.bytes)}`,
      "connections + Deployments",
    ]);
  const largest = results.growth?.rows.reduce((/** @type {any} */ a, /** @type {any} */ b) =>
    b.resources > a.resources ? b : a,
  );
  if (largest) {
    const { connections, deployments, resources, rotate, preview } = largest;
    rows.push([
      `${connections} LinkedToAll connections × ${deployments} Deployments`,
      `${resources} resources; one rotation: ${calls(rotate)}; no-op preview: ${calls(preview)}`,
      `${1 + connections + deployments} resources; ${deployments} Secret writes, 1 document`,
    ]);
  }
  return table(["what", "measured", "goal"], rows);
}

/** @param {any[]} results */
function floor(results) {
  const rows = results.flatMap(({ target, connections, deployments, checkpoints, order, links, steps }) =>
    steps.map((/** @type {any} */ { step, ours, floor: none, ratio }) => [
      `${target}, ${connections} × ${deployments}, ${order ?? "deployments"} declared first${links === "explicit" ? ", a link for each" : ""}${checkpoints ? "" : ", state written once"}`,
      step,
      range(ours),
      range(none),
      `${r(ratio.median)} (${r(ratio.min)}–${r(ratio.max)})`,
      step === "destroy" ? "" : `≤ ${goals.floorRatio}`,
    ]),
  );
  const sizes = results.map(({ target, links, states }) => {
    const each = (/** @type {any} */ state) => `${Math.round(state.bytes / state.resources)} B`;
    return `${target}${links === "explicit" ? ", linked" : ""}: ours ${each(states.ours)} per resource, no-op provider ${each(states.floor)}`;
  });
  return `### Beside a provider that does nothing

The same engine, the same number of resources, inputs and code of the same size. Connections × Deployments.

${table(["size", "command", "ours, s", "no-op, s", "ratio", "goal"], rows)}

State file: ${sizes.join("; ")}.${besideAnother(results)}`;
}

/** @param {any[]} results */
function besideAnother(results) {
  const rows = results.flatMap(({ target, connections, deployments, links, steps }) =>
    steps
      .filter((/** @type {any} */ { other }) => other)
      .map((/** @type {any} */ { step, ours, other, otherRatio }) => [
        `${target}, ${connections} × ${deployments}${links === "explicit" ? ", a link for each" : ""}`,
        step,
        range(ours),
        range(other),
        `${r(otherRatio.median)} (${r(otherRatio.min)}–${r(otherRatio.max)})`,
      ]),
  );
  if (rows.length === 0) return "";
  return `\n\nBeside another build:\n\n${table(["size", "command", "this, s", "other, s", "ratio"], rows)}`;
}

/** @param {any} results */
function plugin({ connections, deployments, rows: all, states }) {
  const ratio = (/** @type {any} */ one) => `${r(one.median)} (${r(one.min)}–${r(one.max)})`;
  const rows = all.map((/** @type {any} */ row) => [
    row.step,
    range(row.plugin),
    range(row.dynamic),
    range(row.dynamicFloor),
    range(row.pluginFloor),
    ratio(row.toDynamic),
    ratio(row.toDynamicFloor),
    ratio(row.toPluginFloor),
  ]);
  const headers = [
    "command",
    "plugin, s",
    "dynamic, s",
    "no-op dynamic, s",
    "no-op native, s",
    "to dynamic",
    "to no-op dynamic (goal ≤ 1)",
    `to no-op native (goal ≤ ${goals.floorRatio})`,
  ];
  const share = (/** @type {string} */ of) => r(states.plugin[of] / states.dynamic[of]);
  const size = (/** @type {any} */ state) => `${bytes(state.exportBytes)} exported, ${bytes(state.bytes)} as file`;
  return `### Two doors

The plugin and the dynamic provider over the same handlers, each beside a provider behind the same door that does nothing.
${connections} connections × ${deployments} Deployments in directories.

${table(headers, rows)}

State: plugin ${size(states.plugin)}; dynamic ${size(states.dynamic)}: ${share("exportBytes")} × and ${share("bytes")} × (goal ≤ ${goals.pluginState}).`;
}

/** @param {any} results */
function fanout({ connections, handlers, ups }) {
  const rows = handlers.map((/** @type {any} */ one) => [
    one.deployments,
    `${(one.secretBytes / 1024).toFixed(0)} KB`,
    range(one.handler, 2),
    range(one.bareWrites, 2),
    `${r(one.ratio.median)} (${r(one.ratio.min)}–${r(one.ratio.max)})`,
    `≤ ${goals.fanoutRatio}`,
    range(one.handlerOfOtherStack, 2),
    r(one.ratioOfOtherStack.median),
  ]);
  const headers = [
    "Deployments",
    "Secret",
    "handler, s",
    "bare writes, s",
    "ratio",
    "goal",
    "Deployments of another stack, s",
    "ratio to bare reads + writes",
  ];
  const upRows = ups.map((/** @type {any} */ one) => [
    one.deployments,
    range(one.up),
    one.deployments === 100 ? `≤ ${goals.terraformSeconds} (Terraform)` : "",
    range(one.noopPreview),
    one.created.toFixed(1),
  ]);
  const upHeaders = ["Deployments", "pulumi up, s", "bar", "no-op preview, s", "first up, s"];
  return `### One rotated password

${connections} connections in each Deployment. The handler's update in a new provider host (document, rendering,
validation, compare-and-set) beside a bare HTTPS client with sockets kept alive that only writes the same Secrets; both
16 at a time. Deployments of the same program have been read when they were checked; those of another stack are read in
the update, so that figure stands beside a bare client that reads each Secret and writes it.

${table(headers, rows)}${ups.length > 0 ? `\n\nThe whole command, the engine's own start and state included:\n\n${table(upHeaders, upRows)}` : ""}`;
}

/** @param {any[]} results */
function naive(results) {
  const rows = results.flatMap(({ connections, deployments, naive: pairs, ours }) =>
    [
      { name: "one resource per pair, no-op", ...pairs },
      { name: "ours, all its work", ...ours },
    ].map(({ name, resources, bytes: size, up, rotate }) => [
      `${connections} × ${deployments}`,
      name,
      resources,
      bytes(size),
      range(up),
      range(rotate),
    ]),
  );
  return `### The design with one resource per pair

${table(["size", "design", "resources", "state", "first up, s", "rotate one, s"], rows)}`;
}

/** @param {any} results */
function growth({ rows: all }) {
  const rows = all.map((/** @type {any} */ row) => [
    `${row.connections} × ${row.deployments}`,
    row.resources,
    bytes(row.stateBytes),
    `${row.create.seconds.toFixed(1)} s; ${calls(row.create)}`,
    `${row.preview.seconds.toFixed(1)} s; ${calls(row.preview)}`,
    `${row.rotate.seconds.toFixed(1)} s; ${calls(row.rotate)}`,
    `${Math.max(row.create.maxRssMb, row.rotate.maxRssMb).toFixed(0)} MB`,
  ]);
  const headers = ["size", "resources", "state", "create", "no-op preview", "rotate one password", "peak memory"];
  return `### Growth

Whole commands on the real engine, which writes its state once per command here; Kubernetes requests from the API
server's audit log; memory of the provider host.

${table(headers, rows)}`;
}

/** @param {any} results */
function stores({ deployments, rows: all }) {
  const rows = all.map((/** @type {any} */ row) => [
    row.store,
    row.connections,
    ...[row.up, row.noopUp, row.preview, row.rotate].map(({ requests, storeCalls }) => list(requests ?? storeCalls)),
  ]);
  return `### Requests that reach the store

Counted at the server: the API server's audit log, and proxies in front of Vault and the AWS emulator. The local store has
no server: these are calls into it. All connections go to ${deployments} Deployments.

${table(["store", "connections", "first up", "no-op up", "no-op preview", "rotate one password"], rows)}`;
}

/** @param {any} results */
function airflow({ rows: all, warnAbove, noticeableSeconds, firstSlow }) {
  const versions = Object.keys(all[0].seconds);
  const rows = all.map((/** @type {any} */ row) => [
    row.connections,
    ...versions.map((version) => range(row.seconds[version], 3)),
  ]);
  const verdict =
    firstSlow === undefined
      ? `No size took longer than ${noticeableSeconds} s.`
      : `The first size above ${noticeableSeconds} s is ${firstSlow}.`;
  return `### Airflow's first \`get_connection\`

Every connection has its own password; in a process whose secrets masker is empty, as in a new task.

${table(["connections", ...versions.map((version) => `${version}, s`)], rows)}

${verdict} The provider warns above ${warnAbove}.`;
}

/** @param {any} results */
function load({ rows: all }) {
  const rows = all.map((/** @type {any} */ row) => [
    row.case,
    range(row.load, 3),
    range(row.firstUse, 3),
    `${row.rssMb.median.toFixed(0)} MB`,
  ]);
  return `### Start of the provider host

${table(["case", "load handlers, s", "first use, s", "memory"], rows)}`;
}

/** @param {any} results */
function run({ rows: all }) {
  const rows = all.map((/** @type {any} */ { count, bare, ours, ratio }) => [
    count,
    range(ours, 2),
    range(bare, 2),
    range(ratio, 1),
    "≤ 0.5 s more",
  ]);
  return `### \`airflow-env run\`

From Enter to the end of \`node -e 0\`, alone and below \`airflow-env run\` on the local store with its key file.

${table(["connections", "run, s", "bare, s", "ratio", "goal"], rows)}`;
}

/** @param {any} results */
function page({ connections, deployments, paint, frameMs, heapMb, pageMb, serverMb }) {
  const row = [
    `${connections} × ${deployments}`,
    range(paint, 2),
    range(frameMs, 0),
    `${pageMb.median.toFixed(1)} MB`,
    `${heapMb.median.toFixed(0)} MB`,
    `${serverMb.toFixed(0)} MB`,
    "≤ 1 s",
  ];
  return `### The page

The matrix of \`airflow-env ui\` over the local store in headless Chromium, read in the window of a desk and scrolled a window's height
at each frame. Memory of scripts in the browser, and the server's peak.

${table(["size", "first paint, s", "95th of 100 frames, ms", "page", "browser", "server", "goal"], [row])}`;
}

/** @param {{ requests: Record<string, number>, storeCalls: Record<string, number> }} measured */
function calls({ requests, storeCalls }) {
  return `Kubernetes ${list(requests)}; store ${list(storeCalls)}`;
}

/** @param {Record<string, number>} counts */
function list(counts) {
  const named = Object.entries(counts).sort();
  return named.map(([name, count]) => `${count} ${name}`).join(", ") || "none";
}

/** @param {import("./statistics.mjs").Summary} summary @param {number} [digits] */
function range({ median, min, max, samples }, digits = 1) {
  const shown = median.toFixed(digits);
  return samples.length > 1 ? `${shown} (${min.toFixed(digits)}–${max.toFixed(digits)})` : shown;
}

/** @param {number} value */
function r(value) {
  return value.toFixed(2);
}

/** @param {number} value */
function s(value) {
  return `${value.toFixed(value < 1 ? 2 : 1)} s`;
}

/** @param {number} value */
function bytes(value) {
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e3).toFixed(0)} KB`;
}

/** @param {string[]} headers @param {unknown[][]} rows */
function table(headers, rows) {
  const line = (/** @type {unknown[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [line(headers), line(headers.map(() => "---")), ...rows.map(line)].join("\n");
}
