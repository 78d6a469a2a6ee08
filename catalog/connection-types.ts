import type { CatalogData, ConnectionTypeData, ExtraField, FieldForm, StandardField } from "./catalog-data";
import type * as generated from "./catalog.generated";

/** What the Airflow provider packages say about one connection type. */
export interface ConnectionType extends ConnectionTypeData {
  /** Version of the provider package that was read. */
  readonly providerVersion: string;
  /** The provider's own name, such as "Google". */
  readonly providerName: string;
  /** What the provider package says about itself. */
  readonly description: string;
  /** Start page of the provider's documentation. */
  readonly documentationUrl: string;
}

interface Catalog extends CatalogData {
  readonly byId: ReadonlyMap<string, ConnectionType>;
}

let loaded: Catalog | undefined;

/**
 * The generated data, read at the first use (about 4 ms), so that importing this module costs nothing.
 *
 * @internal
 */
export function catalog(): Catalog {
  if (loaded === undefined) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- import() would make every look-up asynchronous
    const { catalogData } = require("./catalog.generated") as typeof generated;
    const byId = new Map<string, ConnectionType>();
    for (const type of catalogData.types) {
      const provider = catalogData.providers[type.providerPackage];
      if (provider === undefined) throw new Error(`catalog: ${type.id} names an unknown provider package`);
      const { version: providerVersion, name: providerName, description, documentationUrl } = provider;
      byId.set(type.id, { ...type, providerVersion, providerName, description, documentationUrl });
    }
    loaded = { ...catalogData, byId };
  }
  return loaded;
}

/**
 * Finds a connection type by its exact Airflow id, such as `"google_cloud_platform"`.
 *
 * @returns `undefined` for a type that no official provider package declares; such types are allowed.
 */
export function findConnectionType(connType: string): ConnectionType | undefined {
  return catalog().byId.get(connType);
}

/** Lists all connection types, sorted by id. */
export function listConnectionTypes(): ConnectionType[] {
  return [...catalog().byId.values()];
}

/** The Airflow release whose provider packages were read. */
export function catalogAirflowVersion(): string {
  return catalog().airflowVersion;
}

/**
 * The key of an extra without the prefix that forms before Airflow 2.3 added: `extra__ssh__key_file` is `key_file`.
 * Hooks still read the old form.
 */
export function withoutFormPrefix(key: string): string {
  return /^extra__.+?__(.+)$/s.exec(key)?.[1] ?? key;
}

/** Finds the declared extra behind a key, with or without the old form prefix. */
export function findExtra(connType: string, key: string): ExtraField | undefined {
  const bare = withoutFormPrefix(key);
  return findConnectionType(connType)?.extras.find((extra) => extra.key === bare);
}

/**
 * Whether Airflow's own secrets masker hides the value of a key with this name, in any release from 2.11 on.
 * Use it for keys nested inside an extra.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/mask-sensitive-values.html
 */
export function isSensitiveName(key: string): boolean {
  // 3.x folds every run of non-word characters into "_"; 2.x does not, so 3.x hides all that 2.x hides.
  const folded = key
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, "_");
  return catalog().sensitiveNames.some((name) => folded.includes(name));
}

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
    const { types } = catalog();
    const fieldsOf = ({ fields }: ConnectionTypeData) => Object.entries(fields).filter(([, { secret }]) => secret);
    ofAnyType = {
      fields: new Set(types.flatMap((type) => fieldsOf(type).map(([field]) => field))),
      extras: new Set(types.flatMap(({ extras }) => extras.filter(({ secret }) => secret).map(({ key }) => key))),
      undeclaredExtras: new Set(types.flatMap(({ undeclaredSecretExtras = [] }) => undeclaredSecretExtras)),
    };
  }
  return ofAnyType;
}

/**
 * Whether the value of an extra is a secret: the catalog says so, or Airflow's masker hides the name.
 *
 * @param connType - a type that is not in the catalog: only Airflow's names count. `undefined`, where the type is
 *   declared elsewhere: what any type keeps secret counts too.
 */
export function isSecretExtra(connType: string | undefined, key: string): boolean {
  const bare = withoutFormPrefix(key);
  if (isSensitiveName(key)) return true;
  if (connType === undefined) {
    const { extras, undeclaredExtras } = secretsOfAnyType();
    return extras.has(bare) || undeclaredExtras.has(bare.toLowerCase());
  }
  if (findExtra(connType, bare)?.secret) return true;
  return findConnectionType(connType)?.undeclaredSecretExtras?.includes(bare.toLowerCase()) ?? false;
}

/**
 * Whether a standard field is a secret: `password` always, others where the type keeps a secret in them
 * (azure_service_bus: `schema`).
 *
 * @param connType - `undefined`, where the type is declared elsewhere: what any type keeps secret counts.
 */
export function isSecretField(connType: string | undefined, field: StandardField): boolean {
  if (field === "password") return true;
  if (connType === undefined) return secretsOfAnyType().fields.has(field);
  return standardField(connType, field).secret === true;
}

/** What the form of a type says about a standard field; empty when it says nothing. */
export function standardField(connType: string, field: StandardField): FieldForm {
  return findConnectionType(connType)?.fields[field] ?? {};
}
