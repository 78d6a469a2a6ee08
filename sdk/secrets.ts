import * as pulumi from "@pulumi/pulumi";
import type { Visitor } from "../catalog/lookup";
import type { ValueReference } from "../provider/resources/declaration/references";
import { catalog } from "./catalog";
import { ProgramError } from "./program-error";

export type { ValueReference };

/**
 * A value that is not in the program, and so not in Pulumi's state: the provider looks it up when it needs it.
 *
 * @example password: airflow.valueFrom.env("WAREHOUSE_PASSWORD")
 */
export const valueFrom = {
  /** An environment variable of the process that runs `pulumi`. */
  env: (name: string): ValueReference => ({ valueFrom: { env: name } }),
  /** A text file, without its last newline; relative to the program's folder. */
  file: (path: string): ValueReference => ({ valueFrom: { file: path } }),
  /** A value in the Workspace's own store, written with `airflow-env value set NAME`. */
  store: (name: string): ValueReference => ({ valueFrom: { store: name } }),
};

/** Text given in the program, as a secret, or by reference. */
export type Text = pulumi.Input<string> | ValueReference;

/** Airflow's `extra`: known keys depend on the connection type, others are always allowed. */
export type Extra = Record<string, pulumi.Input<unknown>>;

/** Field values for one Deployment: absent inherits, a value replaces, null clears; `extra` merges key by key. */
export interface OverrideFields {
  description?: Text | null;
  host?: Text | null;
  login?: Text | null;
  /** Always kept as a Pulumi secret. */
  password?: Text | null;
  schema?: Text | null;
  port?: pulumi.Input<number> | null;
  /** JSON Merge Patch (RFC 7396): null removes a key. */
  extra?: pulumi.Input<Extra> | null;
}

/** How the secrets of a connection's fields are told from the rest. */
export interface SecrecyArgs {
  /**
   * All of `extra` is one Pulumi secret. For types whose secrets have names that say nothing; by default only what names
   * or values show to be secret is.
   */
  secretExtra?: boolean;
}

/**
 * Makes secrets of what the catalog's rules tell to be one, by name or by value; of an output once its value is known.
 *
 * @param connType - decides which fields are secret; undefined where the type is declared elsewhere: then all that any
 *   type keeps secret.
 * @param what - whose fields they are, for messages: `connection "warehouse"`.
 * @throws ProgramError if a field is nested too deep for anything that walks it, Pulumi included.
 */
export function markSecrets(
  fields: Record<string, unknown>,
  connType: pulumi.Input<string> | undefined,
  what: string,
  { secretExtra }: SecrecyArgs = {},
): Record<string, unknown> {
  for (const [field, value] of Object.entries(fields)) {
    const problem = catalog().depthProblem(value, field, isEventual);
    if (problem) throw new ProgramError(`${what}: ${problem.field} ${problem.reason}`);
  }
  return catalog().visitSecrets(connType, fields, visitor, { secretExtra });
}

const visitor: Visitor = {
  seal: (value) => pulumi.secret(value),
  isEventual,
  later: (value, judge) =>
    pulumi.output(value as pulumi.Input<string>).apply((known) => pulumi.output(judge(known) as pulumi.Input<string>)),
  exception(value, path) {
    // A password is secret whatever it is.
    if (isEventual(value) || !isReference(value) || path.join() === "password") return undefined;
    return "leave";
  },
};

/** A text as a secret; a reference only says where the text is. */
export function sealed(value: Text): Text {
  return isReference(value) ? value : pulumi.secret(value as pulumi.Input<string>);
}

/** A promise has no entries: it must not be taken for an empty object. */
function isEventual(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** Narrow, as the provider's own check: anything that merely looks like a reference may hold a secret. */
function isReference(value: unknown): boolean {
  const source = onlyEntry(value, ["valueFrom"]);
  return typeof onlyEntry(source, ["env", "file", "store"]) === "string";
}

function onlyEntry(value: unknown, keys: readonly string[]): unknown {
  if (typeof value !== "object" || value === null || isEventual(value)) return undefined;
  const [entry, ...more] = Object.entries(value) as [string, unknown][];
  return entry && more.length === 0 && keys.includes(entry[0]) ? entry[1] : undefined;
}
