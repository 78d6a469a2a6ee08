import { isDeepStrictEqual } from "node:util";
import { changedPaths } from "../../environment/compare";
import type { SharedDocument } from "../../environment/documents";
import { byText, isSamePath, type Path } from "../../path";
import type { Difference } from "../contract";
import { hasUnknown, isRecord, type Properties } from "../declaration/values";
import { declaredPart, isNew } from "../record";

/** What differs between declaration, record and reality. */
export interface ObjectDifference {
  /** What an update changes in the store or in the record. */
  changed: Path[];
  /** What somebody changed by other means since the last `up`. */
  drift: Path[];
  /** Somebody removed the object. */
  isGone: boolean;
  /** Inputs that cannot be changed in place. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** What the store says, beside what is and was declared. */
export interface LiveObject {
  /** The document that the declaration wants. */
  wanted: SharedDocument;
  /** What the last declaration wanted. */
  lastBase: object;
  actual: SharedDocument | undefined;
}

/**
 * Compares a declared object with the recorded and the stored one. Pure.
 *
 * @param olds - recorded inputs or outputs; empty before the first create.
 * @param live - undefined: recorded state only.
 */
export function compareObject(
  idInput: string,
  olds: Properties,
  news: Properties,
  live: LiveObject | undefined,
): ObjectDifference {
  const scopeOf = (inputs: Properties) => ({
    workspace: isRecord(inputs["workspace"]) ? inputs["workspace"]["name"] : inputs["workspace"],
    [idInput]: inputs[idInput],
    deployment: inputs["deployment"],
  });
  const [before, after]: Properties[] = [scopeOf(olds), scopeOf(news)];
  const fresh = isNew(olds);
  const replaces = fresh ? [] : changedPaths(before, after).map(([name]) => String(name));
  const fromRecord = fresh ? [] : changedPaths(comparable(olds), comparable(news));
  if (!live || replaces.length > 0)
    return {
      changed: fromRecord,
      drift: [],
      isGone: false,
      replaces,
      // The same id in another scope would collide with itself while both exist.
      deleteBeforeReplace:
        isDeepStrictEqual(before?.[idInput], after?.[idInput]) && before?.["workspace"] === after?.["workspace"],
    };
  const { wanted, lastBase, actual } = live;
  const partOf = (document: SharedDocument | undefined) =>
    document && { ...document.base, owner: document.owner, sharing: document.sharing, exclude: document.exclude };
  const changed = unique([...fromRecord, ...changedPaths(partOf(actual), partOf(wanted))]);
  const differing = actual ? changedPaths(actual.base, wanted.base) : [];
  const drift = actual && !fresh ? changedPaths(lastBase, actual.base).filter((path) => isIn(path, differing)) : [];
  return { changed, drift, isGone: !actual && !fresh, replaces, deleteBeforeReplace: false };
}

/** The answer; a value that is not known yet counts as a change. */
export function answer(difference: ObjectDifference, news: Properties): Difference {
  const { changed, drift, isGone, replaces, deleteBeforeReplace } = difference;
  const isAny = changed.length > 0 || drift.length > 0 || replaces.length > 0;
  return { changes: isAny || isGone || hasUnknown(declaredPart(news)), replaces, deleteBeforeReplace };
}

/** Texts for the preview; never a value. */
export function driftTexts(noun: string, drift: Path[], isGone: boolean, textOf: (path: Path) => string): string[] {
  return [
    ...(isGone ? [`the ${noun} is gone from the store`] : []),
    ...drift.map((path) => `${textOf(path)}: changed outside Pulumi`),
  ];
}

/** Paths without repetition, in the order of their texts. */
export function unique(paths: Path[]): Path[] {
  return paths.filter((path, at) => paths.findIndex((other) => isSamePath(path, other)) === at).sort(byText);
}

function isIn(path: Path, paths: Path[]): boolean {
  return paths.some((other) => isSamePath(path, other));
}

/** Recorded inputs in one shape, whether they come from inputs or outputs, with defaults filled in. */
function comparable(properties: Properties): Properties {
  const {
    deployments: _,
    ignoreWarnings: __,
    sharing = "Restricted",
    exclude = [],
    ...rest
  } = declaredPart(properties);
  const set = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null);
  const sorted = Array.isArray(exclude) ? [...new Set(exclude.map(String))].sort() : exclude;
  return { ...Object.fromEntries(set), sharing, exclude: sorted };
}
