import { ConflictError } from "../provider/errors";

/** Characters that one or the other reader of env files expands, unquotes or takes for a comment. */
const SPECIAL = /[$#'`]/g;

/**
 * One `AIRFLOW_CONN_<ID>=<JSON>` per line, unquoted, for `docker run --env-file`, Compose, Astro and python-dotenv.
 * These disagree about quotes, so what any of them treats specially is written as a JSON escape.
 *
 * @param entries - one-line ASCII JSON by connection id, as `renderConnections` makes it.
 * @throws ConflictError for ids that are one and the same environment variable.
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#json-format-example
 */
export function envFile(entries: Record<string, string>): string {
  const idOf = new Map<string, string>();
  const lines: string[] = [];
  for (const [connId, entry] of Object.entries(entries)) {
    const name = `AIRFLOW_CONN_${connId.toUpperCase()}`;
    const other = idOf.get(name);
    if (other !== undefined)
      throw new ConflictError(
        `connections "${other}" and "${connId}" are both the variable ${name}; use --format json, or rename one of them`,
      );
    idOf.set(name, connId);
    lines.push(`${name}=${entry.replace(SPECIAL, escape)}\n`);
  }
  return lines.join("");
}

/** All these occur only inside JSON strings, where an escape means the same. */
function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
