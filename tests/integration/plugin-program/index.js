// The same program as program/index.js, for the plugin: resources of plain classes, as generated SDKs register them.
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");

const spec = JSON.parse(readFileSync(process.env.AIRFLOW_ENV_TEST_SPEC, "utf8"));
const canary = new pulumi.Config().getSecret("canary");
const made = { workspace: {}, deployment: {}, connection: {}, variable: {} };
const names = {
  workspace: "Workspace",
  deployment: "Deployment",
  connection: "Connection",
  link: "ConnectionLink",
  override: "Override",
  variable: "Variable",
  variableLink: "VariableLink",
};
/** Outputs that other declarations refer to. */
const outputs = {
  workspace: ["name", "store"],
  deployment: ["name", "workspace"],
  connection: ["connId", "workspace"],
};

class Native extends pulumi.CustomResource {
  constructor(kind, name, args, opts) {
    const declared = Object.fromEntries((outputs[kind] ?? []).map((output) => [output, undefined]));
    const aliases = [{ type: `pulumi-nodejs:dynamic/airflow:${names[kind]}` }];
    super(`airflow-env:index:${names[kind]}`, name, { ...declared, ...args }, pulumi.mergeOptions(opts, { aliases }));
  }
}

/** `$canary`, `$workspace:data`, `$env:X` and the like stand for what JSON cannot hold. */
function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
  if (typeof value !== "string" || !value.startsWith("$")) return value;
  const [kind, ...rest] = value.slice(1).split(":");
  const name = rest.join(":");
  if (kind === "canary") return canary;
  if (kind === "secret") return pulumi.secret(name);
  if (kind === "env" || kind === "file" || kind === "store") return { valueFrom: { [kind]: name } };
  return made[kind][name];
}

const referenceOf = (workspace) => workspace && { name: workspace.name, store: workspace.store };

/** What the plugin takes where the TypeScript classes take other resources. */
function flat({ workspace, deployment, connection, ...args }) {
  if (connection)
    return { ...args, workspace: connection.workspace, connId: connection.connId, deployment: deployment.name };
  if (deployment) return { ...args, workspace: deployment.workspace, deployment: deployment.name };
  return { ...args, ...(workspace && { workspace: referenceOf(workspace) }) };
}

/** Links by pair: an Override is made after its link, which the TypeScript classes know by themselves. */
const links = {};
const pairOf = ({ connection, deployment }) => `${connection} ${deployment}`;

for (const { kind, name, args, opts } of spec.resources) {
  const after = kind === "override" ? { dependsOn: links[pairOf(args)] ?? [] } : {};
  const resource = new Native(kind, name, flat(decode(args)), { ...after, ...(opts && decode(opts)) });
  if (kind === "link") links[pairOf(args)] = resource;
  if (made[kind]) made[kind][name] = resource;
}
