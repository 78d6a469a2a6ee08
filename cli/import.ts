import { basename, resolve } from "node:path";
import { InputError } from "../provider/errors";
import type { CliContext } from "./context";
import { RefusedError, shortList, UsageError } from "./failure";
import type { ImportOptions } from "./import.command";
import { combined, type Imported, type ImportLoss } from "./import/imported";
import { programOf, type ImportedProgram } from "./import/program";
import { keepSecrets } from "./import/secrets";
import { requireName } from "./names";
import { languageOf, languages, type Language } from "./program/languages";
import { textOf } from "./settings";
import { assertFolder, writeOutput } from "./written-file";
import { printable } from "../provider/printable";

const DEFAULT_WORKSPACE = "airflow";

/**
 * Writes a program from what other places hold, and puts its secrets where the program finds them.
 *
 * @throws RefusedError when another program, or another secret, is where ours would be; nothing is written then.
 */
export async function importProgram(context: CliContext, options: ImportOptions): Promise<void> {
  const workspace = options.workspace ?? DEFAULT_WORKSPACE;
  requireName("Workspace", workspace);
  if (options.secrets === "store" && options.store === undefined)
    throw new UsageError("--secrets store needs --store, AIRFLOW_ENV_STORE, or a store in airflow-env.yaml");
  const language = requireLanguage(options.output);
  const sources = await readSources(context, options);
  const imported = combined(
    sources,
    (what) => new InputError(`${what} is in two of the sources; import them one after the other, or remove one`),
  );
  const written = programOf(imported, { workspace, sharing: options.sharing, secrets: options.secrets });
  const text = languages[language].write(written.program);
  const output = resolve(context.workingFolder, options.output);
  await assertFolder(output);
  const isThere = await requireRoom(options.output, text);
  const { secrets, store, stack } = options;
  const kept = await keepSecrets(
    context,
    written.secrets,
    { secrets, workspace, store, stack },
    options.dryRun ?? false,
  );
  // Last: a program that is there has its secrets.
  if (!options.dryRun && !isThere) await writeOutput(output, text);
  report(context, options, imported, written, kept);
}

async function readSources({ environment }: CliContext, options: ImportOptions): Promise<Imported[]> {
  const readers: [given: string | boolean | undefined, read: (from: string) => Promise<Imported>][] = [
    [options.connections, async (file) => (await import("./import/read-export.js")).readConnectionsExport(file)],
    [options.variables, async (file) => (await import("./import/read-export.js")).readVariablesExport(file)],
    [
      options.airflowSettings,
      async (file) => (await import("./import/read-airflow-settings.js")).readAirflowSettings(file),
    ],
    [options.envFile, async (file) => (await import("./import/read-environment.js")).readEnvFile(file)],
    [
      options.environment,
      async () => (await import("./import/read-environment.js")).readEnvironment("the environment", environment),
    ],
    [
      options.airflow,
      async (url) =>
        (await import("./import/read-rest-api.js")).readRestApi(url, {
          token: environment["AIRFLOW_API_TOKEN"],
          username: environment["AIRFLOW_API_USERNAME"],
          password: environment["AIRFLOW_API_PASSWORD"],
        }),
    ],
    [options.kubernetes, async (address) => (await import("./import/read-kubernetes.js")).readKubernetes(address)],
    [options.vault, async (address) => (await import("./import/read-vault.js")).readVault(address)],
    [options.aws, async (address) => (await import("./import/read-aws.js")).readAws(address)],
  ];
  const imported: Imported[] = [];
  for (const [given, read] of readers) if (given !== undefined) imported.push(await read(String(given)));
  if (imported.length > 0) return imported;
  throw new UsageError("say what to import, such as --connections FILE or --airflow URL; add --help for all sources");
}

function requireLanguage(output: string): Language {
  // That file is the project's own: name, runtime, description.
  if (/^Pulumi\.ya?ml$/.test(basename(output)))
    throw new UsageError("--output Pulumi.yaml is the project itself; write the program beside it, as Main.yaml");
  const language = languageOf(output);
  if (language) return language;
  const known = Object.values(languages).map(({ name, endings }) => `${endings[0]} (${name})`);
  throw new UsageError(`--output ${output}: the name must end in ${known.join(", ")}`);
}

/** @returns whether the very same program is there already. */
async function requireRoom(path: string, text: string): Promise<boolean> {
  const existing = await textOf(path);
  if (existing === undefined || existing.trim() === "") return false;
  if (existing === text) return true;
  throw new RefusedError(`${path} exists and is another program; choose another --output, and merge the two by hand`);
}

function report(
  { terminal }: CliContext,
  options: ImportOptions,
  { connections, variables, losses }: Imported,
  { withheld }: ImportedProgram,
  kept: string[],
): void {
  const { dryRun = false, output, secrets } = options;
  const toSet = withheld.map((name) =>
    secrets === "pulumi" ? `pulumi config set --secret '${name}'` : `airflow-env value set '${name}'`,
  );
  if (options.json) {
    const ids = (objects: { id: string }[]) => objects.map(({ id }) => id);
    const result = { file: output, dryRun, secrets: kept, withheld, losses };
    terminal.out(JSON.stringify({ ...result, connections: ids(connections), variables: ids(variables) }));
    return;
  }
  for (const loss of losses) terminal.note(printable(lossText(loss)));
  for (const command of toSet) terminal.note(`to be set by hand: ${printable(command)}`);
  const count = `${connections.length} connections and ${variables.length} Variables`;
  const secretsText = `${kept.length} secrets ${dryRun ? "to set" : "set"} in ${secrets === "pulumi" ? "the stack's configuration" : "the store"}`;
  terminal.out(`${terminal.good(count)} ${dryRun ? "to write" : "written"} to ${output}; ${secretsText}`);
  if (dryRun) terminal.out("Nothing was written (dry run).");
  else terminal.out("Next: add your Deployments to the program, and run pulumi preview.");
  if (losses.length > 0) terminal.note(`${losses.length} things differ from the source: ${shortList(namesOf(losses))}`);
}

function lossText({ kind, id, field, reason }: ImportLoss): string {
  const object = kind === "source" ? id : `${kind} "${id}"`;
  return `note: ${object}: ${field === undefined ? "" : `${field} `}${reason}`;
}

function namesOf(losses: ImportLoss[]): string[] {
  return [...new Set(losses.map(({ kind, id }) => (kind === "source" ? id : `${kind} "${id}"`)))];
}
