import { changedPaths } from "../../environment/compare";
import { isSamePath, type Path } from "../../path";
import { isRecord, type Properties } from "../declaration/values";
import type { AttachmentKind } from "../declared-kind";
import { declaredPart, isNew } from "../record";
import type { Piece } from "./declaration";
import { unique, type ObjectDifference } from "../shared-object/diff";

/** What the store says, beside what is and was declared. */
export interface LivePiece {
  /** What the declaration wants. */
  wanted: Piece;
  /** What the last declaration wanted. */
  lastPatch: object;
  actual: Piece | undefined;
}

/**
 * Compares a declared link or Override with the recorded and the stored one. Pure.
 *
 * @param olds - recorded inputs or outputs; empty before the first create.
 * @param live - undefined: recorded state only.
 */
export function compareAttachment(
  kind: AttachmentKind,
  olds: Properties,
  news: Properties,
  live: LivePiece | undefined,
): Omit<ObjectDifference, "deleteBeforeReplace"> {
  const fresh = isNew(olds);
  const pairOf = (inputs: Properties) => ({
    workspace: isRecord(inputs["workspace"]) ? inputs["workspace"]["name"] : inputs["workspace"],
    [kind.of.idInput]: inputs[kind.of.idInput],
    deployment: inputs["deployment"],
  });
  const replaces = fresh ? [] : changedPaths(pairOf(olds), pairOf(news)).map(([name]) => String(name));
  const fromRecord = fresh ? [] : changedPaths(comparable(kind, olds), comparable(kind, news));
  if (!live || replaces.length > 0) return { changed: fromRecord, drift: [], isGone: false, replaces };
  const { wanted, lastPatch, actual } = live;
  const partOf = (piece: Piece | undefined) => piece && { ...piece.patch, owner: piece.owner };
  const differing = changedPaths(partOf(actual), partOf(wanted));
  const isDiffering = (path: Path) => differing.some((other) => isSamePath(path, other));
  const drift = actual && !fresh ? changedPaths(lastPatch, actual.patch).filter(isDiffering) : [];
  return { changed: unique([...fromRecord, ...differing]), drift, isGone: !actual && !fresh, replaces };
}

/** Values lie beside the other inputs, so that what changes is named as Airflow's fields are. */
function comparable(kind: AttachmentKind, properties: Properties): Properties {
  const values = kind.valuesOf(properties);
  if (kind.valuesInput === undefined) return declaredPart(properties);
  return { ...declaredPart(properties), [kind.valuesInput]: undefined, ...values };
}
