import * as pulumi from "@pulumi/pulumi";
import type { ConnectionReference } from "./connection";
import { declare } from "./declarations";
import { deploymentName, requireSameWorkspace, workspaceNameOf, type DeploymentReference } from "./deployment";
import { commonInputs } from "./owner";

/** A connection and the Deployment that gets it. */
export interface PairArgs {
  /** A Workspace-level connection. */
  connection: ConnectionReference;
  deployment: DeploymentReference;
  /** Take over a link or override that is somebody else's. */
  adopt?: boolean;
}

/** Inputs of a resource that belongs to one pair; records the declaration when the names are known. */
export function pairInputs(
  kind: "link" | "override",
  resource: string,
  { connection, deployment, adopt }: PairArgs,
): Record<string, pulumi.Input<unknown>> {
  // Without types, or with a resource that is declared further down.
  if ((deployment as unknown) === undefined || (deployment as unknown) === null)
    throw new Error(`${kind} "${resource}": deployment: is missing; pass a Deployment or its name`);
  const { workspace } = connection;
  const workspaceOf = pulumi.Output.isInstance(workspace) ? workspace : pulumi.output({ ...pick(workspace) });
  const only = "deployment" in connection ? connection.deployment : undefined;
  const declared = pulumi
    .all([workspaceOf, connection.connId, deploymentName(deployment), only, workspaceNameOf(deployment)])
    .apply(([{ name }, id, deploymentOf, onlyDeployment, itsWorkspace]) => {
      requireSameWorkspace(`${kind} "${resource}"`, name, deploymentOf, itsWorkspace);
      if (onlyDeployment !== undefined)
        throw new Error(
          `${kind} "${resource}": connection "${id}" is of Deployment "${onlyDeployment}" alone; ` +
            `declare it with workspace instead of deployment, or put the fields into it`,
        );
      declare({ kind, resource, workspace: name, connId: id, deployment: deploymentOf });
    });
  return {
    ...commonInputs(resource, adopt, declared),
    workspace: workspaceOf,
    connId: connection.connId,
    deployment: deploymentName(deployment),
  };
}

/** A Workspace resource is a reference too; only its name and store are inputs. */
function pick({ name, store }: { name: pulumi.Input<string>; store: pulumi.Input<string> }) {
  return { name, store };
}
