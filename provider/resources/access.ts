import { encodeDocument } from "../environment/codec";
import type { SharedDocument, WorkspaceDocument } from "../environment/documents";
import { ConflictError, InputError, UnsupportedError, type InputProblem } from "../errors";
import { assertFits } from "../stores/checks";
import type { HandlerContext, OpenWorkspace, WorkspaceRef } from "./contract";
import { resolveReferences, type ReferenceSources } from "./declaration/references";

/** @throws ConflictError if the Workspace has not been created in this store. */
export function requireWorkspace({ documents }: OpenWorkspace): WorkspaceDocument {
  const { workspace } = documents.cached;
  // Its own address: the marking of a store that two addresses lead to was interrupted.
  if (workspace?.movedTo !== undefined && workspace.movedTo !== documents.store.address)
    throw new ConflictError(
      `Workspace "${documents.name}" has moved from store "${documents.store.address}" to ` +
        `${JSON.stringify(workspace.movedTo)}; name that store in the program, if you trust it`,
    );
  if (workspace) return workspace;
  throw new ConflictError(
    `Workspace "${documents.name}" is not in store "${documents.store.address}"; create it with new airflow.Workspace, ` +
      `or correct the store's address`,
  );
}

/** Why nothing can be stored in a Workspace: it is not there, and no part of the program makes it. */
export async function workspaceProblem(open: OpenWorkspace): Promise<InputProblem | undefined> {
  const { outlook } = open;
  await outlook.awaits(() => outlook.hasWorkspace);
  // The program's own Workspace is made, or made anew where it has moved from, before what is in it.
  if (outlook.isWorkspaceDeclared) return undefined;
  try {
    requireWorkspace(open);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    return { path: ["workspace"], reason: error.message };
  }
}

/** Why a store cannot hold a document: it is too large. */
export function storingProblem({ documents }: OpenWorkspace, key: string, document: SharedDocument): InputProblem[] {
  try {
    assertFits(documents.store, key, encodeDocument(document));
    return [];
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return [{ path: [], reason: error.message }];
  }
}

/**
 * Opens the Workspace of a resource that is to be deleted. Its record may name a store that the Workspace has left since:
 * there it would be removed from old documents, and its targets would get old content.
 *
 * A store's document does not choose where credentials go: a move is followed only to an address that the program or
 * the environment names too.
 *
 * @throws ConflictError for a move to any other address.
 */
export async function openToDelete(context: HandlerContext, workspace: WorkspaceRef): Promise<OpenWorkspace> {
  const seen = new Set([workspace.store]);
  for (let { store } = workspace; ; seen.add(store)) {
    const open = await context.open({ ...workspace, store });
    const { movedTo } = (await open.documents.snapshot()).workspace ?? {};
    if (movedTo === undefined || seen.has(movedTo)) return open;
    if (!context.isNamed({ name: workspace.name, store: movedTo }))
      throw new ConflictError(
        `Workspace "${workspace.name}" has moved from store "${store}" to ${JSON.stringify(movedTo)}, which nothing in ` +
          `this run names, so nothing was removed; if you trust that address, run again with AIRFLOW_ENV_STORE set to it`,
      );
    store = movedTo;
  }
}

/** Where value references of a Workspace are looked up. */
export function referenceSources(context: HandlerContext, open: OpenWorkspace | undefined): ReferenceSources {
  return {
    readEnvironment: (name) => context.readEnvironment(name),
    readFile: (path) => context.readFile(path),
    readStore: async (name) => open?.documents.findValue(name),
  };
}

/**
 * A declaration with the values of its references.
 *
 * @param what - names the resource in the message.
 * @throws InputError if a reference leads nowhere.
 */
export async function resolveDeclared<T extends object>(what: string, value: T, sources: ReferenceSources): Promise<T> {
  try {
    return await resolveReferences(value, sources);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${what}: ${error.message}`);
    throw error;
  }
}
