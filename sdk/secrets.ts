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
 * Makes secrets of `password`, of those extras that the catalog or Airflow's own masker treats as sensitive, and of any
 * text with a login in a URL.
 *
 * @param connType - decides which fields are secret; undefined where the type is declared elsewhere: then all that any
 *   type keeps secret.
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
  if (connType === undefined || typeof connType === "string")
    return catalog().isSecretField(connType, field) ? pulumi.secret(value) : markLogin(value);
  return pulumi.output(connType).apply((type) => pulumi.output(markText(type, field, value)));
}

/** `https://user:password@host` is a secret wherever it stands; of an output that is seen once its value is known. */
function markLogin(value: unknown): unknown {
  if (isEventual(value))
    return pulumi.output(value as pulumi.Input<string>).apply((known) => markLogin(known) as string);
  return catalog().holdsLogin(value) ? pulumi.secret(value) : value;
}

function markExtra(extra: unknown, connType: pulumi.Input<string> | undefined): unknown {
  // Of an extra that arrives as one output no part can be told from another: all of it is secret.
  if (isEventual(extra) || typeof extra !== "object" || Array.isArray(extra)) return pulumi.secret(extra);
  return mapEntries(extra as object, (key, value) => markEntry(connType, key, value));
}

function markEntry(connType: pulumi.Input<string> | undefined, key: string, value: unknown): unknown {
  if (!isValue(value) || isReference(value)) return value;
  if (connType === undefined || typeof connType === "string")
    return catalog().isSecretExtra(connType, key) ? pulumi.secret(value) : markInside(value);
  // One output cannot be secret in parts: an object with a sensitive name inside is secret as a whole.
  return pulumi.output(connType).apply((type) => pulumi.output(markEntry(type, key, value)));
}

/** Marks what is inside a value whose own key says nothing; there the names count, whatever the connection type. */
function markInside(value: unknown): unknown {
  if (!isValue(value) || isReference(value)) return value;
  if (isEventual(value)) return markEventual(value);
  if (Array.isArray(value)) return value.map(markInside);
  if (typeof value !== "object") return markLogin(value);
  return mapEntries(value as object, (key, item) =>
    isValue(item) && !isReference(item) && catalog().isSensitiveName(key) ? pulumi.secret(item) : markInside(item),
  );
}

/**
 * Like an `extra` that is one output: an object or a list is secret as a whole. A single value, or a reference, can hide
 * no sensitive name and stays readable, unless it is a URL with a login.
 */
function markEventual(value: unknown): unknown {
  const resolved: pulumi.Output<unknown> = pulumi.output(value as pulumi.Input<unknown[] | string>);
  const isGroup = (known: unknown) => typeof known === "object" && known !== null && !isReference(known);
  return resolved.apply((known) => (isGroup(known) ? pulumi.secret(known) : markLogin(known)));
}

function mapEntries(fields: object, mark: (key: string, value: unknown) => unknown): unknown {
  const entries = Object.entries(fields).map(([key, value]: [string, unknown]) => [key, mark(key, value)]);
  return Object.fromEntries(entries) as unknown;
}

/** Loads the catalog when it is first asked: importing the SDK stays quick, and the answers are needed synchronously. */
function catalog(): typeof Lookup {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with the SDK
  return require("../catalog/lookup") as typeof Lookup;
}

function isValue(value: unknown): boolean {
  return value !== undefined && value !== null;
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
