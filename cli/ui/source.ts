import { documentKeys } from "../../provider/environment/keys";
import type { SecretsStore } from "../../provider/stores/store";
import type { CliContext } from "../context";
import { inventory, type ListedWorkspace } from "../inventory";
import { withProjection } from "../projection";
import { checkDeployment, type Checked } from "./check";

/** Where the page gets what it shows. */
export interface PageSource {
  /** Of the store. */
  readonly address: string;
  /** The Workspaces that may be looked at, read anew. */
  workspaces(): Promise<ListedWorkspace[]>;
  /** One of them; undefined when it is not there. */
  workspace(name: string): Promise<ListedWorkspace | undefined>;
  /** Compares targets with documents, all of them by default; reads secrets, and returns none. */
  check(workspace: string, deployments?: string[]): Promise<Checked[]>;
}

/**
 * The page's source on a store: metadata, and documents only for a check.
 *
 * @param only - the Workspace that the command names.
 */
export function storeSource(context: CliContext, store: SecretsStore, only: string | undefined): PageSource {
  const read = async (prefix: string) => inventory(await store.listMetadata(prefix));
  return {
    address: store.address,
    workspaces: () => read(only === undefined ? "" : documentKeys.all(only)),
    async workspace(name) {
      if (only !== undefined && name !== only) return undefined;
      return (await read(documentKeys.all(name))).find((workspace) => workspace.name === name);
    },
    // A store of its own, and a new projector: what was read for one check must not answer the next.
    check: (workspace, deployment) =>
      withProjection(
        context,
        { store: store.address, workspace, deployment },
        ({ projector, documents, deployments }) =>
          Promise.all(deployments.map((name) => checkDeployment(projector, documents.cached, name))),
      ),
  };
}
