import * as pulumi from "@pulumi/pulumi";
import type { Declaration } from "../provider/resources/declaration/conflicts";
import { requireDeployment, requireExclusions } from "./arguments";
import { declare, declaredReach } from "./declarations";
import { deploymentName, requireSameWorkspace, workspaceNameOf, type Deployment } from "./deployment";
import { judgeNowOrLater, knownName, type KnownNames } from "./known-names";
import { commonInputs } from "./owner";
import { workspaceInput, type WorkspaceReference } from "./workspace";
import { ProgramError } from "./program-error";

/** Where an object belongs: to a Workspace or to a single Deployment, not both. */
export type ObjectScope =
  | { workspace: WorkspaceReference; deployment?: undefined }
  | { deployment: Deployment; workspace?: undefined; sharing?: pulumi.Input<"Restricted">; exclude?: undefined };

/** What connections and Variables have in common: where they belong and who gets them. */
export interface SharedScopeArgs {
  /** For a Workspace-level object, which can be linked to many Deployments. Exactly one of these two. */
  workspace?: WorkspaceReference;
  /** For a Deployment-level object: the only Deployment that gets it. */
  deployment?: Deployment;
  /** `Restricted`, the default: linked Deployments only. `LinkedToAll`: all current and future ones. */
  sharing?: pulumi.Input<"Restricted" | "LinkedToAll">;
  /** Deployments that do not get a LinkedToAll object. */
  exclude?: (pulumi.Input<string> | { name: pulumi.Input<string> })[];
  /** Take over what is somebody else's. */
  adopt?: boolean;
}

/**
 * Inputs of a shared object's scope; records the declaration when the names are known.
 *
 * @param id - connection id or Variable key.
 * @throws ProgramError unless exactly one of workspace and deployment is given.
 */
export function declareShared(
  kind: "connection" | "variable",
  resource: string,
  id: pulumi.Input<string>,
  scope: SharedScopeArgs,
): Record<string, pulumi.Input<unknown>> {
  const { workspace, deployment, sharing, exclude, adopt } = scope;
  const what = `${kind} "${resource}"`;
  const isOne = (workspace ?? undefined) === undefined ? (deployment ?? undefined) !== undefined : !deployment;
  if (!isOne)
    throw new ProgramError(
      `${what}: pass exactly one of workspace (Workspace-level) and deployment (Deployment-level)`,
    );
  if (deployment) requireDeployment(what, deployment);
  requireExclusions(what, exclude);
  const workspaceInputs = workspaceInput(workspace ?? workspaceOfDeployment(deployment), what);
  const excluded = exclude?.map((item) => pulumi.output(isNamed(item) ? item.name : item));
  const names = namesOfScope(scope, id);
  let reach: Promise<string[] | undefined> | undefined;
  const declared = judgeNowOrLater<ScopeValues>(
    {
      workspaceName: names.workspace ?? workspaceInputs.name,
      connId: id,
      deploymentOf: names.deployment ?? deployment?.name,
      excludedNames: exclude?.map((item, at) => knownName(item, "deployment", "name") ?? excluded?.[at] ?? "") ?? [],
      sharingOf: sharing,
      workspacesOf: exclude?.map(workspaceNameOf) ?? [],
    },
    ({ workspaceName, connId, deploymentOf, excludedNames, sharingOf, workspacesOf }) => {
      for (const [at, excludedName] of excludedNames.entries())
        requireSameWorkspace(`${what}: exclude`, workspaceName, excludedName, workspacesOf[at]);
      const declaration: Declaration = {
        kind,
        resource,
        workspace: workspaceName,
        connId,
        ...(deploymentOf !== undefined && { deployment: deploymentOf }),
        exclude: excludedNames,
        linkedToAll: sharingOf === "LinkedToAll",
      };
      declare(declaration);
      if (deploymentOf === undefined) reach = declaredReach(declaration);
    },
  );
  return {
    ...commonInputs(resource, adopt, declared),
    workspace: workspaceInputs,
    ...(deployment && { deployment: deploymentName(deployment) }),
    ...(sharing !== undefined && { sharing }),
    ...(excluded && { exclude: excluded }),
    // For the preview's text alone: the engine checks resources in no certain order, so the provider would not know yet.
    declaredReach: declared.apply(() => reach),
  };
}

/** What a scope says. */
interface ScopeValues {
  workspaceName: string;
  connId: string;
  deploymentOf: string | undefined;
  excludedNames: string[];
  sharingOf: "Restricted" | "LinkedToAll" | undefined;
  /** Workspaces of the excluded Deployments; of a mere name nothing is known. */
  workspacesOf: (string | undefined)[];
}

/** The names of a shared object as far as the program gives them as text. */
export function namesOfScope({ workspace, deployment }: SharedScopeArgs, id: pulumi.Input<string>): KnownNames {
  return {
    workspace: workspace ? knownName(workspace, "workspace", "name") : knownName(deployment, "workspace", ""),
    id: typeof id === "string" ? id : undefined,
    deployment: knownName(deployment, "deployment", ""),
    isWorkspaceLevel: deployment === undefined,
  };
}

function workspaceOfDeployment(deployment: Deployment | undefined): WorkspaceReference | undefined {
  return (
    deployment && {
      name: deployment.workspace.apply(({ name }) => name),
      store: deployment.workspace.apply(({ store }) => store),
    }
  );
}

function isNamed(item: pulumi.Input<string> | { name: pulumi.Input<string> }): item is { name: pulumi.Input<string> } {
  return typeof item === "object" && !pulumi.Output.isInstance(item) && "name" in item;
}
