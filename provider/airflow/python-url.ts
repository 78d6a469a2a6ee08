import { InputError } from "../errors";

/** A URL as Python's `urllib.parse.urlsplit` takes it apart: nothing is decoded, and null is Python's None. */
export interface PythonUrl {
  scheme: string;
  hostInfo: string;
  /** Lower-cased up to the first percent sign. */
  hostname: string | null;
  username: string | null;
  password: string | null;
  port: number | null;
  path: string;
  query: string;
  fragment: string;
}

/** What Python strips from the start, and what it removes everywhere. */

const LEADING = /^[\0-\x20]+/;
const REMOVED = /[\t\r\n]/g;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):([\s\S]*)$/;
const NETLOC = /^\/\/([^/?#]*)([\s\S]*)$/;
const IP_FUTURE = /^v[0-9A-Fa-f]+\..+$/;
const MAX_PORT = 65_535;

/**
 * Splits as Python 3.11 does, which is how Airflow reads a connection URI. Not the WHATWG rules of `URL`.
 *
 * @throws InputError where Python raises; never with a part of the text, which may hold a password.
 * @see https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urlsplit
 */
export function splitUrl(text: string): PythonUrl {
  const url = text.replace(LEADING, "").replace(REMOVED, "");
  const [, scheme = "", afterScheme = url] = SCHEME.exec(url) ?? [];
  const [, netloc = "", afterNetloc = afterScheme] = NETLOC.exec(afterScheme) ?? [];
  const [beforeFragment, fragment] = partition(afterNetloc, "#");
  const [path, query] = partition(beforeFragment, "?");
  requireBrackets(netloc);
  requireNormalised(netloc);
  return { scheme: scheme.toLowerCase(), path, query: query ?? "", fragment: fragment ?? "", ...splitNetloc(netloc) };
}

/** Percent-decoding as `urllib.parse.unquote`: what is no UTF-8 becomes U+FFFD. */
export function unquote(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(escapes.slice(1).split("%"), (hex) => Number.parseInt(hex, 16)),
    ),
  );
}

/** Percent-encoding as `urllib.parse.quote(text, safe="")`. */
export function quote(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The pairs of a query, as `urllib.parse.parse_qsl` with `keep_blank_values`: in order, repeated names kept. */
export function parseQuery(query: string): [name: string, value: string][] {
  const decode = (text: string) => unquote(text.replaceAll("+", " "));
  return query.split("&").flatMap((pair): [string, string][] => {
    if (pair === "") return [];
    const [name, value] = partition(pair, "=");
    return [[decode(name), decode(value ?? "")]];
  });
}

function splitNetloc(netloc: string): Pick<PythonUrl, "hostInfo" | "hostname" | "username" | "password" | "port"> {
  const at = netloc.lastIndexOf("@");
  const hostInfo = netloc.slice(at + 1);
  const [username, password] = at < 0 ? [null, undefined] : partition(netloc.slice(0, at), ":");
  const [host, port] = splitHost(hostInfo);
  return { hostInfo, hostname: host === "" ? null : lowerCased(host), username, password: password ?? null, port };
}

function splitHost(hostInfo: string): [host: string, port: number | null] {
  const [, bracketed] = partition(hostInfo, "[");
  const [host, rest] = bracketed === undefined ? [hostInfo, hostInfo] : partition(bracketed, "]");
  const port = partition(rest ?? "", ":")[1];
  return [bracketed === undefined ? partition(host, ":")[0] : host, port ? portNumber(port) : null];
}

function portNumber(port: string): number {
  const number = /^[0-9]+$/.test(port) ? Number(port) : Number.NaN;
  if (number <= MAX_PORT) return number;
  throw new InputError(
    `what follows the host's colon is no port of 0 to ${MAX_PORT}; ` +
      "percent-encode : / ? # @ in the login and the password",
  );
}

/** What follows a percent sign may be the zone of an IPv6 address, so Python keeps its case. */
function lowerCased(host: string): string {
  const percent = host.indexOf("%");
  return percent < 0 ? host.toLowerCase() : host.slice(0, percent).toLowerCase() + host.slice(percent);
}

function requireBrackets(netloc: string): void {
  const opens = netloc.includes("[");
  if (opens !== netloc.includes("]")) throw new InputError("has only one of the brackets of an IPv6 address");
  if (!opens) return;
  const host = partition(partition(netloc, "[")[1] ?? "", "]")[0];
  const isAddress = host.startsWith("v") ? IP_FUTURE.test(host) : isIpV6(host);
  if (!isAddress) throw new InputError("has brackets around what is no IPv6 address");
}

function isIpV6(host: string): boolean {
  const [address, zone] = partition(host, "%");
  return /^[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*$/.test(address) && zone !== "" && URL.canParse(`http://[${address}]/`);
}

/** Characters that a compatibility normalisation would turn into a delimiter. */
function requireNormalised(netloc: string): void {
  if (/^[\0-\x7f]*$/.test(netloc)) return;
  const bare = netloc.replace(/[@:#?]/g, "");
  const normal = bare.normalize("NFKC");
  if (normal !== bare && /[/?#@:]/.test(normal))
    throw new InputError("has a character before the path that stands for one of / ? # @ :; percent-encode it");
}

function partition(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
