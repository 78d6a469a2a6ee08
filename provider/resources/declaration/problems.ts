import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { nearestNames } from "../../../catalog/nearest-names";
import { InputError, problemText, type InputProblem } from "../../errors";
import { isWithin, type Path } from "../../path";
import { isReference } from "./references";
import { unknownPaths, UNKNOWN, withoutUnknown, type Properties } from "./values";

/** What a schema says when it is given something else: names what it was given. */
export function mustBe(what: string): { error: (issue: { input?: unknown }) => string } {
  return { error: ({ input }) => expectedText(what, input) };
}

function expectedText(what: string, input: unknown): string {
  return input === undefined ? `is needed: ${what}` : `must be ${what}, not ${typeNameOf(input)}`;
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
    return issue.keys.map((key) => ({
      path: [...path, key],
      reason: `is not a field of this resource${suggestion(key, fieldsAt(schema, path))}`,
      code: "not-a-field",
    }));
  });
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
  if (value === UNKNOWN) return "unknown";
  if (Array.isArray(value)) return "a list";
  if (isReference(value)) return "a value reference";
  if (typeof value === "object") return "an object";
  return typeof value === "boolean" ? "a boolean" : (TYPE_NAMES[typeof value] ?? typeof value);
}

function suggestion(key: string, fields: string[]): string {
  const [nearest] = nearestNames(key, fields, 1);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
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
