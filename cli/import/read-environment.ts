import { addConnectionText } from "./connection-record";
import { sourceText } from "./file-text";
import { nothing, type Imported } from "./imported";
import { addVariable } from "./variable-record";

const CONNECTION = /^AIRFLOW_CONN_(.+)$/;
const VARIABLE = /^AIRFLOW_VAR_(.+)$/;
const ASSIGNMENT = /^\s*(?:export\s+)?([^\s=#]+)\s*=\s*(.*)$/;

/**
 * Connections and Variables of environment variables. Airflow looks an id up in upper case, so its own case is not to be
 * known: ids become lower case, as they are by custom.
 *
 * @param name - of the source, for the list of losses.
 */
export function readEnvironment(name: string, environment: Record<string, string | undefined>): Imported {
  const imported = nothing();
  for (const [variable, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    const [, connection] = CONNECTION.exec(variable) ?? [];
    const [, key] = VARIABLE.exec(variable) ?? [];
    if (connection !== undefined) addConnectionText(imported, connection.toLowerCase(), value);
    if (key !== undefined) addVariable(imported, key.toLowerCase(), value);
  }
  const count = imported.connections.length + imported.variables.length;
  if (count > 0)
    imported.losses.push({
      kind: "source",
      id: name,
      reason: "environment variables do not tell the case of ids; lower case is taken",
    });
  return imported;
}

/** As `readEnvironment`, of a `.env` file. Quoted values may not go over several lines. */
export async function readEnvFile(path: string): Promise<Imported> {
  const variables: Record<string, string> = {};
  const losses: Imported["losses"] = [];
  for (const [index, line] of (await sourceText(path)).split(/\r?\n/).entries()) {
    const [, name, written = ""] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined || !/^AIRFLOW_(CONN|VAR)_/.test(name)) continue;
    const value = unquoted(written);
    if (value === undefined)
      losses.push({ kind: "source", id: path, reason: `line ${index + 1}: its quotes do not end there; left out` });
    else variables[name] = value;
  }
  const imported = readEnvironment(path, variables);
  return { ...imported, losses: [...losses, ...imported.losses] };
}

/** As python-dotenv and Compose read a value. @returns undefined for quotes that do not end. */
function unquoted(written: string): string | undefined {
  const [, quote, inner = ""] = /^(['"])((?:\\.|(?!\1)[^\\])*)\1\s*(?:#.*)?$/.exec(written) ?? [];
  if (quote === "'") return inner.replace(/\\(['\\])/g, "$1");
  if (quote === '"') return inner.replace(/\\(.)/g, (_, char: string) => ({ n: "\n", r: "\r", t: "\t" })[char] ?? char);
  if (/^['"]/.test(written)) return undefined;
  return written.replace(/\s+#.*$/, "").trimEnd();
}
