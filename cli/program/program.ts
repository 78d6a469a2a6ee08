/** A value in a program: plain, or a reference to a secret, which is never in the program itself. */
export type Expression =
  | { literal: unknown }
  /** A secret of the stack's configuration. */
  | { config: string; type: ConfigType }
  /** A value that the store keeps, see `airflow-env value set`. */
  | { stored: string };

/** How a setting of the stack's configuration is read. */
export type ConfigType = "string" | "boolean" | "number" | "object";

/** A field with what the program says of it. */
export interface Field {
  /** Airflow's, such as `host` or `extra.sslmode`. */
  path: string;
  /** Input of the typed class; without it, a key of `extra` goes into `extra`. */
  input?: string;
  value: Expression;
}

/** A connection, and the Deployments that a link gives it. */
export interface ConnectionCode {
  kind: "connection";
  id: string;
  connType: string;
  /** Whether the class of its type is used, rather than that of any connection. */
  isTyped: boolean;
  fields: Field[];
  sharing: Sharing;
  links: { deployment: string; overrides: Field[] }[];
}

/** A Variable. */
export interface VariableCode {
  kind: "variable";
  id: string;
  value: Expression;
  description?: string;
  sharing: Sharing;
}

/** Who gets an object. */
export type Sharing = "LinkedToAll" | "Restricted";

/** A program without secrets, in no language yet. */
export interface Program {
  /** First line, as a comment. */
  comment?: string;
  workspace:
    | { declared: string }
    /** One that another program declares; without a store, the one that the stack's configuration names. */
    | { referred: string; store: string | undefined };
  objects: (ConnectionCode | VariableCode)[];
}

/** What a reader of a program that refers to a Workspace is to know. */
export const REFERENCE_COMMENT =
  "In the program that declares the Workspace and the Deployments, name its own resources instead.";

/** Whether a program takes the Workspace's store from the stack's configuration. */
export function isStoreOfConfig({ workspace }: Program): boolean {
  return "referred" in workspace && workspace.store === undefined;
}

/** All values of a program, links included. */
export function expressionsOf({ objects }: Program): Expression[] {
  return objects.flatMap((object) =>
    object.kind === "variable"
      ? [object.value]
      : [object.fields, ...object.links.map(({ overrides }) => overrides)].flat().map(({ value }) => value),
  );
}

/**
 * Fields as inputs of a class.
 *
 * @param typed - whether extras are inputs where the class has them.
 * @returns the inputs, and what goes into `extra`, by Airflow's keys.
 */
export function inputsOf(
  fields: Field[],
  typed: boolean,
): { inputs: [name: string, value: Expression][]; extra: [key: string, value: Expression][] } {
  const isExtra = ({ path, input }: Field) => path.startsWith(EXTRA) && !(typed && input !== undefined);
  return {
    inputs: fields.filter((field) => !isExtra(field)).map(({ path, input, value }) => [input ?? path, value]),
    extra: fields.filter(isExtra).map(({ path, value }) => [path.slice(EXTRA.length), value]),
  };
}

const EXTRA = "extra.";
