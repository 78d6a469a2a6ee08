import { isDeepStrictEqual } from "node:util";
import { changedFields } from "../../model/compare";
import type { ConnectionDocument } from "../../model/documents";
import type { ConnectionFields } from "../../model/effective";
import type { DiffResult, Properties } from "../handler";
import { recorded } from "../operation";
import { hasUnknown } from "../unknowns";
import type { DeclaredConnection } from "./inputs";

/** What differs between declaration, record and reality. */
export interface ConnectionDifference {
  /** Fields that an update changes in the store or in the record. */
  changed: string[];
  /** Fields that somebody changed by other means since the last `up`. */
  drift: string[];
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/**
 * Compares a declared connection with the recorded and the stored one. Pure.
 *
 * @param olds - recorded inputs or outputs; empty before the first create.
 * @param live - the declaration with references resolved and the stored document; undefined: recorded state only.
 */
export function compareConnection(
  olds: Properties,
  news: Properties,
  live:
    | { declared: DeclaredConnection; lastDeclared: ConnectionFields; actual: ConnectionDocument | undefined }
    | undefined,
): ConnectionDifference {
  const scopeOf = (inputs: Properties) => ({
    workspace: (inputs["workspace"] as { name?: unknown } | undefined)?.name,
    connId: inputs["connId"],
    deployment: inputs["deployment"],
  });
  const isNew = Object.keys(recorded(olds)).length === 0;
  const [before, after] = [scopeOf(olds), scopeOf(news)];
  const replaces = isNew ? [] : changedScope(before, after);
  const fromRecord = isNew ? [] : changedFields(recordedInputs(olds), recordedInputs(news));
  if (!live || replaces.length > 0)
    return {
      changed: fromRecord,
      drift: [],
      replaces,
      // The same id in another scope would collide with itself while both exist.
      deleteBeforeReplace: before.connId === after.connId && before.workspace === after.workspace,
    };
  const { declared, lastDeclared, actual } = live;
  const stored = actual && { ...actual.base, owner: actual.owner, sharing: actual.sharing, exclude: actual.exclude };
  const wanted = { ...declared.base, owner: declared.owner, sharing: declared.sharing, exclude: declared.exclude };
  const changed = new Set([...fromRecord, ...changedFields(stored, wanted)]);
  return {
    changed: [...changed].sort(),
    drift: isNew ? [] : driftOf(lastDeclared, declared, actual),
    replaces,
    deleteBeforeReplace: false,
  };
}

/** Pulumi's answer; a value that is not known yet counts as a change. */
export function diffConnection(difference: ConnectionDifference, news: Properties): DiffResult {
  const { changed, drift, replaces, deleteBeforeReplace } = difference;
  return {
    changes: changed.length > 0 || drift.length > 0 || replaces.length > 0 || hasUnknown(recorded(news)),
    replaces,
    deleteBeforeReplace,
  };
}

function changedScope(before: Properties, after: Properties): string[] {
  return Object.keys(after).filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

/** Recorded inputs in one shape, whether they come from inputs or outputs, with defaults filled in. */
function recordedInputs(properties: Properties): Properties {
  const { deployments: _, sharing = "Restricted", exclude = [], ...rest } = recorded(properties);
  const set = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null);
  return { ...Object.fromEntries(set), sharing, exclude: [...(exclude as string[])].sort() };
}

function driftOf(
  lastDeclared: ConnectionFields,
  declared: DeclaredConnection,
  actual: ConnectionDocument | undefined,
): string[] {
  if (!actual) return ["the connection is gone from the store"];
  const differing = new Set(changedFields(actual.base, declared.base));
  return changedFields(lastDeclared, actual.base)
    .filter((field) => differing.has(field))
    .map((field) => `${field}: changed outside Pulumi`);
}
