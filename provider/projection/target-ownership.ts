import { ConflictError, TargetMissingError } from "../errors";
import type { DeploymentDocument } from "../environment/documents";
import { printable } from "../printable";
import type { Target, TargetMarks, TargetState } from "../targets/target";

/** @throws ConflictError if a target is there and is not the Deployment's. */
export function requireOwn(
  state: TargetState | undefined,
  uid: string,
  document: DeploymentDocument,
  target: Target,
): void {
  const foreign = foreignText(state, uid, document, target);
  if (foreign === undefined) return;
  const remedy = `choose another target for Deployment "${document.name}", or set adopt: true to take it over`;
  throw new ConflictError(`${foreign}; ${remedy}`);
}

/** Whose the target is, where it is there and is not the Deployment's. */
export function foreignText(
  state: TargetState | undefined,
  uid: string,
  document: DeploymentDocument,
  target: Target,
): string | undefined {
  return !state || isOwn(state, uid, document.name) ? undefined : `${target.address} ${whoseText(state)}`;
}

/**
 * For the operation of another stack: creating a target is the act of its Deployment's own stack, which alone can know
 * that it may. Otherwise whoever writes documents could have others' logins write where theirs could not.
 *
 * @throws TargetMissingError if there is none with the Deployment's mark.
 */
export function requireMade(
  state: TargetState | undefined,
  uid: string,
  document: DeploymentDocument,
  target: Target,
): asserts state is TargetState {
  const problem = notMade(state, uid, document);
  if (problem !== undefined) throw new TargetMissingError(`${target.address}${problem}`, state === undefined);
}

/** Why only a Deployment's own stack may write a target, to be read after its address; undefined if others may. */
export function notMade(
  state: TargetState | undefined,
  uid: string,
  { name, owner }: DeploymentDocument,
): string | undefined {
  if (state && !isOwn(state, uid, name))
    return ` ${whoseText(state)}; the stack of Deployment "${name}" (${owner}) must take it over or choose another`;
  if (state && !state.unanchored) return undefined;
  const what = state ? "the object that says whose it is is missing" : "missing";
  return `: ${what}; the next pulumi up of the Deployment's own stack (${owner}) restores it`;
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

function whoseText({ marks }: TargetState): string {
  return marks
    ? printable(`belongs to Deployment "${marks.deployment}" of Workspace "${marks.workspace}" (${marks.owner})`)
    : "exists and is not managed by airflow-env";
}
