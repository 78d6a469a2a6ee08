import { changedPaths } from "../../environment/compare";
import type { DeploymentDocument } from "../../environment/documents";
import { isSamePath, type Path } from "../../path";
import type { Difference } from "../contract";
import { hasUnknown, isRecord, type Properties } from "../declaration/values";
import { declaredPart, isNew } from "../record";
import { unique } from "../shared-object/diff";

/** What differs between declaration, record and the stored document. */
export interface DeploymentDifference {
  changed: Path[];
  /** Fields that somebody changed by other means. */
  drift: Path[];
  isGone: boolean;
  /** The place that it moved away from is not empty yet. */
  isMoveUnfinished: boolean;
  replaces: string[];
}

/** The stored document, beside what is and was declared. */
export interface LiveDeployment {
  wanted: DeploymentDocument;
  last: DeploymentDocument | undefined;
  actual: DeploymentDocument | undefined;
}

/** Compares a declared Deployment with the recorded and the stored one; `live` undefined: recorded state only. Pure. */
export function compareDeployment(
  olds: Properties,
  news: Properties,
  live: LiveDeployment | undefined,
): DeploymentDifference {
  const nothing = { changed: [], drift: [], isGone: false, isMoveUnfinished: false, replaces: [] };
  if (isNew(olds)) return nothing;
  const identityOf = (inputs: Properties) => ({ name: inputs["name"], workspace: workspaceNameOf(inputs) });
  const replaces = changedPaths(identityOf(olds), identityOf(news)).map(([name]) => String(name));
  const changed = changedPaths(declaredPart(olds), declaredPart(news));
  if (!live || replaces.length > 0) return { ...nothing, changed, replaces };
  if (!live.actual) return { ...nothing, changed, isGone: true };
  const { retired, instance: _, ...actual } = live.actual;
  const differing = changedPaths(actual, live.wanted);
  return {
    ...nothing,
    changed: unique([...changed, ...differing]),
    drift: changedPaths(live.last, actual).filter((path) => differing.some((other) => isSamePath(path, other))),
    isMoveUnfinished: (retired?.length ?? 0) > 0,
  };
}

/**
 * The answer. Two Deployments cannot share a target, so a renamed one gives it up before it takes it again; but not for
 * a Workspace that is not there: the create would fail when the target is gone.
 *
 * @param isDrifted - the target differs from what it should hold.
 */
export function answer(
  difference: DeploymentDifference,
  isDrifted: boolean,
  isWorkspaceThere: boolean,
  olds: Properties,
  news: Properties,
): Difference {
  const { changed, drift, isGone, isMoveUnfinished, replaces } = difference;
  const isAny = changed.length + drift.length + replaces.length > 0 || isGone || isMoveUnfinished || isDrifted;
  const isSafe = isWorkspaceThere || !replaces.includes("workspace");
  const isSameTarget = changedPaths({ t: olds["target"] }, { t: news["target"] }).length === 0;
  return {
    changes: isAny || hasUnknown(declaredPart(news)),
    replaces,
    deleteBeforeReplace: replaces.length > 0 && isSafe && isSameTarget,
  };
}

function workspaceNameOf({ workspace }: Properties): unknown {
  return isRecord(workspace) ? workspace["name"] : workspace;
}
