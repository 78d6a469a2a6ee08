import { catalog, findConnectionType, findExtra, withoutFormPrefix } from "../connection-types";
import { judgeName, type NameVerdict } from "./names";

/** What at least one type keeps secret. */
interface SecretsOfAnyType {
  readonly fields: ReadonlySet<string>;
  readonly extras: ReadonlySet<string>;
  /** Lower case. */
  readonly undeclaredExtras: ReadonlySet<string>;
}

let ofAnyType: SecretsOfAnyType | undefined;

/** Collected at the first use: asked only where a connection is declared elsewhere. */
function secretsOfAnyType(): SecretsOfAnyType {
  if (ofAnyType === undefined) {
    const types = catalog().types;
    ofAnyType = {
      fields: new Set(types.flatMap(({ fields }) => keysWhere(fields, ({ secret }) => secret === true))),
      extras: new Set(
        types.flatMap(({ id, extras }) => extras.map(({ key }) => key).filter((key) => isDeclared(id, key))),
      ),
      undeclaredExtras: new Set(types.flatMap(({ undeclaredSecretExtras = [] }) => undeclaredSecretExtras)),
    };
  }
  return ofAnyType;
}

function keysWhere<T>(record: Readonly<Record<string, T>>, holds: (value: T) => boolean): string[] {
  return Object.entries(record).flatMap(([key, value]) => (holds(value) ? [key] : []));
}

/**
 * Whether the package, or a correction of it, declares an extra as secret. What is only so by its name is left to
 * `judgeName`, which can tell `proxy_password` from `proxy_host`.
 */
function isDeclared(connType: string, key: string): boolean {
  const extra = findExtra(connType, key);
  return extra?.secret === true && extra.secretBy !== "name";
}

/**
 * What a standard field holds: `password` is secret always, others where the type keeps a secret in them
 * (azure_service_bus: `schema`). A name that is no field is judged as a key of `extra` would be.
 *
 * @param connType - `undefined`, where the type is declared elsewhere: what any type keeps secret counts.
 */
export function fieldVerdict(connType: string | undefined, field: string): NameVerdict {
  const isSecret =
    connType === undefined
      ? secretsOfAnyType().fields.has(field)
      : Object.entries(findConnectionType(connType)?.fields ?? {}).some(
          ([name, form]) => name === field && form.secret,
        );
  return isSecret ? "hard" : judgeName(field);
}

/**
 * What a key of `extra` holds, by the catalog and by its name.
 *
 * @param connType - a type that is not in the catalog: only the name counts. `undefined`, where the type is declared
 *   elsewhere: what any type keeps secret counts too.
 */
export function extraVerdict(connType: string | undefined, key: string): NameVerdict {
  const bare = withoutFormPrefix(key);
  if (isKeptSecret(connType, bare, bare.toLowerCase())) return "hard";
  return isNoSecret(connType, bare) ? "open" : judgeName(key);
}

/** Whether a correction says of a name that sounds like a secret that it is none for this type. */
function isNoSecret(connType: string | undefined, key: string): boolean {
  const extra = connType === undefined ? undefined : findExtra(connType, key);
  return extra?.secret === false && extra.secretBy === "correction";
}

function isKeptSecret(connType: string | undefined, key: string, lower: string): boolean {
  if (connType === undefined) {
    const { extras, undeclaredExtras } = secretsOfAnyType();
    return extras.has(key) || undeclaredExtras.has(lower);
  }
  return isDeclared(connType, key) || findConnectionType(connType)?.undeclaredSecretExtras?.includes(lower) === true;
}

/** Whether the name of a key of `extra`, or of a variable, alone makes a text under it a secret. */
export function isSensitiveName(name: string): boolean {
  return judgeName(name) !== "open";
}

/** Whether a text under a key of `extra` is a secret whatever it says; see `extraVerdict`. */
export function isSecretExtra(connType: string | undefined, key: string): boolean {
  return extraVerdict(connType, key) !== "open";
}

/** Whether a standard field is a secret whatever it says; see `fieldVerdict`. */
export function isSecretField(connType: string | undefined, field: string): boolean {
  return fieldVerdict(connType, field) !== "open";
}
