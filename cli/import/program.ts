import { findConnectionType } from "../../catalog/lookup";
import type { ConnectionFields } from "../../provider/airflow/connection";
import { InputError } from "../../provider/errors";
import { canonicalJson } from "../../provider/airflow/json";
import type { Imported, ImportedConnection, ImportedVariable } from "./imported";
import { classNameOf, literal, property } from "../typescript";
import { secretPaths } from "./secrecy";

/** Where secrets go, and so how the program refers to them. */
export type SecretPlace = "pulumi" | "store";

/** How the program is written. */
export interface ProgramOptions {
  workspace: string;
  sharing: "LinkedToAll" | "Restricted";
  secrets: SecretPlace;
}

/** A program, and what it refers to. */
export interface Program {
  /** TypeScript; no secret is in it. Equal input gives equal text. */
  text: string;
  /** Secret text by its name in the stack's configuration, or in the store. */
  secrets: Map<string, string>;
  /** Names that the program refers to and the source did not give. */
  withheld: string[];
}

const TEXT_FIELDS = ["description", "host", "login", "password", "schema"] as const;

/**
 * Writes the program of what was imported. Pure.
 *
 * @throws InputError for a secret that is no text, when secrets go to the store: it keeps texts.
 */
export function writeProgram({ connections, variables }: Imported, options: ProgramOptions): Program {
  const references = new References(options.secrets);
  const resources = [
    ...connections.map((connection) => connectionCode(connection, options, references)),
    ...variables.map((variable) => variableCode(variable, options, references)),
  ];
  const usesConfig = options.secrets === "pulumi" && references.isUsed;
  const text = `// Written by airflow-env import; it is yours now. Secrets are not in it.
${usesConfig ? `import * as pulumi from "@pulumi/pulumi";\n` : ""}import * as airflow from "pulumi-airflow-env";

${usesConfig ? "const config = new pulumi.Config();\n" : ""}const workspace = new airflow.Workspace(${JSON.stringify(options.workspace)});
${resources.map((resource) => `\n${resource}`).join("")}`;
  return { text, secrets: references.secrets, withheld: references.withheld };
}

/** Names secrets, and collects their values. */
class References {
  readonly secrets = new Map<string, string>();
  readonly withheld: string[] = [];
  isUsed = false;

  constructor(private readonly place: SecretPlace) {}

  /** Code that refers to a secret. @param value - undefined when the source does not give it. */
  refer(path: string[], value: unknown): string {
    this.isUsed = true;
    const name = this.nameOf(path);
    const isText = value === undefined || typeof value === "string";
    if (value === undefined) this.withheld.push(name);
    else this.secrets.set(name, isText ? value : canonicalJson(value));
    if (this.place === "store" && !isText)
      throw new InputError(
        `${path.join(" ")} is secret and no text, which the store cannot keep; use --secrets pulumi`,
      );
    if (this.place === "store") return `airflow.valueFrom.store(${JSON.stringify(name)})`;
    return `config.${isText ? "requireSecret" : "requireSecretObject"}(${JSON.stringify(name)})`;
  }

  /** Ids have no slash, so no two paths have one name; a colon would end the name in Pulumi's configuration. */
  private nameOf(path: string[]): string {
    if (this.place === "pulumi") return path.map(encodeURIComponent).join("/");
    const plain = path
      .join("-")
      .replace(/[^A-Za-z0-9_-]+/g, "_")
      .slice(0, 180);
    for (let suffix = 1; ; suffix++) {
      const name = suffix === 1 ? plain : `${plain}-${suffix}`;
      if (!this.secrets.has(name) && !this.withheld.includes(name)) return name;
    }
  }
}

function connectionCode(
  { id, fields, withheld }: ImportedConnection,
  { sharing }: ProgramOptions,
  references: References,
): string {
  const secret = secretPaths(fields);
  const lines = ["workspace"];
  const className = typedClassFor(fields, withheld);
  if (className === undefined) lines.push(`connType: ${JSON.stringify(fields.connType)}`);
  for (const field of TEXT_FIELDS) {
    const value = fields[field];
    if (withheld.includes(field)) lines.push(`${field}: ${references.refer(["connection", id, field], undefined)}`);
    else if (value !== undefined)
      lines.push(
        `${field}: ${secret.has(field) ? references.refer(["connection", id, field], value) : literal(value)}`,
      );
  }
  if (fields.port !== undefined) lines.push(`port: ${fields.port}`);
  const extra = [
    ...Object.entries(fields.extra ?? {}).map(([key, value]): [string, string] => [
      key,
      secret.has(`extra.${key}`) ? references.refer(["connection", id, "extra", key], value) : literal(value),
    ]),
    ...withheld.flatMap((path): [string, string][] => {
      const key = path.slice("extra.".length);
      return path.startsWith("extra.") ? [[key, references.refer(["connection", id, "extra", key], undefined)]] : [];
    }),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  if (extra.length > 0)
    lines.push(`extra: {\n${extra.map(([key, code]) => `    ${property(key)}: ${code},\n`).join("")}  }`);
  lines.push(`sharing: ${JSON.stringify(sharing)}`);
  const name = className === undefined ? "Connection" : `connections.${className}`;
  return resourceCode(name, id, lines);
}

function variableCode(
  { id, value, description }: ImportedVariable,
  { sharing }: ProgramOptions,
  references: References,
): string {
  const lines = ["workspace", `value: ${references.refer(["variable", id], value)}`];
  if (description !== undefined) lines.push(`description: ${literal(description)}`);
  lines.push(`sharing: ${JSON.stringify(sharing)}`);
  return resourceCode("Variable", id, lines);
}

function resourceCode(name: string, id: string, lines: string[]): string {
  return `new airflow.${name}(${JSON.stringify(id)}, {\n${lines.map((line) => `  ${line},\n`).join("")}});\n`;
}

/** A typed class has no input for a field that its type hides: then the generic one is used. */
function typedClassFor(fields: ConnectionFields, withheld: string[]): string | undefined {
  const type = findConnectionType(fields.connType);
  if (!type || type.extras.some(({ required }) => required)) return undefined;
  const set = (["host", "login", "password", "schema", "port"] as const).filter(
    (field) => fields[field] !== undefined || withheld.includes(field),
  );
  return set.some((field) => type.fields[field]?.hidden) ? undefined : classNameOf(fields.connType);
}
