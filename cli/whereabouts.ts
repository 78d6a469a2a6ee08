import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ProviderError } from "../provider/errors";
import { documentKeys } from "../provider/model/documents";
import type { SecretsStore } from "../provider/stores/store";
import { shortList } from "./failure";

/**
 * Absolute path of a local store that is not there, or undefined.
 *
 * A relative path means another folder here than in a program: a message with the path as typed would not show a mistake.
 */
export async function missingLocalStore(store: SecretsStore): Promise<string | undefined> {
  if (store.kind !== "local") return undefined;
  const [{ parseLocalOptions }, { databasePath }] = await Promise.all([
    import("../provider/stores/local/options.js"),
    import("../provider/stores/local/file.js"),
  ]);
  const { path } = parseLocalOptions(store.address);
  const folder = resolve(path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);
  return existsSync(databasePath(folder)) ? undefined : folder;
}

/** Why nothing was found: no store, or a store without any, or without this, Workspace. */
export async function describeAbsence(store: SecretsStore, workspace?: string): Promise<string> {
  const missing = await missingLocalStore(store);
  if (missing !== undefined) return `there is no store at ${missing}; a relative path starts at the current folder`;
  return `store "${store.address}" holds no Workspace${workspace === undefined ? "" : ` "${workspace}"`}`;
}

/**
 * What to say of a Workspace that no program has declared in this store: it may yet be, or its name is misspelt.
 *
 * @returns undefined when it is declared, and when this identity may not find out: it may have a right to values alone.
 */
export async function describeUndeclared(store: SecretsStore, workspace: string): Promise<string | undefined> {
  try {
    const keys = new Set(await store.keys(""));
    if (keys.has(documentKeys.workspace(workspace))) return undefined;
    const names = [...new Set([...keys].map((key) => key.split("/")[0] ?? ""))].filter((name) =>
      keys.has(documentKeys.workspace(name)),
    );
    const held = names.length === 0 ? "none" : shortList(names.sort().map((name) => `"${name}"`));
    return `Workspace "${workspace}" is not declared in this store yet; it holds ${held}`;
  } catch (error) {
    if (error instanceof ProviderError) return undefined;
    throw error;
  }
}
