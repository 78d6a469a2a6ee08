import { SecretNotFoundError } from "../provider/errors";
import { targetsOfThisProcess } from "../provider/context";
import { Projector } from "../provider/projection/projector";
import { WorkspaceStore } from "../provider/workspace/workspace-store";
import { withStores, type CliContext } from "./context";
import { shortList } from "./failure";
import { requireName } from "./names";
import type { TargetOptions } from "./sync.command";
import { describeAbsence, requireWorkspace } from "./whereabouts";

/** What a verb that looks at targets works with. */
export interface Projection {
  workspace: string;
  projector: Projector;
  /** As read when it was opened. */
  documents: WorkspaceStore;
  /** Names of those that are meant, sorted. */
  deployments: string[];
}

/**
 * Opens a Workspace with its targets. No Deployment counts as our own: documents decide neither with which credentials a
 * target is reached, nor that one is made.
 *
 * @throws SecretNotFoundError when the Workspace, or a Deployment that was named, is not there.
 */
export async function withProjection<T>(
  context: CliContext,
  options: TargetOptions,
  work: (projection: Projection) => Promise<T>,
): Promise<T> {
  for (const name of options.deployment ?? []) requireName("Deployment", name);
  return withStores(context, [options.store], async (store) => {
    const workspace = await requireWorkspace(store, options.workspace);
    const documents = new WorkspaceStore(workspace, store);
    const { workspace: own, deployments } = await documents.snapshot();
    if (!own) throw new SecretNotFoundError(await describeAbsence(store, workspace));
    const names = [...deployments.keys()].sort();
    const unknown = (options.deployment ?? []).filter((name) => !deployments.has(name));
    if (unknown.length > 0)
      throw new SecretNotFoundError(
        `Workspace "${workspace}" has no Deployment ${shortList(unknown.map((name) => `"${name}"`))}; it has ${shortList(names) || "none"}`,
      );
    const projector = new Projector(documents, targetsOfThisProcess(), { isOwn: () => false });
    return work({
      workspace,
      projector,
      documents,
      deployments: options.deployment ? [...new Set(options.deployment)].sort() : names,
    });
  });
}
