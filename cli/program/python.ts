import { classNameOf } from "../../provider/plugin/typed";
import {
  expressionsOf,
  inputsOf,
  isStoreOfConfig,
  REFERENCE_COMMENT,
  type ConnectionCode,
  type Expression,
  type Field,
  type Program,
  type Sharing,
  type VariableCode,
} from "./program";

const GETTERS = {
  string: "require_secret",
  boolean: "require_secret_bool",
  number: "require_secret_float",
  object: "require_secret_object",
};
const SHARING: Record<Sharing, string> = { LinkedToAll: "LINKED_TO_ALL", Restricted: "RESTRICTED" };

/** A program in Python, for the package that is generated from the plugin's schema. Pure. */
export function writePython(program: Program): string {
  const usesConfig = expressionsOf(program).some((value) => "config" in value);
  const lines = [
    program.comment && `# ${program.comment}`,
    (usesConfig || isStoreOfConfig(program)) && "import pulumi",
    "import pulumi_airflow_env as airflow\n",
    usesConfig && "config = pulumi.Config()",
    workspaceCode(program.workspace),
    ...program.objects.map((object) => `\n${object.kind === "variable" ? variable(object) : connection(object)}`),
  ];
  return lines.flatMap((line) => (line ? [`${line}\n`] : [])).join("");
}

/**
 * An input's name in Python, as Pulumi's generator makes it: `tlsCAFile` is `tls_ca_file`.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/codegen/python/python.go PyName
 */
export function pythonName(input: string): string {
  return input
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}

function workspaceCode(workspace: Program["workspace"]): string {
  if ("declared" in workspace)
    return `data = airflow.Workspace(${literal(workspace.declared)})
workspace = airflow.WorkspaceReferenceArgs(name=data.name, store=data.store)`;
  const store =
    workspace.store === undefined ? `pulumi.Config("airflow-env").require("store")` : literal(workspace.store);
  return `# ${REFERENCE_COMMENT}
workspace = airflow.WorkspaceReferenceArgs(name=${literal(workspace.referred)}, store=${store})`;
}

function connection({ id, connType, isTyped, fields, sharing, links }: ConnectionCode): string {
  const lines = [
    ...(isTyped ? [] : [`conn_type=${literal(connType)}`]),
    ...fieldLines(fields, isTyped, "    "),
    `sharing=airflow.Sharing.${SHARING[sharing]}`,
  ];
  const name = isTyped ? `connections.${classNameOf(connType)}` : "Connection";
  const linked = links.map(({ deployment, overrides }) => {
    const own = fieldLines(overrides, false, "        ").map((line) => `        ${line},\n`);
    return resource("ConnectionLink", `${id}-${deployment}`, [
      "conn_id=connection.conn_id",
      `deployment=${literal(deployment)}`,
      ...(own.length > 0 ? [`overrides=airflow.ConnectionValuesArgs(\n${own.join("")}    )`] : []),
    ]);
  });
  return `${links.length > 0 ? "connection = " : ""}${[resource(name, id, lines), ...linked].join("\n\n")}`;
}

function variable({ id, value, description, sharing }: VariableCode): string {
  const lines = [`value=${code(value)}`];
  if (description !== undefined) lines.push(`description=${literal(description)}`);
  return resource("Variable", id, [...lines, `sharing=airflow.Sharing.${SHARING[sharing]}`]);
}

function resource(name: string, id: string, lines: string[]): string {
  const all = ["workspace=workspace", ...lines].map((line) => `    ${line},\n`);
  return `airflow.${name}(\n    ${literal(id)},\n${all.join("")})`;
}

function fieldLines(fields: Field[], isTyped: boolean, indent: string): string[] {
  const { inputs, extra } = inputsOf(fields, isTyped);
  const lines = inputs.map(([name, value]) => `${pythonName(name)}=${code(value)}`);
  if (extra.length === 0) return lines;
  const keys = extra.map(([key, value]) => `${indent}    ${literal(key)}: ${code(value)},\n`);
  return [...lines, `extra={\n${keys.join("")}${indent}}`];
}

function code(value: Expression): string {
  if ("literal" in value) return literal(value.literal);
  if ("stored" in value)
    return `airflow.ValueReferenceArgs(value_from=airflow.ValueSourceArgs(store=${literal(value.stored)}))`;
  return `config.${GETTERS[value.type]}(${literal(value.config)})`;
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null) return "None";
  // JSON's texts and numbers are Python's too.
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${literal(key)}: ${literal(member)}`)
    .join(", ")}}`;
}
