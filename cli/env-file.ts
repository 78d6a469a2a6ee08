/** What one Deployment gets, as texts: one-line ASCII JSON by connection id, and any text by Variable key. */
export interface EnvEntries {
  connections: Record<string, string>;
  variables?: Record<string, string>;
}

/** Something that an environment variable cannot carry to every reader. */
export interface LeftOut {
  kind: "connection" | "variable";
  id: string;
  /** Never a value. */
  reason: string;
}

/** Lines for an env file, and what has no line. */
export interface EnvFile {
  /** Names of the variables, in the order of the lines. */
  names: string[];
  /** One line per name, each with a newline. */
  text: string;
  leftOut: LeftOut[];
}

/** Characters that one or the other reader of env files expands, unquotes or takes for a comment. */
const SPECIAL = /[$#'`]/g;
/** A Variable's text cannot be escaped, as readers disagree about quotes: it has none of these, or no line. */
const UNSAFE_VALUE = /[$#'"`\\]|[^\x20-\x7e]|^\s|\s$|^export\b/;
/** Other characters make godotenv and older Compose refuse the whole file, and some shells drop the variable. */
const VARIABLE_NAME = /^[A-Z0-9_]+$/;
/** `docker run --env-file` reads lines of up to 64 KiB and else refuses the whole file. */
const MAX_LINE_BYTES = 65_000;

/**
 * One `AIRFLOW_CONN_<ID>=<JSON>` or `AIRFLOW_VAR_<KEY>=<text>` per line, unquoted, for `docker run --env-file`, Compose,
 * Astro and python-dotenv.
 *
 * These disagree about quotes, names and length, and refuse or change the whole file for one line: what is not read
 * alike by all of them is left out, and named.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#json-format-example
 */
export function envFile({ connections, variables = {} }: EnvEntries): EnvFile {
  const candidates = [
    ...Object.entries(connections).map(([id, entry]) => ({
      kind: "connection" as const,
      id,
      name: `AIRFLOW_CONN_${id.toUpperCase()}`,
      value: entry.replace(SPECIAL, escape),
    })),
    ...Object.entries(variables).map(([id, value]) => ({
      kind: "variable" as const,
      id,
      name: `AIRFLOW_VAR_${id.toUpperCase()}`,
      value,
    })),
  ];
  const idsOf = new Map<string, string[]>();
  for (const { name, id } of candidates) idsOf.set(name, [...(idsOf.get(name) ?? []), id]);
  const result: EnvFile = { names: [], text: "", leftOut: [] };
  for (const { kind, id, name, value } of candidates) {
    const twin = idsOf.get(name)?.find((other) => other !== id);
    const reason =
      twin !== undefined ? `"${twin}" is the same variable ${name}` : unfit(name, value, kind === "variable");
    if (reason !== undefined) {
      result.leftOut.push({ kind, id, reason });
      continue;
    }
    result.names.push(name);
    result.text += `${name}=${value}\n`;
  }
  return result;
}

function unfit(name: string, value: string, isPlain: boolean): string | undefined {
  if (!VARIABLE_NAME.test(name)) return "no environment variable can have the characters of its name";
  if (Buffer.byteLength(`${name}=${value}`) > MAX_LINE_BYTES) return `it is longer than ${MAX_LINE_BYTES} bytes`;
  if (isPlain && UNSAFE_VALUE.test(value)) return "its text has characters that readers of env files change";
  return undefined;
}

/** All these occur only inside JSON strings, where an escape means the same. */
function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
