import type { ConnectionFields } from "../../provider/airflow/connection";
import { validateConnection } from "../../provider/airflow/rules";
import { parseConnectionUri } from "../../provider/airflow/uri";
import { InputError } from "../../provider/errors";
import { pathText, type Path } from "../../provider/path";
import type { Imported, ImportedConnection } from "./imported";

/** What Airflow's REST API writes in place of what it masks. */
export const MASKED = "***";

const TEXT_FIELDS = ["description", "host", "login", "password", "schema"] as const;
/** Keys that say nothing about the connection itself. */
const IGNORED = new Set(["conn_id", "connection_id", "is_encrypted", "is_extra_encrypted"]);
const KNOWN = new Set<string>(["conn_type", "port", "extra", "extra_dejson", ...TEXT_FIELDS]);

/** How a source writes connections. */
export interface RecordOptions {
  /** The source writes `***` for what it does not give. */
  isMasked?: boolean;
}

/**
 * Adds a connection given by Airflow's own field names, as its exports and its API write it.
 *
 * What Airflow would refuse or lose is left out of it, and listed.
 */
export function addConnectionRecord(
  into: Imported,
  id: string,
  record: Record<string, unknown>,
  options: RecordOptions = {},
): void {
  const lose = (reason: string, field?: string) =>
    into.losses.push({ kind: "connection", id, ...(field !== undefined && { field }), reason });
  const connType = record["conn_type"];
  if (typeof connType !== "string" || connType === "") return void lose("has no type; left out");
  const connection: ImportedConnection = { id, fields: { connType }, withheld: [] };
  for (const field of TEXT_FIELDS) addText(connection, field, record[field], options, lose);
  addPort(connection.fields, record["port"], lose);
  addExtra(connection, record["extra"] ?? record["extra_dejson"], options, lose);
  for (const [key, value] of Object.entries(record))
    if (!KNOWN.has(key) && !IGNORED.has(key) && value !== null) lose("is no field of a connection here", key);
  addValid(into, connection, lose);
}

/** Adds a connection given as the text that Airflow's backends keep: JSON, or a URI. */
export function addConnectionText(into: Imported, id: string, text: string): void {
  const lose = (reason: string, field?: string) =>
    into.losses.push({ kind: "connection", id, ...(field !== undefined && { field }), reason });
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) {
    const record = jsonObject(trimmed);
    if (record) addConnectionRecord(into, id, withNormalType(record));
    else lose("is not JSON; left out");
    return;
  }
  try {
    const { connection, losses } = parseConnectionUri(trimmed);
    const { connType, port, extra, ...texts } = connection;
    // A URI cannot tell an empty text from an unset one, and Airflow's hooks do not.
    const set = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ""));
    addConnectionRecord(into, id, { conn_type: connType, port, extra, ...set });
    for (const { field, reason } of losses) lose(reason, field);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    lose(`its URI ${error.message}; left out`);
  }
}

/** A JSON object, or undefined for any other text. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** Airflow normalises the type of a connection that is given as JSON text; not in its exports. */
function withNormalType(record: Record<string, unknown>): Record<string, unknown> {
  const type = record["conn_type"];
  if (typeof type !== "string") return record;
  return { ...record, conn_type: type === "postgresql" ? "postgres" : type.replaceAll("-", "_") };
}

type Lose = (reason: string, field?: string) => void;

function addText(
  connection: ImportedConnection,
  field: (typeof TEXT_FIELDS)[number],
  value: unknown,
  { isMasked }: RecordOptions,
  lose: Lose,
): void {
  // Airflow keeps no empty password, and takes an empty description for none.
  if (value === undefined || value === null || (value === "" && (field === "password" || field === "description")))
    return;
  if (isMasked && value === MASKED) connection.withheld.push(field);
  else if (typeof value === "string") connection.fields[field] = value;
  else if (typeof value === "number" || typeof value === "boolean") {
    connection.fields[field] = String(value);
    lose("is no text in the source; written as text", field);
  } else lose("is no text", field);
}

function addPort(fields: ConnectionFields, value: unknown, lose: Lose): void {
  if (value === undefined || value === null || value === "") return;
  const port = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof port === "number") fields.port = port;
  else lose("is no whole number", "port");
}

function addExtra(connection: ImportedConnection, value: unknown, { isMasked }: RecordOptions, lose: Lose): void {
  if (value === undefined || value === null || value === "") return;
  const extra = typeof value === "string" ? jsonObject(value) : value;
  if (typeof extra !== "object" || Array.isArray(extra))
    return lose("is not a JSON object, which Airflow 3 refuses", "extra");
  const given = Object.entries(extra).filter(([key, member]) => {
    if (!isMasked || !hasMask(member)) return true;
    connection.withheld.push(`extra.${key}`);
    return false;
  });
  if (given.length > 0) connection.fields.extra = Object.fromEntries(given);
}

/** Whether any part of a value is what the API writes in place of what it masks. */
export function hasMask(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasMask);
  return value === MASKED;
}

/** Leaves out what Airflow could not read, field by field; a bad id or type is the whole connection. */
function addValid(into: Imported, connection: ImportedConnection, lose: Lose): void {
  const problems = validateConnection(connection.id, connection.fields);
  if (problems.length === 0) return void into.connections.push(connection);
  let { fields } = connection;
  for (const { path, reason } of problems) {
    const [field] = path;
    if (field === "connId" || field === "connType") return lose(`${field} ${reason}; left out`);
    lose(`${reason}; left out`, pathText(path));
    fields = without(fields, path);
  }
  // Problems inside of an extra are reported a few at a time.
  addValid(into, { ...connection, fields }, lose);
}

/** Without a field; of `extra` without the key in whose value the problem lies. */
function without(fields: ConnectionFields, [field, key]: Path): ConnectionFields {
  const { connType, ...others } = fields;
  const kept = field === "extra" && key !== undefined ? withoutKey(fields.extra ?? {}, key) : undefined;
  const rest = Object.entries(others).filter(([name]) => name !== field);
  return { connType, ...Object.fromEntries(rest), ...(kept && { extra: kept }) };
}

function withoutKey(extra: Record<string, unknown>, key: string | number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(extra).filter(([name]) => name !== key));
}
