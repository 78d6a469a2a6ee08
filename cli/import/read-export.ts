import { InputError } from "../../provider/errors";
import { parseYaml } from "../settings";
import { addConnectionRecord, addConnectionText } from "./connection-record";
import { parseExactJson } from "./exact-json";
import { formOf, sourceText } from "./file-text";
import { nothing, type Imported } from "./imported";
import { addVariable, addVariableRecord } from "./variable-record";

/** What `airflow connections export` writes, in each of its forms. */
export async function readConnectionsExport(path: string): Promise<Imported> {
  const imported = nothing();
  const text = await sourceText(path);
  if (formOf(path) === "env") {
    for (const [id, value] of exportLines(path, text, imported)) addConnectionText(imported, id, value);
    return imported;
  }
  const content = formOf(path) === "yaml" ? await parseYaml(path, text) : jsonContent(path, text, JSON.parse);
  for (const [id, record] of Object.entries(content)) {
    if (typeof record === "string") addConnectionText(imported, id, record);
    else if (typeof record === "object" && record !== null && !Array.isArray(record))
      addConnectionRecord(imported, id, record as Record<string, unknown>);
    else imported.losses.push({ kind: "connection", id, reason: "is neither an object nor a URI; left out" });
  }
  return imported;
}

/** What `airflow variables export` writes. */
export async function readVariablesExport(path: string): Promise<Imported> {
  const imported = nothing();
  const text = await sourceText(path);
  if (formOf(path) === "env") {
    for (const [key, value] of exportLines(path, text, imported)) addVariable(imported, key, value);
    return imported;
  }
  const content = formOf(path) === "yaml" ? await parseYaml(path, text) : jsonContent(path, text, parseExactJson);
  for (const [key, record] of Object.entries(content)) addVariableRecord(imported, key, record);
  return imported;
}

function jsonContent(path: string, text: string, parse: (text: string) => unknown): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    // V8 quotes the text in its message, and the text holds secrets.
    if (!(error instanceof SyntaxError)) throw error;
    throw new InputError(`${path}: is not JSON`);
  }
  if (typeof content === "object" && content !== null && !Array.isArray(content))
    return content as Record<string, unknown>;
  throw new InputError(`${path}: must have ids and entries at the top`);
}

/** Lines `id=value` as Airflow reads them: no quotes, no escapes. */
function exportLines(path: string, text: string, { losses }: Imported): [id: string, value: string][] {
  return text.split(/\r\n|\r|\n/).flatMap((line, index): [string, string][] => {
    if (line === "" || line.startsWith("#")) return [];
    const at = line.indexOf("=");
    if (at > 0 && at < line.length - 1) return [[line.slice(0, at), line.slice(at + 1)]];
    losses.push({ kind: "source", id: path, reason: `line ${index + 1} is no id=value; left out` });
    return [];
  });
}
