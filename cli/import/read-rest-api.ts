import { ProviderError } from "../../provider/errors";
import { redact } from "../../provider/redact";
import { addConnectionRecord, hasMask, jsonObject } from "./connection-record";
import { nothing, type Imported } from "./imported";
import { addVariable } from "./variable-record";

const PAGE_SIZE = 100;
const TIMEOUT_MS = 30_000;

/** How to log in; from the environment, never from the command line. */
export interface ApiLogin {
  token?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
}

/**
 * A running Airflow through its REST API: version 2 of Airflow 3, or version 1 of Airflow 2. Both withhold passwords and
 * what they take for secrets; those are listed, to be set by hand.
 *
 * @param address - of the web server, such as `https://airflow.example.com`.
 */
export async function readRestApi(address: string, login: ApiLogin): Promise<Imported> {
  const api = await connect(address.replace(/\/+$/, ""), login);
  const imported = nothing();
  for (const listed of await api.all("connections")) {
    const { connection_id: id } = listed;
    if (typeof id !== "string") continue;
    // Version 1 lists connections without their extra, and never tells whether there is a password.
    const record = api.version === 1 ? await api.get(`connections/${encodeURIComponent(id)}`) : listed;
    const before = imported.connections.length;
    addConnectionRecord(imported, id, record, { isMasked: true });
    const added = imported.connections[before];
    if (api.version === 1 && added) added.withheld.unshift("password");
    for (const field of added?.withheld ?? [])
      imported.losses.push({ kind: "connection", id, field, reason: withheldReason(api.version, field) });
  }
  for (const { key, value, description } of await api.all("variables")) {
    if (typeof key !== "string") continue;
    const isWithheld = hasMask(value) || (typeof value === "string" && hasMask(jsonObject(value)));
    addVariable(imported, key, isWithheld ? undefined : (value ?? ""), description);
    if (isWithheld)
      imported.losses.push({ kind: "variable", id: key, reason: "the API does not give its value; set it by hand" });
  }
  return imported;
}

function withheldReason(version: number, field: string): string {
  return version === 1 && field === "password"
    ? "the API does not tell whether there is one; set it by hand, or remove the line"
    : "the API does not give it; set it by hand";
}

interface Api {
  version: 1 | 2;
  get(path: string): Promise<Record<string, unknown>>;
  /** All items of a collection, page by page. */
  all(collection: string): Promise<Record<string, unknown>[]>;
}

async function connect(address: string, login: ApiLogin): Promise<Api> {
  const isVersion2 = (await call(`${address}/api/v2/version`, {})).status !== 404;
  const version = isVersion2 ? 2 : 1;
  const headers = { authorization: await authorization(address, version, login) };
  const get = async (path: string) => {
    const url = `${address}/api/v${version}/${path}`;
    const response = await call(url, { headers });
    if (!response.ok) throw refused(url, response.status);
    return bodyOf(url, response);
  };
  return {
    version,
    get,
    async all(collection) {
      const items: Record<string, unknown>[] = [];
      for (;;) {
        const page = await get(
          `${collection}?limit=${PAGE_SIZE}&offset=${items.length}&order_by=${orderOf(collection)}`,
        );
        const found = page[collection];
        if (!Array.isArray(found) || found.length === 0) return items;
        items.push(...(found as Record<string, unknown>[]));
        if (items.length >= Number(page["total_entries"])) return items;
      }
    },
  };
}

function orderOf(collection: string): string {
  return collection === "connections" ? "connection_id" : "key";
}

/** Airflow 3 takes a token, which a user and password are exchanged for; Airflow 2 takes these themselves. */
async function authorization(address: string, version: 1 | 2, login: ApiLogin): Promise<string> {
  const { token, username, password } = login;
  if (token) return `Bearer ${token}`;
  if (!username || !password)
    throw new ProviderError(
      "login",
      `no login for ${address}: set AIRFLOW_API_TOKEN, or AIRFLOW_API_USERNAME and AIRFLOW_API_PASSWORD`,
    );
  if (version === 1) return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const url = `${address}/auth/token`;
  const response = await call(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  const granted = response.ok ? (await bodyOf(url, response))["access_token"] : undefined;
  if (typeof granted !== "string") throw refused(url, response.status);
  return `Bearer ${granted}`;
}

async function call(url: string, init: RequestInit): Promise<Response> {
  try {
    // A redirect leads to a login page, or takes the token elsewhere.
    return await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new ProviderError("unreachable", `Airflow at ${new URL(url).origin} does not answer: ${redact(cause)}`);
  }
}

async function bodyOf(url: string, response: Response): Promise<Record<string, unknown>> {
  try {
    return (await response.json()) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProviderError("failed", `${pathOf(url)} did not answer with JSON; is this the address of Airflow?`);
  }
}

function refused(url: string, status: number): ProviderError {
  const remedy =
    status === 401 || status === 403 ? "check the login and its rights" : "is this the address of Airflow?";
  return new ProviderError("refused-by-airflow", `${pathOf(url)} answered with HTTP ${status}; ${remedy}`);
}

function pathOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
