import { isDeepStrictEqual } from "node:util";
import type { DeploymentDocument, TargetSpec } from "../../environment/documents";
import { ProviderError, TargetUnavailableError } from "../../errors";
import type { ProjectionFailure } from "../../projection/projector";
import type { NamedPlace } from "../../projection/removal";
import { requireWorkspace } from "../access";
import type { HandlerContext, OpenWorkspace } from "../contract";
import { isRecord, type Properties } from "../declaration/values";
import { HOW_TO_ABANDON, withoutAbandoned } from "../outcome";
import { parseDeployment } from "./declaration";

/**
 * The target that a record says is the Deployment's: as the program declared it last. A refresh takes over what the store
 * says into all else of the record, and anybody who may write the store may have written that.
 */
export function recordedTarget(props: Properties | undefined, folder: string): TargetSpec | undefined {
  const own = props?.["ownTarget"];
  // Records of earlier releases have no other.
  return props && (isTargetSpec(own) ? own : parseDeployment(props, folder)?.document?.target);
}

/**
 * The places that a Deployment leaves, with those that it has left before and that may not be empty yet.
 *
 * @param last - the place that our own record names: the document may have been changed since.
 */
export function retiredTargets(
  current: DeploymentDocument | undefined,
  target: TargetSpec,
  last: TargetSpec | undefined,
): TargetSpec[] {
  if (!current) return [];
  const left = [...(current.retired ?? []), current.target, ...(last ? [last] : [])];
  return left.filter(
    (old, at) => !isDeepStrictEqual(old, target) && left.findIndex((one) => isDeepStrictEqual(one, old)) === at,
  );
}

/**
 * Empties the places that the Deployment left, then looks once more for what was written to them meanwhile.
 *
 * The document remembers those that cannot be emptied. One that only our record names is not put into the document
 * before: it may be the rest of a run that was interrupted after emptying it, and the record names it until this one ends.
 */
export async function clearRetired(
  context: HandlerContext,
  open: OpenWorkspace,
  document: DeploymentDocument,
  last: TargetSpec | undefined,
): Promise<ProjectionFailure[]> {
  const left = await leavePlaces(context, open, document, requireWorkspace(open).uid, last);
  if (left.length > 0) {
    await rememberRetired(open, document);
    return left;
  }
  open.projector.forget(document.name);
  await open.documents.changeDeployment(document.name, (current) => {
    if (!current) return current;
    const { retired: _, ...rest } = current;
    return rest;
  });
  return open.projector.projectAll([document.name]);
}

/** Puts into the stored document which places are not empty yet: the record of a partial failure names none. */
export async function rememberRetired({ documents }: OpenWorkspace, document: DeploymentDocument): Promise<void> {
  const { name, retired = [] } = document;
  await documents.changeDeployment(name, (current) => current && { ...current, retired });
}

/**
 * Removes what is in the places that the Deployment left.
 *
 * @param last - the place that our own record names; the store's word on others is not believed in all things.
 */
export async function leavePlaces(
  context: HandlerContext,
  open: OpenWorkspace,
  document: DeploymentDocument,
  uid: string,
  last: TargetSpec | undefined,
): Promise<ProjectionFailure[]> {
  const failures: ProjectionFailure[] = [];
  const placeOf = (target: TargetSpec): NamedPlace => ({
    target,
    trusted: isDeepStrictEqual(target, last) || open.outlook.isOwn({ name: document.name, target }),
  });
  for (const target of document.retired ?? [])
    failures.push(...(await removePlace(open, document, uid, placeOf(target), placeOf(document.target))));
  return withoutAbandoned(context, failures).map(withWayOut);
}

/**
 * Removes what a Deployment has in a place, if it is ours.
 *
 * @param keep - where the Deployment is now, when it has moved.
 */
export async function removePlace(
  open: OpenWorkspace,
  { name }: Pick<DeploymentDocument, "name">,
  uid: string,
  place: NamedPlace,
  keep?: NamedPlace,
): Promise<ProjectionFailure[]> {
  try {
    await open.projector.gathering.waiting(open.projector.removeTarget({ deployment: name, uid, place, keep }));
    return [];
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return [{ deployment: name, error }];
  }
}

function withWayOut({ deployment, error }: ProjectionFailure): ProjectionFailure {
  if (!(error instanceof TargetUnavailableError)) return { deployment, error };
  const text = `the place that it left is not cleared: ${error.message}; ${HOW_TO_ABANDON}`;
  return { deployment, error: new TargetUnavailableError(error.reason, text, { cause: error }) };
}

function isTargetSpec(value: unknown): value is TargetSpec {
  return isRecord(value) && Object.values(value).every(isRecord);
}
