// The Pulumi program of the integration tests: builds the resources that a JSON file names. Plain JavaScript, because
// compiling TypeScript would take longer than most of the tests' operations.
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const airflow = require("pulumi-airflow-env");

const spec = JSON.parse(readFileSync(process.env.AIRFLOW_ENV_TEST_SPEC, "utf8"));
const canary = new pulumi.Config().getSecret("canary");
const made = { workspace: {}, deployment: {}, connection: {}, variable: {} };
const classes = {
  workspace: airflow.Workspace,
  deployment: airflow.Deployment,
  connection: airflow.Connection,
  link: airflow.ConnectionLink,
  override: airflow.Override,
  variable: airflow.Variable,
  variableLink: airflow.VariableLink,
};

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
  if (kind === "env" || kind === "file" || kind === "store") return airflow.valueFrom[kind](name);
  return made[kind][name];
}

for (const { kind, name, args, opts } of spec.resources) {
  const resource = new classes[kind](name, decode(args), opts && decode(opts));
  if (made[kind]) made[kind][name] = resource;
}
