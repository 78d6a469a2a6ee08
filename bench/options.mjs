// @ts-check
import { parseArgs } from "node:util";

/** Parts of the benchmark, in the order in which they run. */
export const partNames = /** @type {const} */ ([
  "load",
  "airflow",
  "floor",
  "plugin",
  "fanout",
  "naive",
  "growth",
  "stores",
  "page",
  "run",
]);

/** @typedef {typeof partNames[number]} PartName */

/** Sizes by preset: `quick` is for a look while working, the default for a table, `full` for all the sizes. */
const presets = {
  quick: {
    rounds: 1,
    floor: [30, 5],
    fanout: [10, 100],
    "fanout-up": [],
    naive: ["10x10"],
    growth: ["10x5", "100x5"],
    airflow: [10, 50, 100],
    stores: [10],
    page: "100x10",
    run: [10],
  },
  default: {
    rounds: 3,
    floor: [100, 10],
    fanout: [10, 100, 300],
    "fanout-up": [100],
    naive: ["10x10", "20x10"],
    growth: ["10x10", "100x10", "300x10", "100x1", "100x30", "100x100"],
    airflow: [10, 50, 100, 200, 300],
    stores: [10, 100],
    page: "1000x100",
    run: [10, 100],
  },
  full: {
    rounds: 5,
    floor: [100, 10],
    fanout: [10, 100, 300],
    "fanout-up": [10, 100, 300],
    naive: ["10x10", "30x10", "100x10"],
    growth: [
      "10x10",
      "30x10",
      "100x10",
      "300x10",
      "1000x10",
      "100x1",
      "100x3",
      "100x30",
      "100x100",
      "100x300",
      "1000x100",
    ],
    airflow: [10, 50, 100, 200, 300],
    stores: [10, 100, 1000],
    page: "1000x100",
    run: [10, 100, 1000],
  },
};

/** Text of `--help`. */
export const usage = `Measures the package beside the floor that it stands on, on this machine: npm run bench -- [options]

  npm run bench                              all parts, about 20 minutes
  npm run bench -- --quick                   a look, about 4 minutes
  npm run bench -- --only floor,fanout       some parts
  npm run bench -- --only fanout --fanout 10,50 --rounds 7
  npm run bench -- --only growth --growth 1000x100
  npm run bench -- --full --update           every size; rewrites the tables and plots of README.md and docs/

Parts (--only a,b; all by default)
  load      start of the provider host: modules, first use of a store and of a cluster
  airflow   Airflow's first get_connection by number of connections
  floor     up, no-op up, preview and destroy beside a dynamic provider that does nothing
  plugin    the plugin beside the dynamic provider, and beside a native provider that does nothing (sizes of the floor)
  fanout    one rotated password to many Deployments, beside a bare client that writes the same Secrets
  naive     one resource per pair of connection and Deployment, beside ours
  growth    resources, state, store calls, Kubernetes calls and memory by size
  stores    requests that reach each store's server
  page      first paint, scrolling and memory of airflow-env ui in headless Chromium
  run       airflow-env run beside the bare command

Sizes (presets: --quick, --full)
  --rounds N              interleaved repeats; medians and ranges are over these
  --floor CxD             connections and Deployments, such as 100x10
  --targets a,b           of the floor: kubernetes, directory (both by default)
  --order connections     of the floor: Connections are declared before Deployments, not after them
  --links all,explicit    of the floor: all Deployments get each connection, or one of them by a link (both by default)
  --beside DIR            of the floor: another checkout of ours, built, measured in turn with this one
  --no-checkpoints        floor with the engine writing its state once, not after every resource
  --fanout D,D            Deployments for the handler's own time; --fanout-up D,D for the whole pulumi up
  --fanout-connections C  connections in each Secret, 100 by default
  --naive CxD,CxD         --growth CxD,CxD         --airflow C,C         --stores C,C
  --page CxD              --run C,C
  --no-fsync              etcd does not flush to disk: shows our own share more harshly

Output
  --json FILE             the results as JSON as well
  --update                writes bench/results.json, docs/bench-*.svg and the tables in README.md and docs/benchmarks.md
`;

/**
 * Reads the command line.
 *
 * @param {string[]} args
 * @throws TypeError for an unknown option or a value that is none.
 */
export function parseOptions(args) {
  const text = { type: /** @type {const} */ ("string") };
  const flag = { type: /** @type {const} */ ("boolean") };
  const sizes = { rounds: text, floor: text, targets: text, fanout: text, "fanout-up": text };
  const more = {
    order: text,
    links: text,
    beside: text,
    "fanout-connections": text,
    naive: text,
    growth: text,
    airflow: text,
    stores: text,
    page: text,
    run: text,
    only: text,
    json: text,
  };
  const flags = { help: { ...flag, short: "h" }, quick: flag, full: flag, update: flag };
  const switches = { "no-fsync": flag, "no-checkpoints": flag };
  const { values } = parseArgs({ args, options: { ...sizes, ...more, ...flags, ...switches } });
  const preset = presets[values.full ? "full" : values.quick ? "quick" : "default"];
  const only = values.only?.split(",") ?? [...partNames];
  const unknown = only.filter((name) => !partNames.includes(/** @type {PartName} */ (name)));
  if (unknown.length > 0) throw new TypeError(`--only ${unknown.join(",")}: the parts are ${partNames.join(", ")}`);
  const targets = values.targets?.split(",") ?? ["kubernetes", "directory"];
  return {
    help: values.help ?? false,
    only: /** @type {PartName[]} */ (only),
    rounds: values.rounds === undefined ? preset.rounds : number("--rounds", values.rounds),
    floor: values.floor === undefined ? pair("preset", preset.floor.join("x")) : pair("--floor", values.floor),
    targets: /** @type {("kubernetes" | "directory")[]} */ (targets),
    order: orderOf(values.order),
    links: linksOf(values.links),
    beside: values.beside,
    checkpoints: !values["no-checkpoints"],
    durable: !values["no-fsync"],
    fanout: numbers("--fanout", values.fanout) ?? preset.fanout,
    fanoutUp: numbers("--fanout-up", values["fanout-up"]) ?? preset["fanout-up"],
    fanoutConnections: number("--fanout-connections", values["fanout-connections"] ?? "100"),
    naive: (values.naive?.split(",") ?? preset.naive).map((size) => pair("--naive", size)),
    growth: (values.growth?.split(",") ?? preset.growth).map((size) => pair("--growth", size)),
    airflow: numbers("--airflow", values.airflow) ?? preset.airflow,
    stores: numbers("--stores", values.stores) ?? preset.stores,
    page: pair("--page", values.page ?? preset.page),
    run: numbers("--run", values.run) ?? preset.run,
    json: values.json,
    update: values.update ?? false,
    preset: values.full ? "full" : values.quick ? "quick" : "default",
  };
}

/** @param {string | undefined} value @returns {"connections" | "deployments"} */
function orderOf(value = "deployments") {
  if (value === "connections" || value === "deployments") return value;
  throw new TypeError(`--order ${value}: connections or deployments, whichever the program declares first`);
}

/** @param {string} [value] @returns {("all" | "explicit")[]} */
function linksOf(value = "all,explicit") {
  return value.split(",").map((one) => {
    if (one === "all" || one === "explicit") return one;
    throw new TypeError(`--links ${one}: all or explicit, or both with a comma`);
  });
}

/** @param {string} option @param {string} value */
function number(option, value) {
  if (!/^[1-9]\d*$/.test(value)) throw new TypeError(`${option} ${value}: a whole number above 0 is needed`);
  return Number(value);
}

/** @param {string} option @param {string | undefined} value */
function numbers(option, value) {
  if (value === "") return [];
  return value?.split(",").map((one) => number(option, one));
}

/** @param {string} option @param {string} value @returns {[number, number]} */
function pair(option, value) {
  const [connections, deployments, ...rest] = value.split("x");
  if (connections === undefined || deployments === undefined || rest.length > 0)
    throw new TypeError(`${option} ${value}: connections and Deployments are needed, such as 100x10`);
  return [number(option, connections), number(option, deployments)];
}
