import { FILE_KINDS, textsOf, type Rendered, type RenderedFile } from "../../airflow/file";
import { changedPaths } from "../../environment/compare";
import { pathText, type Path } from "../../path";
import type { TargetState } from "../../targets/target";
import { isRecord } from "../declaration/values";

/** How a target differs from what it should hold. */
export interface TargetDrift {
  /** What is wrong with the place as a whole, or with one entry of it. */
  what:
    | "missing"
    | "content missing"
    | "unmarked"
    | "unreadable"
    | "not declared"
    | "entry missing"
    | "other form"
    | "field"
    | "formatting";
  /** Id of the entry. */
  id?: string;
  /** The field of the entry, in Airflow's spelling. */
  path?: Path;
}

/** How a target differs from what it should hold, by entry and field, never by value. Pure. */
export function targetDrift(actual: TargetState | undefined, wanted: Rendered): TargetDrift[] {
  if (!actual) return [{ what: "missing" }];
  if (actual.marks && actual.files.connections === undefined) return [{ what: "content missing" }];
  if (!actual.marks || actual.unanchored) return [{ what: "unmarked" }];
  const texts = textsOf(wanted);
  return FILE_KINDS.flatMap((file) =>
    actual.files[file] === texts[file] ? [] : fileDrift(actual.files[file], wanted[file]),
  );
}

/**
 * One line for people.
 *
 * @param where - the target's address.
 */
export function targetDriftText(where: string, { what, id, path = [] }: TargetDrift): string {
  const of = id === undefined ? "" : `"${id}": `;
  const texts: Record<TargetDrift["what"], string> = {
    missing: "missing",
    "content missing": "its content is missing",
    unmarked: "not marked as managed by airflow-env",
    unreadable: "changed outside Pulumi, not readable by Airflow",
    "not declared": "not declared",
    "entry missing": "missing",
    "other form": "written in another form",
    field: `${pathText(path)} differs from the store`,
    formatting: "changed outside Pulumi (formatting)",
  };
  return `${where}: ${of}${texts[what]}`;
}

function fileDrift(text: string | undefined, wanted: RenderedFile | undefined): TargetDrift[] {
  const stored = text === undefined ? new Map<string, unknown>() : parseEntries(text);
  if (!stored) return [{ what: "unreadable" }];
  const entries = new Map(Object.entries(wanted?.entries ?? {}));
  const drift = [...new Set([...entries.keys(), ...stored.keys()])].sort().flatMap((id): TargetDrift[] => {
    const entry = entries.get(id);
    if (entry === undefined) return [{ what: "not declared", id }];
    if (!stored.has(id)) return [{ what: "entry missing", id }];
    return entryDrift(id, stored.get(id), JSON.parse(entry));
  });
  return drift.length > 0 ? drift : [{ what: "formatting" }];
}

function entryDrift(id: string, stored: unknown, wanted: unknown): TargetDrift[] {
  if (stored === wanted) return [];
  if (typeof wanted === "string") return [{ what: "field", id, path: ["value"] }];
  // Airflow also takes URIs and lists.
  if (!isRecord(stored) || !isRecord(wanted)) return [{ what: "other form", id }];
  return changedPaths(stored, wanted).map((path) => ({ what: "field", id, path }));
}

function parseEntries(text: string): Map<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? new Map(Object.entries(parsed)) : undefined;
  } catch (error) {
    // Whoever changed it may have left no JSON; that is the drift we report.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
