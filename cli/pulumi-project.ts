import { createHash } from "node:crypto";
import { readdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { InputError } from "../provider/errors";
import { absoluteStore, parseYaml, textOf, type Settings, type Surroundings } from "./settings";

/** Key of the store's address in a stack's configuration. */
const STORE_KEY = "airflow-env:store";

/**
 * What the Pulumi project of the current folder says, without starting Pulumi: the selected stack's `airflow-env:store`,
 * else the project's.
 *
 * @returns nothing when there is no project here, or it names no store.
 * @throws InputError for a file that cannot be read, and for an encrypted address.
 * @see https://www.pulumi.com/docs/iac/concepts/projects/project-file/
 */
export async function pulumiSettings({ workingFolder, environment }: Surroundings): Promise<Settings> {
  const file = await projectFile(workingFolder);
  if (!file) return {};
  const { path, project } = file;
  const stackFile = await selectedStackFile(path, project, environment);
  const stackText = stackFile === undefined ? undefined : await textOf(stackFile);
  const stack = stackFile === undefined || stackText === undefined ? {} : await parseYaml(stackFile, stackText);
  const store = configured(stack, stackFile ?? path) ?? configured(project, path);
  return store === undefined ? {} : { store: absoluteStore(store, programFolder(path, project)) };
}

interface ProjectFile {
  path: string;
  project: Record<string, unknown>;
}

async function projectFile(folder: string): Promise<ProjectFile | undefined> {
  for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
    const path = join(folder, name);
    const text = await textOf(path);
    if (text !== undefined) return { path, project: await parseYaml(path, text) };
  }
  return undefined;
}

/** `value`, `{ value }` or, in a project, `{ default }`. */
function configured(content: Record<string, unknown>, path: string): string | undefined {
  const config = objectOf(content["config"])[STORE_KEY];
  const fields = objectOf(config);
  if (fields["secure"] !== undefined)
    throw new InputError(`${path}: ${STORE_KEY} is encrypted, which an address need not be; pass --store`);
  const value = [config, fields["value"], fields["default"]].find((candidate) => typeof candidate === "string");
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The program runs where `main` is, so that is where its relative paths start. */
function programFolder(path: string, project: Record<string, unknown>): string {
  const main = project["main"];
  if (typeof main !== "string") return dirname(path);
  const target = resolve(dirname(path), main);
  return extname(main) === "" ? target : dirname(target);
}

async function selectedStackFile(
  path: string,
  project: Record<string, unknown>,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const own = project["stackConfigDir"];
  const folder = typeof own === "string" ? resolve(dirname(path), own) : dirname(path);
  const stack = environment["PULUMI_STACK"] || (await selectedStack(path, project, environment));
  // With an organization and a project before it, in some backends.
  if (stack !== undefined) return join(folder, `Pulumi.${basename(stack)}${extname(path)}`);
  // A file name must not guess between stacks: one is no guess.
  const files = (await namesIn(folder)).filter((name) => /^Pulumi\..+\.ya?ml$/.test(name));
  return files.length === 1 && files[0] !== undefined ? join(folder, files[0]) : undefined;
}

/** What `pulumi stack select` has noted for this project file. */
async function selectedStack(
  path: string,
  project: Record<string, unknown>,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const home = environment["PULUMI_HOME"] || join(environment["HOME"] || homedir(), ".pulumi");
  const folder = join(home, "workspaces");
  for (const candidate of new Set([path, await realpath(path)])) {
    const hash = createHash("sha1").update(candidate).digest("hex");
    const text = await textOf(join(folder, `${String(project["name"])}-${hash}-workspace.json`));
    if (text === undefined) continue;
    const stack = (await parseYaml("Pulumi's own workspace file", text))["stack"];
    if (typeof stack === "string" && stack !== "") return stack;
  }
  return undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
