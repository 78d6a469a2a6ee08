import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { nearestNames } from "../../../catalog/nearest-names";
import { InputError, problemText, type InputProblem } from "../../errors";
import { isSamePath, isWithin, type Path } from "../../path";
import { isReference } from "./references";
import { isRecord, unknownPaths, UNKNOWN, withoutUnknown, type Properties } from "./values";

/** What a schema says when it is given something else: names what it was given. */
export function mustBe(what: string): { error: (issue: { input?: unknown }) => string } {
  return { error: ({ input }) => expectedText(what, input) };
}

function expectedText(what: string, input: unknown): string {
  if (input === undefined) return `is needed: ${what}`;
  if (isRecord(input) && "valueFrom" in input && !isReference(input))
    return `must be ${what}: valueFrom takes exactly one of env, file and store, each with a name or path as text`;
  return `must be ${what}, not ${typeNameOf(input)}`;
}

/**
 * Judges the known part of the inputs.
 *
 * @returns problems that name path, rule and remedy, never a value.
 */
export function schemaProblems(schema: z.ZodType, news: Properties): InputProblem[] {
  const unknown = unknownPaths(news);
  const parsed = schema.safeParse(withoutUnknown(news), { error: inOurWords });
  if (parsed.success) return [];
  const { issues } = parsed.error;
  const misspelt = issues.filter(({ code }) => code === "unrecognized_keys");
  return issues.flatMap((issue): InputProblem[] => {
    // A rule of the whole, such as "at least one of": what is misspelt in it may be all that breaks it.
    if (issue.code === "custom" && misspelt.some(({ path }) => isDeepStrictEqual(path, issue.path))) return [];
    const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
    if (unknown.some((place) => isWithin(place, path))) return [];
    if (issue.code !== "unrecognized_keys") return [{ path, reason: issue.message }];
    return issue.keys.map((key) => {
      const [meant] = nearestNames(key, fieldsAt(schema, path), 1);
      return {
        path: [...path, key],
        reason: `is not a field of this resource${meant === undefined ? "" : `; did you mean ${meant}?`}`,
        code: "not-a-field",
        ...(meant !== undefined && { meant }),
      };
    });
  });
}

/** One mistake, one problem: what is lacking only because it is given under another name is left out. */
export function withoutConsequences(problems: readonly InputProblem[], news: Properties): InputProblem[] {
  const meant = problems.flatMap(({ path, meant: name }) => (name === undefined ? [] : [[...path.slice(0, -1), name]]));
  return problems.filter(
    ({ path }) => !(meant.some((one) => isSamePath(one, path)) && (valueAt(news, path) ?? undefined) === undefined),
  );
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);
}

/** @throws InputError that lists the problems, if there are any, after the resource's own name. */
export function requireNoProblems(resource: string, problems: readonly InputProblem[]): void {
  if (problems.length === 0) return;
  throw new InputError(`${resource}: ${problems.map(problemText).join("; ")}`, [...problems]);
}

/** The same problems, of what lies below an input. */
export function below(path: Path, problems: readonly InputProblem[]): InputProblem[] {
  return problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
}

/** What is said for a schema that has no message of its own. */
function inOurWords({
  code,
  input,
  ...issue
}: {
  code?: string;
  input?: unknown;
  expected?: unknown;
}): string | undefined {
  if (code !== "invalid_type") return undefined;
  const expected = String(issue.expected);
  return expectedText(TYPE_NAMES[expected] ?? expected, input);
}

const TYPE_NAMES: Record<string, string> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

function typeNameOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "bigint") return "a bigint";
  if (value === UNKNOWN) return "unknown";
  if (Array.isArray(value)) return "a list";
  if (isReference(value)) return "a value reference";
  if (typeof value === "object") return "an object";
  return typeof value === "boolean" ? "a boolean" : (TYPE_NAMES[typeof value] ?? typeof value);
}

/** What the SDK or `check` sets is no suggestion for what a user wrote. */
const SET_BY_THE_SDK = new Set(["owner", "liveDiff", "appliesTo", "change", "fingerprints", "drift", "takesOver"]);

/** Names of the fields that the schema has at a path. */
function fieldsAt(schema: z.ZodType, path: Path): string[] {
  let at: unknown = schema;
  for (const key of path) at = at instanceof z.ZodObject ? (at.shape as Record<PropertyKey, unknown>)[key] : undefined;
  while (at instanceof z.ZodOptional || at instanceof z.ZodNullable) at = at.unwrap();
  return at instanceof z.ZodObject ? Object.keys(at.shape).filter((key) => !SET_BY_THE_SDK.has(key)) : [];
}
