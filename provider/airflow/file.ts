import type { ConnectionFields } from "./connection";
import { canonicalJson, compareKeys, jsonString } from "./json";

/** What Airflow's LocalFilesystemBackend reads, one file each. */
export const FILE_KINDS = ["connections", "variables"] as const;

/** One of them. */
export type FileKind = (typeof FILE_KINDS)[number];

/** One file for Airflow's LocalFilesystemBackend. */
export interface RenderedFile {
  /** The whole file, deterministic. */
  text: string;
  /**
   * The same, one JSON text per connection id or Variable key, for targets that keep one object per entry. A
   * Variable's is a JSON string: Airflow knows Variables as text.
   */
  entries: Record<string, string>;
}

/** What one Deployment gets, ready for Airflow. */
export interface Rendered {
  connections: RenderedFile;
  /** Absent when the Deployment gets none: then there is no such file. */
  variables?: RenderedFile;
}

/** Text by file, of those that are there. */
export type FileTexts = Partial<Record<FileKind, string>>;

/** The files that are to be there, as text. */
export function textsOf({ connections, variables }: Rendered): FileTexts {
  return { connections: connections.text, ...(variables && { variables: variables.text }) };
}

/** Whether the files are exactly those. */
export function sameTexts(a: FileTexts, b: FileTexts): boolean {
  return FILE_KINDS.every((kind) => a[kind] === b[kind]);
}

/** Size of all files together, in UTF-8 bytes. */
export function bytesOf(rendered: Rendered): number {
  return Object.values(textsOf(rendered)).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/**
 * Joins entries to a file for Airflow's LocalFilesystemBackend.
 *
 * Equal entries in any order give equal bytes: one entry per line, sorted by id, ASCII, no BOM, a newline at the end.
 *
 * @param entries - JSON text by id.
 * @see https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/secrets-backend/local-filesystem-secrets-backend.html
 */
export function renderFile(entries: Record<string, string>): RenderedFile {
  return { text: fileText(entries), entries };
}

/** Text of the file with these entries. */
export function fileText(entries: Record<string, string>): string {
  const lines = Object.entries(entries)
    .sort(([a], [b]) => compareKeys(a, b))
    .map(([id, entry]) => `  ${jsonString(id)}: ${entry}`);
  return lines.length === 0 ? "{}\n" : `{\n${lines.join(",\n")}\n}\n`;
}

/** What surrounds the id and the entry in a file, in bytes: indentation, colon, comma and newline. */
export const LINE_MARGIN_BYTES = 6;

/** Bytes of a file without entries. */
export const EMPTY_FILE_BYTES = fileText({}).length;

/**
 * One connection's entry: keys sorted at every level, ASCII. Fields that are not set are left out, and so is an empty
 * `extra`, because Airflow 3 answers HTTP 500 for a connection whose extra is an empty object.
 *
 * @param connection - accepted by `validateConnection`.
 */
export function renderConnection(connection: ConnectionFields): string {
  const { connType, description, host, login, password, schema, port } = connection;
  const extra = connection.extra && Object.keys(connection.extra).length > 0 ? connection.extra : undefined;
  const fields = { conn_type: connType, description, host, login, password, schema, port, extra };
  return canonicalJson(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
}
