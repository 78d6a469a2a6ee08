import { findConnectionType } from "../../catalog/lookup";
import type { ConnectionFields } from "../../provider/airflow/connection";
import { canonicalJson } from "../../provider/airflow/json";
import { InputError } from "../../provider/errors";
import type { ConnectionCode, Expression, Field, Program, Sharing, VariableCode } from "../program/program";
import type { Imported, ImportedConnection, ImportedVariable } from "./imported";
import { secretPaths } from "./secrecy";

/** Where secrets go, and so how the program refers to them. */
export type SecretPlace = "pulumi" | "store";

/** What is not in the source. */
export interface ProgramOptions {
  workspace: string;
  sharing: Sharing;
  secrets: SecretPlace;
}

/** A program, and what it refers to. */
export interface ImportedProgram {
  program: Program;
  /** Secret text by its name in the stack's configuration, or in the store. */
  secrets: Map<string, string>;
  /** Names that the program refers to and the source did not give. */
  withheld: string[];
}

const TEXT_FIELDS = ["description", "host", "login", "password", "schema"] as const;

/**
 * The program of what was imported. Equal input gives an equal program. Pure.
 *
 * @throws InputError for a secret that is no text, when secrets go to the store: it keeps texts.
 */
export function programOf({ connections, variables }: Imported, options: ProgramOptions): ImportedProgram {
  const references = new References(options.secrets);
  const program: Program = {
    comment: "Written by airflow-env import; it is yours now. Secrets are not in it.",
    workspace: { declared: options.workspace },
    objects: [
      ...connections.map((connection) => connectionCode(connection, options, references)),
      ...variables.map((variable) => variableCode(variable, options, references)),
    ],
  };
  return { program, secrets: references.secrets, withheld: references.withheld };
}

/** Names secrets, and collects their values. */
class References {
  readonly secrets = new Map<string, string>();
  readonly withheld: string[] = [];

  constructor(private readonly place: SecretPlace) {}

  /** Refers to a secret. @param value - undefined when the source does not give it. */
  refer(path: string[], value: unknown): Expression {
    const name = this.nameOf(path);
    const isText = value === undefined || typeof value === "string";
    if (value === undefined) this.withheld.push(name);
    else this.secrets.set(name, isText ? value : canonicalJson(value));
    if (this.place === "store" && !isText)
      throw new InputError(
        `${path.join(" ")} is secret and no text, which the store cannot keep; use --secrets pulumi`,
      );
    if (this.place === "store") return { stored: name };
    return { config: name, type: isText ? "string" : "object" };
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
): ConnectionCode {
  const secret = secretPaths(fields);
  const refer = (path: string, value: unknown) => references.refer(["connection", id, ...partsOf(path)], value);
  const field = (path: string, value: unknown): Field => ({
    path,
    value: secret.has(path) ? refer(path, value) : { literal: value },
  });
  const texts = TEXT_FIELDS.flatMap((name): Field[] => {
    if (withheld.includes(name)) return [{ path: name, value: refer(name, undefined) }];
    return fields[name] === undefined ? [] : [field(name, fields[name])];
  });
  const port = fields.port === undefined ? [] : [field("port", fields.port)];
  const extra = [
    ...Object.entries(fields.extra ?? {}).map(([key, value]) => field(`extra.${key}`, value)),
    ...withheld
      .filter((path) => path.startsWith("extra."))
      .map((path): Field => ({ path, value: refer(path, undefined) })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const isTyped = hasTypedClass(fields, withheld);
  return {
    kind: "connection",
    id,
    connType: fields.connType,
    isTyped,
    fields: [...texts, ...port, ...extra],
    sharing,
    links: [],
  };
}

function partsOf(path: string): string[] {
  return path.startsWith("extra.") ? ["extra", path.slice("extra.".length)] : [path];
}

function variableCode(
  { id, value, description }: ImportedVariable,
  { sharing }: ProgramOptions,
  references: References,
): VariableCode {
  const reference = references.refer(["variable", id], value);
  return { kind: "variable", id, value: reference, ...(description !== undefined && { description }), sharing };
}

/** A typed class has no input for a field that its type hides: then the generic one is used. */
function hasTypedClass(fields: ConnectionFields, withheld: string[]): boolean {
  const type = findConnectionType(fields.connType);
  if (!type || type.extras.some(({ required }) => required)) return false;
  const set = (["host", "login", "password", "schema", "port"] as const).filter(
    (field) => fields[field] !== undefined || withheld.includes(field),
  );
  return !set.some((field) => type.fields[field]?.hidden);
}
