import { changedPaths } from "../../environment/compare";
import type { WorkspaceDocument } from "../../environment/documents";
import type { Path } from "../../path";
import type { Difference } from "../contract";
import { hasUnknown, type Properties } from "../declaration/values";
import { declaredPart, isNew } from "../record";
import { parseWorkspace } from "./declaration";

/** What differs between declaration, record and reality. */
export interface WorkspaceDifference {
  changed: Path[];
  drift: Path[];
  isGone: boolean;
}

/** Compares a declared Workspace; `actual` is undefined when the store is not looked at. Pure. */
export function compareWorkspace(
  olds: Properties,
  news: Properties,
  actual: { document: WorkspaceDocument | undefined } | undefined,
): WorkspaceDifference {
  if (isNew(olds)) return { changed: [], drift: [], isGone: false };
  const { uid: _, ...before } = declaredPart(olds);
  const changed = changedPaths(before, declaredPart(news));
  if (!actual) return { changed, drift: [], isGone: false };
  const { document } = actual;
  if (!document) return { changed, drift: [], isGone: true };
  const drift: Path[] = [];
  const [wanted, last] = [parseWorkspace(news), parseWorkspace(olds)];
  const isFetching = document.secretsFetching;
  if (isFetching !== wanted?.secretsFetching && isFetching !== last?.secretsFetching) drift.push(["secretsFetching"]);
  if (document.owner !== olds["owner"] && document.owner !== news["owner"]) drift.push(["owner"]);
  return { changed, drift, isGone: false };
}

/** The answer. A new store address is an update: the documents are there already or the update refuses. */
export function answer({ changed, drift, isGone }: WorkspaceDifference, news: Properties): Difference {
  return {
    changes: changed.length > 0 || drift.length > 0 || isGone || hasUnknown(declaredPart(news)),
    replaces: changed.filter(([field]) => field === "name").map(String),
    deleteBeforeReplace: false,
  };
}
