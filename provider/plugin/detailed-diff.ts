import { isDeepStrictEqual } from "node:util";
import { pathText, type Path } from "../path";
import { isRecord, type Properties } from "../resources/declaration/values";

/** How one property differs between recorded and new inputs. */
export interface PropertyDifference {
  kind: "add" | "update" | "delete";
  isReplaced: boolean;
}

/** A counter that makes texts differ; people read the texts. */
const NOT_SHOWN = ["change"];

/**
 * Where two sets of inputs differ, down to the last member that both have. Pure.
 *
 * @param replaces - inputs that cannot be changed in place.
 * @returns by path, as the engine reads paths: `extra.role`, `extra["a.b"]`, `exclude[0]`.
 */
export function detailedDiff(
  olds: Properties,
  news: Properties,
  replaces: readonly string[],
): Map<string, PropertyDifference> {
  const found = new Map<string, PropertyDifference>();
  const add = (path: Path, kind: PropertyDifference["kind"]) =>
    found.set(pathText(path), { kind, isReplaced: replaces.includes(String(path[0])) });
  const compare = (before: unknown, after: unknown, path: Path): void => {
    if (isDeepStrictEqual(before, after)) return;
    const [isMissing, isGone] = [before === undefined, after === undefined || after === null];
    if (isMissing || isGone) {
      if (!(isMissing && isGone)) add(path, isMissing ? "add" : "delete");
    } else if (isRecord(before) && isRecord(after)) members(before, after, path);
    else add(path, "update");
  };
  const members = (before: Properties, after: Properties, path: Path): void => {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort())
      if (path.length > 0 || !NOT_SHOWN.includes(key))
        compare(memberOf(before, key), memberOf(after, key), [...path, key]);
  };
  members(olds, news, []);
  return found;
}

function memberOf(record: Properties, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
