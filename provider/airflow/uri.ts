import { InputError } from "../errors";
import type { ConnectionFields } from "./connection";
import { canonicalJson } from "./json";
import { parseQuery, quote, splitUrl, unquote, type PythonUrl } from "./python-url";

/** Something of a connection that does not get through, by the name of its field; never a value. */
export interface Loss {
  /** Such as `description` or `extra.timeout`. */
  field: string;
  reason: string;
}

/** A connection as Airflow's own object holds it after reading a URI: null is Python's None. */
export interface UriConnection {
  connType: string;
  host: string;
  login: string | null;
  password: string | null;
  schema: string;
  port: number | null;
  /** Text that Airflow takes for JSON; null when there is none. */
  extra: string | null;
}

/** What was read, and what of the text Airflow ignores or reads differently in another version. */
export interface ParsedUri {
  connection: UriConnection;
  losses: Loss[];
}

/** A written URI, and what of the connection Airflow will not read back from it. */
export interface WrittenUri {
  uri: string;
  losses: Loss[];
}

/** The query parameter that holds all of `extra` as JSON. */
const EXTRA_KEY = "__extra__";
const SCHEME = /^[a-z][a-z0-9+.]*$/;
const MAX_PORT = 65_535;

/**
 * Reads a connection URI as Airflow does, faults included: 2.11 and 3.x agree on everything but query values.
 *
 * @param options - `jsonQuery`: query values are JSON where they can be, as Airflow's servers read them from 3.1 on.
 * Off, they are texts: so they are read by 2.x and by tasks of 3.x, and so both versions mean them in an export.
 * @throws InputError where Airflow raises, and for a URI without a type; never with a part of the URI.
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#uri-format-example
 */
export function parseConnectionUri(uri: string, options: { jsonQuery?: boolean } = {}): ParsedUri {
  const separators = uri.split("://").length - 1;
  if (separators > 2)
    throw new InputError('has "://" more than twice; percent-encode it in the login and the password');
  const { scheme } = splitUrl(uri);
  if (scheme === "") throw new InputError("does not begin with a connection type and ://");
  const url = splitUrl(uri.replaceAll(`${scheme}://`, separators === 2 ? "" : "//"));
  if (separators === 2) requireProtocol(uri, scheme);
  const losses: Loss[] = [];
  const connection = {
    connType: scheme === "postgresql" ? "postgres" : scheme.replaceAll("-", "_"),
    host: hostOf(url, separators === 2 ? url.scheme : ""),
    login: url.username && unquote(url.username),
    password: url.password && unquote(url.password),
    schema: unquote(url.path.slice(1)),
    port: url.port,
    extra: extraOf(url.query, options.jsonQuery ?? false, losses),
  };
  if (url.fragment !== "")
    losses.push({ field: "uri", reason: "what follows # is ignored by Airflow; write # as %23 where it is meant" });
  for (const [field, value] of Object.entries(connection))
    if (typeof value === "string" && value.includes("\ufffd") && !uri.includes("\ufffd"))
      losses.push({ field, reason: "has percent-encoded bytes that are no UTF-8; Airflow replaces them with U+FFFD" });
  return { connection, losses };
}

/**
 * Writes a connection as a URI that Airflow 2.11 and 3.x read alike: everything percent-encoded, `extra` whole as
 * `__extra__`, and the host so that its case is kept.
 *
 * Unset texts are no losses: Airflow reads an unset host or schema as an empty text, which its hooks take for unset.
 *
 * @throws InputError for a type that no URI can begin with, and for half of a surrogate pair.
 */
export function connectionUri(fields: ConnectionFields): WrittenUri {
  const { connType, description, host = "", login, password, schema, port, extra } = fields;
  const scheme = connType.toLowerCase().replaceAll("_", "-");
  if (!SCHEME.test(scheme.replaceAll("-", ".")))
    throw new InputError("connType: has characters that no URI can begin with; use the JSON form");
  const losses: Loss[] = [];
  const lose = (field: string, reason: string) => losses.push({ field, reason });
  if (connType !== parsedType(scheme)) lose("connType", `Airflow reads it as "${parsedType(scheme)}"`);
  if (description) lose("description", "a URI has no place for it");
  if (password === "") lose("password", "Airflow reads an empty password as none");
  if (login === undefined && password !== undefined) lose("login", "is read as empty, not as unset, beside a password");
  const hasPort = port !== undefined && port >= 0 && port <= MAX_PORT;
  if (port !== undefined && !hasPort) lose("port", `a URI takes 0 to ${MAX_PORT}`);
  const user = password === undefined ? login && encoded(login) : `${encoded(login ?? "")}:${encoded(password)}`;
  const authority = `${user === undefined ? "" : `${user}@`}${encodedHost(host)}${hasPort ? `:${port}` : ""}`;
  const path = schema ? `/${encoded(schema)}` : "";
  const hasExtra = extra !== undefined && Object.keys(extra).length > 0;
  const query = hasExtra ? `${path === "" ? "/" : ""}?${EXTRA_KEY}=${encoded(canonicalJson(extra))}` : "";
  return { uri: `${scheme}://${authority}${path}${query}`, losses };
}

/** `http://https://host`: the type, then a host with its own protocol, which may have no login before it. */
function requireProtocol(uri: string, scheme: string): void {
  const [before = ""] = uri.replaceAll(`${scheme}://`, "").split("://", 1);
  if (/[@:]/.test(before))
    throw new InputError("has a login or port before the host's own protocol; percent-encode the host instead");
}

function hostOf({ hostname, hostInfo }: PythonUrl, protocol: string): string {
  const decoded = unquote(hostname ?? "");
  // A host with a path in it, such as a socket folder: Airflow then starts over from the text that is not lower-cased.
  const host = decoded.includes("/") ? unquote(hostInfo.split(":", 1)[0] ?? "") : decoded;
  return host !== "" && protocol !== "" ? `${protocol}://${host}` : host;
}

function extraOf(query: string, jsonQuery: boolean, losses: Loss[]): string | null {
  if (query === "") return null;
  const pairs = parseQuery(query);
  const values = new Map(pairs);
  const whole = values.get(EXTRA_KEY);
  for (const name of values.keys())
    if (pairs.filter(([other]) => other === name).length > 1)
      losses.push({ field: `extra.${name}`, reason: "is given more than once; Airflow takes the last" });
  if (whole !== undefined) {
    for (const name of values.keys())
      if (name !== EXTRA_KEY)
        losses.push({ field: `extra.${name}`, reason: `is ignored by Airflow beside ${EXTRA_KEY}` });
    return whole;
  }
  return canonicalJson(Object.fromEntries([...values].map(([name, text]) => [name, queryValue(name, text)])));

  function queryValue(name: string, text: string): unknown {
    const json = parsedJson(text);
    if (json === undefined) return text;
    if (!jsonQuery)
      losses.push({
        field: `extra.${name}`,
        reason: "is a text here, as Airflow 2 and the tasks of Airflow 3 read it; servers from 3.1 on read it as JSON",
      });
    return jsonQuery ? json.value : text;
  }
}

/** @returns undefined for what is no JSON. */
function parsedJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function parsedType(scheme: string): string {
  return scheme === "postgresql" ? "postgres" : scheme.replaceAll("-", "_");
}

/** Python lower-cases a host up to its first percent sign: where case matters, there is one at the start. */
function encodedHost(host: string): string {
  const text = encoded(host);
  const [plain = ""] = text.split("%", 1);
  if (plain === plain.toLowerCase()) return text;
  return `%${text.charCodeAt(0).toString(16).toUpperCase()}${text.slice(1)}`;
}

function encoded(text: string): string {
  if (/\p{Surrogate}/u.test(text))
    throw new InputError("has half of a UTF-16 surrogate pair; write the whole character");
  return quote(text);
}
