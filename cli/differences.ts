import { FILE_KINDS, textsOf, type FileKind } from "../provider/airflow/file";
import { changedPaths } from "../provider/environment/compare";
import { pathText } from "../provider/path";
import type { Compared } from "../provider/projection/projector";

/** One entry that differs. */
export interface Difference {
  file: FileKind;
  id: string;
  change: "missing" | "unknown" | "changed";
  /** Of a changed connection, by Airflow's names. */
  fields?: string[];
}

/** How a target's entries differ from what it should hold: names, never values. Pure. */
export function differences({ actual, rendered }: Pick<Compared, "actual" | "rendered">): Difference[] {
  const wanted = textsOf(rendered);
  return FILE_KINDS.flatMap((file) => differencesOf(file, actual?.files[file], wanted[file]));
}

const WORDS = { missing: "is missing there", unknown: "is there alone", changed: "differs" } as const;

/** One line for people. */
export function describeDifference({ file, id, change, fields }: Difference): string {
  const kind = file === "connections" ? "connection" : "Variable";
  return `${kind} "${id}" ${WORDS[change]}${fields?.length ? `: ${fields.join(", ")}` : ""}`;
}

function differencesOf(file: FileKind, actual: string | undefined, wanted: string | undefined): Difference[] {
  if (actual === wanted) return [];
  const [there, here] = [entriesOf(actual), entriesOf(wanted)];
  const ids = [...new Set([...there.keys(), ...here.keys()])].sort();
  return ids.flatMap((id): Difference[] => {
    if (!there.has(id)) return [{ file, id, change: "missing" }];
    if (!here.has(id)) return [{ file, id, change: "unknown" }];
    const [left, right] = [there.get(id), here.get(id)];
    if (JSON.stringify(left) === JSON.stringify(right)) return [];
    const fields = file === "connections" ? changedPaths(objectOf(left), objectOf(right)).map(pathText) : undefined;
    return [{ file, id, change: "changed", ...(fields && { fields }) }];
  });
}

/** Somebody may have written anything there. */
function entriesOf(text: string | undefined): Map<string, unknown> {
  try {
    return new Map(Object.entries(objectOf(JSON.parse(text ?? "{}")) ?? {}));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new Map();
  }
}

function objectOf(value: unknown): object | undefined {
  return typeof value === "object" && value !== null ? value : undefined;
}
