import { changedFields } from "../../model/compare";
import type { WorkspaceDocument } from "../../model/documents";
import type { DiffResult, Properties } from "../handler";
import { recorded } from "../operation";
import { hasUnknown } from "../unknowns";
import type { WorkspaceInputs } from "./inputs";

/** What differs between declaration, record and reality; `actual` is undefined when the store is not looked at. */
export function compareWorkspace(
  olds: Properties,
  news: Properties,
  actual: { document: WorkspaceDocument | undefined } | undefined,
): { changed: string[]; drift: string[] } {
  const { uid: _, ...before } = recorded(olds);
  const isNew = Object.keys(before).length === 0;
  const changed = isNew ? [] : changedFields(before, recorded(news));
  if (!actual || isNew) return { changed, drift: [] };
  const { document } = actual;
  if (!document) return { changed, drift: ["the Workspace is gone from the store"] };
  const drift: string[] = [];
  const wanted = (news as unknown as WorkspaceInputs).secretsFetching ?? false;
  const last = (olds as unknown as WorkspaceInputs).secretsFetching ?? false;
  if (document.secretsFetching !== wanted && document.secretsFetching !== last)
    drift.push("secretsFetching: changed outside Pulumi");
  if (document.owner !== olds["owner"] && document.owner !== news["owner"]) drift.push("owner: changed outside Pulumi");
  return { changed, drift };
}

/** Pulumi's answer. A new store address is an update: the documents are there already or the update refuses. */
export function diffWorkspace(difference: { changed: string[]; drift: string[] }, news: Properties): DiffResult {
  const { changed, drift } = difference;
  return {
    changes: changed.length > 0 || drift.length > 0 || hasUnknown(recorded(news)),
    replaces: changed.filter((field) => field === "name"),
    deleteBeforeReplace: false,
  };
}
