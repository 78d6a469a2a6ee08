import type { CatalogData, ConnectionTypeData, ExtraField } from "./catalog-data";
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
