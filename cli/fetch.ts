import { canonicalJson, jsonString } from "../provider/airflow/json";
import { fileText } from "../provider/airflow/file";
import { airflowSettings, isAirflowSettings } from "./airflow-settings-file";
import { withStores, type CliContext } from "./context";
import { fetchEffective, type Effective } from "./effective";
import { envFile, type LeftOut } from "./env-file";
import { RefusedError, shortList, UsageError } from "./failure";
import type { FetchFormat, FetchOptions } from "./fetch.command";
import { requireName } from "./names";
import { writeBlock, writeWhole } from "./output-file";
import { requireWorkspace } from "./whereabouts";

/** What was written, or would be. */
interface Written {
  files: string[];
  leftOut: LeftOut[];
}

/**
 * Writes what one Deployment gets to files for local development.
 *
 * @throws RefusedError while fetching is off; no connection has been read then. Also after writing, when a part has no
 * place in the format.
 */
export async function fetchFiles(context: CliContext, options: FetchOptions): Promise<void> {
  const { terminal } = context;
  const { output, format } = options;
  const deployment = options.deployment === false ? undefined : options.deployment;
  if (deployment !== undefined) requireName("Deployment", deployment);
  if (output === undefined && !options.stdout)
    throw new UsageError("say where the secrets go: --output FILE, or --stdout to print them");
  if (options.variables !== undefined && (format !== "json" || options.stdout))
    throw new UsageError("--variables is for --format json with --output; other formats hold Variables themselves");
  await withStores(context, [options.store], async (store) => {
    const workspace = await requireWorkspace(store, options.workspace);
    const effective = await fetchEffective(store, workspace, deployment);
    const { files, leftOut } =
      output === undefined
        ? await print(context, format, effective)
        : await write(context, { output, variables: options.variables, format }, effective);
    const connections = effective.connections.map(({ connId }) => connId);
    const variables = Object.keys(effective.variables).sort();
    const whose = deployment === undefined ? `Workspace "${workspace}"` : `Deployment "${deployment}"`;
    if (leftOut.length > 0) throw incomplete(leftOut, { workspace, deployment, files, format, connections, variables });
    if (output === undefined) return;
    if (options.json)
      terminal.out(JSON.stringify({ workspace, deployment, file: output, files, format, connections, variables }));
    else
      terminal.out(`${terminal.good(counted(connections, variables))} of ${whose} written to ${files.join(" and ")}`);
  });
}

async function print({ terminal }: CliContext, format: FetchFormat, effective: Effective): Promise<Written> {
  const { connections, rendered, variables } = effective;
  if (format === "env") {
    const { text, leftOut } = envFile({ connections: rendered.entries, variables });
    terminal.outRaw(text);
    return { files: [], leftOut };
  }
  const settings = format === "airflow-settings" ? await airflowSettings(connections, variables) : undefined;
  terminal.outRaw(settings?.text ?? rendered.text);
  return { files: [], leftOut: [] };
}

async function write(
  { terminal }: CliContext,
  { output, variables: variablesFile, format }: { output: string; variables?: string; format: FetchFormat },
  { connections, rendered, variables }: Effective,
): Promise<Written> {
  if (format === "env") {
    const file = envFile({ connections: rendered.entries, variables });
    const setTwice = await writeBlock(output, file);
    if (setTwice.length > 0)
      terminal.note(`warning: ${output} sets ${shortList(setTwice)} outside of our block too; the last one counts`);
    return { files: [output], leftOut: file.leftOut };
  }
  if (format === "airflow-settings") {
    const { text, leftOut } = await airflowSettings(connections, variables);
    await writeWhole(output, text, isAirflowSettings);
    for (const { id, reason } of leftOut) terminal.note(`note: connection "${id}": ${reason}`);
    return { files: [output], leftOut: [] };
  }
  await writeWhole(output, rendered.text, isRendered);
  const keys = Object.keys(variables);
  if (variablesFile !== undefined) await writeWhole(variablesFile, variablesText(variables), isRendered);
  const forgotten = variablesFile === undefined ? keys.sort() : [];
  return {
    files: variablesFile === undefined ? [output] : [output, variablesFile],
    leftOut: forgotten.map((id) => ({
      kind: "variable",
      id,
      reason: "no file for Variables was named; add --variables FILE",
    })),
  };
}

/** A Deployment's Variables as LocalFilesystemBackend and `airflow variables import` read them. */
export function variablesText(variables: Record<string, string>): string {
  return fileText(Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, jsonString(value)])));
}

/** Our files have one form, which nobody writes by hand: one line per entry, sorted. */
function isRendered(existing: string): boolean {
  try {
    const content: unknown = JSON.parse(existing);
    if (typeof content !== "object" || content === null || Array.isArray(content)) return false;
    const entries = Object.entries(content).map(([id, entry]) => [id, canonicalJson(entry)]);
    return fileText(Object.fromEntries(entries) as Record<string, string>) === existing;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

function incomplete(leftOut: LeftOut[], details: { format: FetchFormat; [detail: string]: unknown }): RefusedError {
  const named = leftOut.map(({ kind, id, reason }) => `${kind} "${id}" (${reason})`);
  const remedy = details.format === "env" ? "; for these use --format json, or airflow-env run" : "";
  return new RefusedError(`${leftOut.length} left out, the rest is written: ${shortList(named)}${remedy}`, {
    ...details,
    leftOut,
  });
}

function counted(connections: string[], variables: string[]): string {
  const of = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return variables.length === 0
    ? of(connections.length, "connection")
    : `${of(connections.length, "connection")} and ${of(variables.length, "Variable")}`;
}
