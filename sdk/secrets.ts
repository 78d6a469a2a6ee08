import * as pulumi from "@pulumi/pulumi";
import type * as Lookup from "../catalog/lookup";
import type { ValueReference } from "../provider/resources/references";

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

/**
 * Makes secrets of `password` and of those extras that the catalog or Airflow's own masker treats as sensitive.
 *
 * @param connType - decides which extras are secret; undefined where the type is declared elsewhere.
 */
export function markSecrets(
  fields: Record<string, unknown>,
  connType: pulumi.Input<string> | undefined,
): Record<string, unknown> {
  const marked = { ...fields };
  for (const field of TEXT_FIELDS) if (isValue(marked[field])) marked[field] = markText(connType, field, marked[field]);
  if (isValue(marked["extra"])) marked["extra"] = markExtra(marked["extra"], connType);
  return marked;
}

const TEXT_FIELDS = ["password", "description", "host", "login", "schema"] as const;

/** `password` is always secret; some types keep a key in another field, such as a connection string in `schema`. */
function markText(
  connType: pulumi.Input<string> | undefined,
  field: (typeof TEXT_FIELDS)[number],
  value: unknown,
): unknown {
  if (field === "password") return pulumi.secret(value);
  if (connType === undefined) return value;
  if (typeof connType === "string") return catalog().isSecretField(connType, field) ? pulumi.secret(value) : value;
  return pulumi.output(connType).apply((type) => (catalog().isSecretField(type, field) ? pulumi.secret(value) : value));
}

function markExtra(extra: unknown, connType: pulumi.Input<string> | undefined): unknown {
  // Of an extra that arrives as one output no part can be told from another: all of it is secret.
  if (pulumi.Output.isInstance(extra) || extra instanceof Promise || typeof extra !== "object" || extra === null)
    return pulumi.secret(extra);
  const entries = Object.entries(extra).map(([key, value]: [string, unknown]) => [
    key,
    markEntry(connType, key, value),
  ]);
  return Object.fromEntries(entries) as unknown;
}

function markEntry(connType: pulumi.Input<string> | undefined, key: string, value: unknown, nested = false): unknown {
  if (!isValue(value) || isReference(value)) return value;
  if (typeof connType === "string" || connType === undefined || nested) {
    if (isSecret(connType as string | undefined, key, nested)) return pulumi.secret(value);
    if (pulumi.Output.isInstance(value) || typeof value !== "object" || Array.isArray(value)) return value;
    const entries = Object.entries(value as object).map(([name, item]: [string, unknown]) => [
      name,
      markEntry(undefined, name, item, true),
    ]);
    return Object.fromEntries(entries) as unknown;
  }
  // One output cannot be secret in parts: an object with a sensitive name inside is secret as a whole.
  return pulumi.output(connType).apply((type) => pulumi.output(markEntry(type, key, value)));
}

function isSecret(connType: string | undefined, key: string, nested: boolean): boolean {
  return nested ? catalog().isSensitiveName(key) : catalog().isSecretExtra(connType, key);
}

/** Loads the catalog when it is first asked: importing the SDK stays quick, and the answers are needed synchronously. */
function catalog(): typeof Lookup {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with the SDK
  return require("../catalog/lookup") as typeof Lookup;
}

function isValue(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "valueFrom";
}
