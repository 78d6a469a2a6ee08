import type { EffectiveConnection } from "../model/effective";
import type { Rendered } from "../targets/target";
import { canonicalJson, compareKeys, jsonString } from "./canonical-json";

/**
 * Renders the effective connections of one Deployment for Airflow's LocalFilesystemBackend.
 *
 * Equal inputs in any order give equal bytes: one connection per line, sorted by id, keys sorted at every level, ASCII,
 * no BOM, a newline at the end. Fields that are not set are left out, and so is an empty `extra`, because Airflow 3
 * answers HTTP 500 for a connection whose extra is an empty object.
 *
 * @param connections - accepted by `validateConnection`, with distinct ids; not to be changed afterwards.
 * @see https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/secrets-backend/local-filesystem-secrets-backend.html
 */
export function renderConnections(connections: EffectiveConnection[]): Rendered {
  // fromEntries defines own properties, so the id `__proto__` is an entry like any other.
  const entries = Object.fromEntries(connections.map((connection) => [connection.connId, renderEntry(connection)]));
  return { text: connectionsText(entries), entries };
}

/**
 * Joins entries to the whole file, in the one format of `Rendered.text`.
 *
 * @param entries - JSON text by connection id.
 */
export function connectionsText(entries: Record<string, string>): string {
  const lines = Object.entries(entries)
    .sort(([a], [b]) => compareKeys(a, b))
    .map(([connId, entry]) => `  ${jsonString(connId)}: ${entry}`);
  return lines.length === 0 ? "{}\n" : `{\n${lines.join(",\n")}\n}\n`;
}

/** A connection that many Deployments get alike is rendered once. */
const known = new WeakMap<EffectiveConnection, string>();

function renderEntry(connection: EffectiveConnection): string {
  const text = known.get(connection) ?? entryText(connection);
  known.set(connection, text);
  return text;
}

function entryText(connection: EffectiveConnection): string {
  const { connType, description, host, login, password, schema, port } = connection;
  const extra = connection.extra && Object.keys(connection.extra).length > 0 ? connection.extra : undefined;
  const fields = { conn_type: connType, description, host, login, password, schema, port, extra };
  return canonicalJson(
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)),
  );
}
