import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { decodeFound } from "../provider/environment/codec";
import { isShared, type DeploymentDocument } from "../provider/environment/documents";
import { ProviderError, SecretNotFoundError, StoreUnavailableError } from "../provider/errors";
import type { SecretsStore } from "../provider/stores/store";
import { shortList, UsageError } from "./failure";
import { requireName } from "./names";
import { documentKeys } from "../provider/environment/keys";

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
 * The Workspace that is meant: the one named, or else the only one of the store.
 *
 * @throws UsageError when there are several to choose from, SecretNotFoundError when there is none.
 */
export async function requireWorkspace(store: SecretsStore, named: string | undefined): Promise<string> {
  if (named !== undefined) {
    requireName("Workspace", named);
    return named;
  }
  const names = await declaredWorkspaces(store);
  const [only] = names;
  if (only === undefined) throw new SecretNotFoundError(await describeAbsence(store));
  if (names.length > 1)
    throw new UsageError(
      `which Workspace is meant? The store holds ${shortList(names.map((name) => `"${name}"`))}; pass --workspace or set ` +
        "AIRFLOW_ENV_WORKSPACE",
    );
  return only;
}

async function declaredWorkspaces(store: SecretsStore): Promise<string[]> {
  const keys = new Set(await readableKeys(store));
  const names = new Set([...keys].map((key) => key.split("/")[0] ?? ""));
  return [...names].filter((name) => keys.has(documentKeys.workspace(name))).sort();
}

/** Some may read metadata alone, others documents alone. */
async function readableKeys(store: SecretsStore): Promise<string[]> {
  try {
    return (await store.listMetadata("")).map(({ key }) => key);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError) || error.reason !== "denied") throw error;
    return store.keys("");
  }
}

/**
 * What to say of a Workspace that no program has declared in this store: it may yet be, or its name is misspelt.
 *
 * @returns undefined when it is declared, and when this identity may not find out: it may have a right to values alone.
 */
export async function describeUndeclared(store: SecretsStore, workspace: string): Promise<string | undefined> {
  try {
    const names = await declaredWorkspaces(store);
    if (names.includes(workspace)) return undefined;
    const held = names.length === 0 ? "none" : shortList(names.map((name) => `"${name}"`));
    return `Workspace "${workspace}" is not declared in this store yet; it holds ${held}`;
  } catch (error) {
    if (error instanceof ProviderError) return undefined;
    throw error;
  }
}

/**
 * The document of a Deployment.
 *
 * @throws SecretNotFoundError with the names that there are.
 */
export async function requireDeployment(
  store: SecretsStore,
  workspace: string,
  deployment: string,
): Promise<DeploymentDocument> {
  const key = documentKeys.deployment(workspace, deployment);
  const stored = await store.find(key);
  const document = stored && decodeFound(key, stored.text);
  if (document && !isShared(document) && document.kind === "deployment") return document;
  throw new SecretNotFoundError(
    `Workspace "${workspace}" has no Deployment "${deployment}"; it has ${await deploymentNames(store, workspace)}`,
  );
}

async function deploymentNames(store: SecretsStore, workspace: string): Promise<string> {
  const { inventory } = await import("./inventory.js");
  const listed = inventory(await store.listMetadata(documentKeys.all(workspace)));
  const names = listed.flatMap(({ deployments }) => deployments.map(({ name }) => name)).sort();
  return shortList(names) || "none";
}
