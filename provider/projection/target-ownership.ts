import { ConflictError } from "../errors";
import type { DeploymentDocument } from "../model/documents";
import type { Target, TargetMarks, TargetState } from "../targets/target";

/** @throws ConflictError if a target is there and is not the Deployment's. */
export function requireOwn(
  state: TargetState | undefined,
  uid: string,
  document: DeploymentDocument,
  target: Target,
): void {
  if (!state || isOwn(state, uid, document.name)) return;
  const whose = state.marks
    ? `belongs to Deployment "${state.marks.deployment}" of Workspace "${state.marks.workspace}" (${state.marks.owner})`
    : "exists and is not managed by airflow-env";
  throw new ConflictError(
    `${target.address} ${whose}; choose another target for Deployment "${document.name}", or set adopt: true to take it over`,
  );
}

/** Whether a target was written for this Deployment of this Workspace. */
export function isOwn(state: TargetState, uid: string, deployment: string): boolean {
  return state.marks?.workspaceUid === uid && state.marks.deployment === deployment;
}

/** Whether a target's marks need no change. */
export function sameMarks(a: TargetMarks | undefined, b: TargetMarks): boolean {
  return (
    a?.workspace === b.workspace &&
    a.workspaceUid === b.workspaceUid &&
    a.deployment === b.deployment &&
    a.owner === b.owner
  );
}
