import * as pulumi from "@pulumi/pulumi";
import { requireOneDeployment } from "./arguments";
import type { ConnectionReference } from "./connection";
import { declare } from "./declarations";
import { deploymentName, requireSameWorkspace, workspaceNameOf, type DeploymentReference } from "./deployment";
import { isWorkspaceLevel, judgeNowOrLater, knownName } from "./known-names";
import { commonInputs } from "./owner";
import type { VariableReference } from "./variable";
import { workspaceInput, type WorkspaceReference } from "./workspace";
import { ProgramError } from "./program-error";

/** A connection and the Deployment that gets it. */
export interface PairArgs<Of extends ConnectionReference = ConnectionReference> {
  /** A Workspace-level connection. */
  connection: Of;
  deployment: DeploymentReference;
  /** Take over a link or override that is somebody else's. */
  adopt?: boolean;
}

/** The same for an object that is no connection. */
export interface ObjectPair extends Omit<PairArgs, "connection"> {
  connection: {
    workspace: WorkspaceReference | pulumi.Output<{ name: string; store: string }>;
    connId: pulumi.Input<string>;
    deployment?: pulumi.Input<string | undefined>;
  };
}

/**
 * Inputs of a resource that belongs to one pair; records the declaration when the names are known.
 *
 * @param variable - the Variable as it was given, where the pair is of one.
 * @throws ProgramError for what the program alone shows to be wrong, as far as it is known now.
 */
export function pairInputs(
  kind: "link" | "override",
  resource: string,
  { connection, deployment, adopt }: PairArgs | ObjectPair,
  variable?: VariableReference,
): Record<string, pulumi.Input<unknown>> {
  // Without types, or with a resource that is declared further down.
  const what = `${kind} "${resource}"`;
  requireOneDeployment(what, deployment);
  const { workspace } = connection;
  const workspaceOf = pulumi.Output.isInstance(workspace) ? workspace : pulumi.output(workspaceInput(workspace, what));
  const source = variable ?? connection;
  const only = "deployment" in connection && !isWorkspaceLevel(source) ? connection.deployment : undefined;
  const declared = judgeNowOrLater<PairValues>(
    {
      name:
        knownName(source, "workspace", "") ??
        knownName(workspace, "workspace", "name") ??
        workspaceOf.apply((of) => of.name),
      id: knownName(source, "id", "") ?? connection.connId,
      deploymentOf: knownName(deployment, "deployment", "name") ?? deploymentName(deployment),
      onlyDeployment: knownName(source, "deployment", "") ?? only,
      itsWorkspace: workspaceNameOf(deployment),
    },
    ({ name, id, deploymentOf, onlyDeployment, itsWorkspace }) => {
      requireSameWorkspace(what, name, deploymentOf, itsWorkspace);
      if (onlyDeployment !== undefined)
        throw new ProgramError(
          `${what}: ${variable ? "Variable" : "connection"} "${id}" is of Deployment "${onlyDeployment}" alone; ` +
            `declare it with workspace instead of deployment, or put the fields into it`,
        );
      declare({
        kind,
        resource,
        workspace: name,
        connId: id,
        deployment: deploymentOf,
        ...(variable && { of: "variable" }),
      });
    },
  );
  return {
    ...commonInputs(resource, adopt, declared),
    workspace: workspaceOf,
    connId: connection.connId,
    deployment: deploymentName(deployment),
  };
}

interface PairValues {
  name: string;
  id: string;
  deploymentOf: string;
  /** Of a Deployment-level object: its only Deployment. */
  onlyDeployment: string | undefined;
  /** Workspace of the Deployment, where it is a resource of this program. */
  itsWorkspace: string | undefined;
}
