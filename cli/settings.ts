import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { InputError } from "../provider/errors";
import { UsageError } from "./failure";
import { SettingOption, type Setting } from "./options";
import { pulumiSettings } from "./pulumi-project";

/** Settings that a file gave, by name. */
export type Settings = Partial<Record<Setting, string>>;

/** Name of the file that spares the flags; it holds no secret and is meant to be committed. */
export const SETTINGS_FILE = "airflow-env.yaml";

const NAMES: Setting[] = ["store", "workspace", "deployment"];

/** Where to look. */
export interface Surroundings {
  workingFolder: string;
  environment: NodeJS.ProcessEnv;
}

/**
 * Fills in the flags that were not given: from the nearest `airflow-env.yaml` above, then from the Pulumi project in
 * the current folder. Flags and environment variables come first; Commander has read both.
 *
 * @throws UsageError for what is still missing, with every way to give it.
 */
export async function fillSettings(verb: Command, surroundings: Surroundings): Promise<void> {
  const missing = verb.options
    .filter((option) => option instanceof SettingOption)
    .filter(({ setting }) => verb.getOptionValue(setting) === undefined);
  if (missing.length === 0) return;
  const file = await fileSettings(surroundings.workingFolder);
  const wantsMore = missing.some(({ setting }) => file[setting] === undefined);
  const found = { ...(wantsMore && (await pulumiSettings(surroundings))), ...file };
  for (const { setting, isOptional } of missing) {
    const value = found[setting];
    if (value !== undefined) verb.setOptionValueWithSource(setting, value, "config");
    else if (!isOptional)
      throw new UsageError(
        `which ${setting} is meant? Pass --${setting}, set AIRFLOW_ENV_${setting.toUpperCase()}, or write ${setting}: … ` +
          `into ${SETTINGS_FILE}${setting === "store" ? ", or run in the folder of a Pulumi project that has airflow-env:store in its configuration" : ""}; ` +
          `add --help for examples`,
      );
  }
}

/** The nearest settings file of a folder and those above it. @throws InputError for a file with anything else in it. */
export async function fileSettings(folder: string): Promise<Settings> {
  const path = join(folder, SETTINGS_FILE);
  const text = await textOf(path);
  if (text === undefined) return dirname(folder) === folder ? {} : fileSettings(dirname(folder));
  const content = await parseYaml(path, text);
  const settings: Settings = {};
  for (const [name, value] of Object.entries(content)) {
    const setting = NAMES.find((known) => known === name);
    if (!setting) throw new InputError(`${path}: ${name} is no setting; it takes ${NAMES.join(", ")}`);
    if (typeof value !== "string" || value === "") throw new InputError(`${path}: ${name} must be a text`);
    settings[setting] = setting === "store" ? absoluteStore(value, folder) : value;
  }
  return settings;
}

/** A relative local path starts at the folder of the file that names it. */
export function absoluteStore(address: string, folder: string): string {
  const path = /^local:(.+)$/.exec(address)?.[1];
  return path === undefined || path.startsWith("~/") ? address : `local:${resolve(folder, path)}`;
}

/** Text of a file. @returns undefined when there is none. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
    if (code === "EACCES") throw new InputError(`cannot read ${path}: permission denied`);
    throw error;
  }
}

/** Reads YAML with an object at the top. @throws InputError with the line, never with the text. */
export async function parseYaml(path: string, text: string): Promise<Record<string, unknown>> {
  const { load, CORE_SCHEMA, YAMLException } = await import("js-yaml");
  try {
    const content = load(text, { schema: CORE_SCHEMA }) ?? {};
    if (typeof content === "object" && !Array.isArray(content)) return content as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new InputError(`${path}: is not YAML: line ${error.mark.line + 1}: ${error.reason}`);
  }
  throw new InputError(`${path}: must have names and values at the top`);
}
