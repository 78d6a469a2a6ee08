// What the benchmark programs declare, from the JSON in BENCH_SPEC; the same for ours, the floor and the naive design.

/** @typedef {{ connections: number, deployments: number, revision: number, target: "kubernetes" | "directory", store: string, folder: string, secretName?: string, order: "deployments" | "connections", links: "all" | "explicit" }} Spec */

const digits = (/** @type {number} */ index) => String(index).padStart(4, "0");

exports.connectionId = (/** @type {number} */ index) => `c${digits(index)}`;

exports.deploymentName = (/** @type {number} */ index) => `d${digits(index)}`;

/** Fields of one connection: about 150 bytes in the projected file. `revision` is that of the first one's password. */
exports.connectionFields = (/** @type {number} */ index, /** @type {number} */ revision) => ({
  connType: "postgres",
  host: `db-${digits(index)}.internal`,
  login: "etl",
  password: `password-${digits(index)}-${index === 0 ? revision : 0}`,
  port: 5432,
  schema: "warehouse",
  extra: { sslmode: "require" },
});

/** Where one Deployment's connections go. */
exports.targetOf = (/** @type {number} */ index, /** @type {Spec} */ spec) =>
  spec.target === "kubernetes"
    ? { kubernetes: { namespace: exports.deploymentName(index), secretName: spec.secretName } }
    : { directory: { path: `${spec.folder}/targets/${exports.deploymentName(index)}` } };

/** @returns {Spec} */
exports.readSpec = () => JSON.parse(process.env.BENCH_SPEC ?? "{}");

exports.times = (/** @type {number} */ count) => Array.from({ length: count }, (_, index) => index);
