import type { TargetMarks } from "../target";

const MANAGED_BY = "pulumi-airflow-env";

/** What the hidden file beside `connections.json` holds; no secrets. */
export interface Ownership extends TargetMarks {
  managedBy: typeof MANAGED_BY;
  /** Random for each write: the part of the version that changes even when bytes and clock do not. */
  writeId: string;
  /** Name of the file with Variables beside it, if there is one of ours. */
  variablesFile?: string;
}

/** What a write leaves there. */
export function ownershipOf(marks: TargetMarks, writeId: string, variablesFile: string | undefined): Ownership {
  return { managedBy: MANAGED_BY, ...marks, writeId, ...(variablesFile !== undefined && { variablesFile }) };
}

/** The text of the hidden file. */
export function ownershipText(ownership: Ownership): string {
  return `${JSON.stringify(ownership, undefined, 2)}\n`;
}

/** @returns undefined for no text, and for text that is not ours. */
export function parseOwnership(text: string | undefined): Ownership | undefined {
  if (text === undefined) return undefined;
  let parsed: Partial<Ownership> | null;
  try {
    parsed = JSON.parse(text) as Partial<Ownership> | null;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return parsed?.managedBy === MANAGED_BY && typeof parsed.writeId === "string" ? (parsed as Ownership) : undefined;
}

/** Whose the files are. */
export function marksOf({ workspace, workspaceUid, deployment, owner }: Ownership): TargetMarks {
  return { workspace, workspaceUid, deployment, owner };
}
