import { ProviderError } from "../provider/errors";
import type { SecretsStore } from "../provider/stores/store";
import { withStores, type CliContext } from "./context";
import { describeDuration } from "./duration";
import { fetchEffective } from "./effective";
import { describeFailure, RefusedError, shortList, UsageError } from "./failure";
import { requireName } from "./names";
import type { RunOptions } from "./run.command";
import { airflowEnvironment } from "./run/airflow-environment";
import { runChild } from "./run/child";
import { findCopy, removeCopy, saveCopy, type CopyOf } from "./run/copies";
import { textsOfRun, writeTexts, type RunTexts } from "./run/files";
import { follow } from "./run/follow";
import { makePrivateFolder, type PrivateFolder } from "./run/private-folder";
import { requireWorkspace } from "./whereabouts";

/** How often `--watch` looks at the store. */
const WATCH_INTERVAL_MS = 3_000;

/**
 * Runs a command whose Airflow reads what one Deployment gets from private files; they are gone when it ends.
 *
 * @returns what to exit with: the command's own code.
 * @throws RefusedError while fetching is off; no connection has been read then, and the command is not started.
 */
export async function runCommand(context: CliContext, command: string[], options: RunOptions): Promise<number> {
  requireName("Deployment", options.deployment);
  if (options.workspace !== undefined) requireName("Workspace", options.workspace);
  if (options.offline && (options.watch || options.keepCopy))
    throw new UsageError("--offline does not ask the store; it goes with neither --watch nor --keep-copy");
  if (options.offline) return inFolder(context, command, options, await offlineTexts(context, options));
  return withStores(context, [options.store], async (store) => {
    const workspace = await requireWorkspace(store, options.workspace);
    const texts = await onlineTexts(context, store, workspace, options);
    return inFolder(context, command, options, texts, options.watch ? { store, workspace } : undefined);
  });
}

async function inFolder(
  context: CliContext,
  command: string[],
  options: RunOptions,
  texts: RunTexts,
  watched?: { store: SecretsStore; workspace: string },
): Promise<number> {
  const { terminal, environment } = context;
  const folder = await makePrivateFolder(environment);
  process.once("exit", folder.remove);
  const ended = new AbortController();
  try {
    if (!folder.isInMemory)
      terminal.note(`note: no memory-backed folder was found; the files are on disk in ${folder.path}`);
    await writeTexts(folder, texts);
    const own = airflowEnvironment(folder.path, options.filesAt);
    const following = watched && watch(context, options, { ...watched, folder, texts, signal: ended.signal });
    const code = await runChild(command, { ...environment, ...own });
    ended.abort();
    await following;
    return code;
  } finally {
    ended.abort();
    folder.remove();
    process.off("exit", folder.remove);
  }
}

async function onlineTexts(
  context: CliContext,
  store: SecretsStore,
  workspace: string,
  options: RunOptions,
): Promise<RunTexts> {
  try {
    const { texts, leftOut } = textsOfRun(await fetchEffective(store, workspace, options.deployment));
    if (leftOut.length > 0 && options.filesAt !== undefined)
      context.terminal.note(`note: not in AIRFLOW_ENV_FILE: ${shortList(leftOut.map(({ id }) => id))}`);
    if (options.keepCopy) await saveCopy(context, copyOf(options), texts, Date.now());
    return texts;
  } catch (error) {
    // Whoever switched fetching off meant the copy too.
    if (error instanceof RefusedError) await removeCopy(context, copyOf(options));
    throw error;
  }
}

async function offlineTexts(context: CliContext, options: RunOptions): Promise<RunTexts> {
  const limits = { maxAgeMs: options.maxAge, now: Date.now() };
  const { texts, ageMs } = await findCopy(context, copyOf(options), limits);
  context.terminal.note(`note: offline, with the copy of ${describeDuration(ageMs)} ago`);
  return texts;
}

function copyOf({ store, workspace, deployment }: RunOptions): CopyOf {
  return { store, workspace, deployment };
}

/** Rewrites the files when the store changes; what cannot be read now leaves them as they are. */
function watch(
  { terminal }: CliContext,
  { deployment }: RunOptions,
  watched: { store: SecretsStore; workspace: string; folder: PrivateFolder; texts: RunTexts; signal: AbortSignal },
): Promise<void> {
  const { store, workspace, folder, signal } = watched;
  let { texts } = watched;
  return follow({
    store,
    workspace,
    intervalMs: WATCH_INTERVAL_MS,
    signal,
    async onChange() {
      const { texts: now } = textsOfRun(await fetchEffective(store, workspace, deployment));
      // After the end the folder is gone, and must stay so.
      if (signal.aborted) return;
      await writeTexts(folder, now, texts);
      if (JSON.stringify(now) !== JSON.stringify(texts))
        terminal.note(`note: Deployment "${deployment}" has changed; files updated`);
      texts = now;
    },
    onFailure(error) {
      if (!(error instanceof ProviderError)) throw error;
      terminal.note(`warning: the files stay as they are: ${describeFailure(error).message}`);
    },
  });
}
