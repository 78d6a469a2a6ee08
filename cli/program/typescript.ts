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
  type VariableCode,
} from "./program";

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const GETTERS = {
  string: "requireSecret",
  boolean: "requireSecretBoolean",
  number: "requireSecretNumber",
  object: "requireSecretObject",
};

/** A program in TypeScript. Pure. */
export function writeTypeScript(program: Program): string {
  const usesConfig = expressionsOf(program).some((value) => "config" in value);
  const lines = [
    program.comment && `// ${program.comment}`,
    (usesConfig || isStoreOfConfig(program)) && `import * as pulumi from "@pulumi/pulumi";`,
    `import * as airflow from "pulumi-airflow-env";\n`,
    usesConfig && "const config = new pulumi.Config();",
    workspaceCode(program.workspace),
    ...program.objects.map((object) => `\n${object.kind === "variable" ? variable(object) : connection(object)}`),
  ];
  return lines.flatMap((line) => (line ? [`${line}\n`] : [])).join("");
}

function workspaceCode(workspace: Program["workspace"]): string {
  if ("declared" in workspace) return `const workspace = new airflow.Workspace(${literal(workspace.declared)});`;
  // A relative path starts at another folder in a program.
  const store =
    workspace.store === undefined ? `new pulumi.Config("airflow-env").require("store")` : literal(workspace.store);
  return `// ${REFERENCE_COMMENT}\nconst workspace = { name: ${literal(workspace.referred)}, store: ${store} };`;
}

function connection({ id, connType, isTyped, fields, sharing, links }: ConnectionCode): string {
  const lines = [
    "workspace",
    ...(isTyped ? [] : [`connType: ${literal(connType)}`]),
    ...fieldLines(fields, "  "),
    `sharing: ${literal(sharing)}`,
  ];
  const name = isTyped ? `connections.${classNameOf(connType)}` : "Connection";
  const linked = links.map(({ deployment, overrides }) => {
    const own = fieldLines(overrides, "    ").map((line) => `    ${line},\n`);
    return resource("ConnectionLink", `${id}-${deployment}`, [
      "connection",
      `deployment: ${literal(deployment)}`,
      ...(own.length > 0 ? [`overrides: {\n${own.join("")}  }`] : []),
    ]);
  });
  return `${links.length > 0 ? "const connection = " : ""}${[resource(name, id, lines), ...linked].join("\n\n")}`;
}

function variable({ id, value, description, sharing }: VariableCode): string {
  const lines = ["workspace", `value: ${code(value)}`];
  if (description !== undefined) lines.push(`description: ${literal(description)}`);
  return resource("Variable", id, [...lines, `sharing: ${literal(sharing)}`]);
}

function resource(name: string, id: string, lines: string[]): string {
  return `new airflow.${name}(${literal(id)}, {\n${lines.map((line) => `  ${line},\n`).join("")}});`;
}

function fieldLines(fields: Field[], indent: string): string[] {
  const { inputs, extra } = inputsOf(fields, true);
  const lines = inputs.map(([name, value]) => `${property(name)}: ${code(value)}`);
  if (extra.length === 0) return lines;
  const keys = extra.map(([key, value]) => `${indent}  ${property(key)}: ${code(value)},\n`);
  return [...lines, `extra: {\n${keys.join("")}${indent}}`];
}

function code(value: Expression): string {
  if ("literal" in value) return literal(value.literal);
  if ("stored" in value) return `airflow.valueFrom.store(${literal(value.stored)})`;
  return `config.${GETTERS[value.type]}(${literal(value.config)})`;
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${property(key)}: ${literal(member)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** A name in an object; `__proto__` as a plain key would set the prototype. */
function property(key: string): string {
  if (key === "__proto__") return `["__proto__"]`;
  return IDENTIFIER.test(key) ? key : JSON.stringify(key);
}
