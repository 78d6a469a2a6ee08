import { EMPTY_FILE_BYTES, LINE_MARGIN_BYTES, renderFile, type FileKind, type Rendered } from "../airflow/file";
import { jsonString } from "../airflow/json";
import type { SharedDocument } from "../environment/documents";
import { resolveDeployment } from "../environment/receive";
import { problemText, type InputProblem } from "../errors";
import type { EffectiveObject } from "../objects/effective";
import type { ObjectKinds } from "../objects/kind";
import type { TargetLimits } from "../targets/target";

/** Something wrong with what one Deployment would get. */
export interface PlanProblem extends InputProblem {
  /** The object that has it; undefined for the files as a whole. */
  object?: EffectiveObject;
}

/** What one Deployment gets. */
export interface Plan {
  /** Sorted by kind and id. */
  objects: EffectiveObject[];
  problems: PlanProblem[];
  /** Undefined while there are problems. */
  files: Rendered | undefined;
}

/** The largest entries that a problem names. */
const MAX_NAMED = 5;

/**
 * From documents to the files of one Deployment, or to what is wrong with them. Pure; the only place where this is done.
 *
 * @throws ConflictError if the Deployment would get two objects of one kind and id.
 */
export function planDeployment(
  kinds: ObjectKinds,
  deployment: string,
  documents: Iterable<SharedDocument>,
  limits: TargetLimits,
): Plan {
  const objects = resolveDeployment(kinds, deployment, documents);
  const ownProblems = objects.flatMap((object) =>
    problemsOf(object, limits).map((problem) => ({ ...problem, object })),
  );
  const problems = ownProblems.length > 0 ? ownProblems : sizeProblems(objects, limits.maxBytes);
  return { objects, problems, files: problems.length > 0 ? undefined : filesOf(objects) };
}

/** What Airflow or the target would refuse of one object. */
export function problemsOf(object: EffectiveObject, limits: TargetLimits): readonly InputProblem[] {
  // Only a valid object can be rendered.
  if (object.problems.length > 0) return object.problems;
  return limits.problemsOf(object.kind.file, object.id, object.entry);
}

/** Bytes that an object adds to its file. */
export function lineBytesOf({ id, entry }: EffectiveObject): number {
  return LINE_MARGIN_BYTES + jsonString(id).length + entry.length;
}

function filesOf(objects: EffectiveObject[]): Rendered {
  const fileOf = (name: FileKind) => objects.filter(({ kind }) => kind.file === name);
  // fromEntries defines own properties, so the id `__proto__` is an entry like any other.
  const render = (of: EffectiveObject[]) => renderFile(Object.fromEntries(of.map(({ id, entry }) => [id, entry])));
  const variables = fileOf("variables");
  return {
    connections: render(fileOf("connections")),
    ...(variables.length > 0 && { variables: render(variables) }),
  };
}

/** Whether the files of valid objects are too large for a target, naming the largest. */
export function sizeProblems(objects: EffectiveObject[], maxBytes: number): InputProblem[] {
  if (maxBytes === Infinity) return [];
  const bytes = objects.reduce((total, object) => total + lineBytesOf(object), bytesWithout(objects));
  if (bytes <= maxBytes) return [];
  const largest = [...objects]
    .sort((a, b) => b.entry.length - a.entry.length)
    .slice(0, MAX_NAMED)
    .map(({ kind, id, entry }) => `${kind.name} "${id}" (${entry.length} bytes)`);
  const reason =
    `the file would have ${bytes} bytes, and the target takes at most ${maxBytes}; largest: ${largest.join(", ")}. ` +
    "Shorten these, link fewer to this Deployment, or use the kubernetesBackend target";
  return [{ path: [], reason }];
}

/** What the files have without entries. */
function bytesWithout(objects: EffectiveObject[]): number {
  return objects.some(({ kind }) => kind.file === "variables") ? 2 * EMPTY_FILE_BYTES : EMPTY_FILE_BYTES;
}

/** One line for people. */
export function planProblemText(problem: PlanProblem): string {
  const { object, reason } = problem;
  return object ? `${object.kind.name} "${object.id}": ${problemText(problem)}` : reason;
}
