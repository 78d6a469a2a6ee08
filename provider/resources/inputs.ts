import { z } from "zod";
import { nearestNames } from "../../catalog/nearest-names";
import { InputError, type InputProblem } from "../errors";
import { validateConnection } from "../projection/validate";
import type { ConnectionFields } from "../model/effective";
import { storeAddressProblem } from "../stores/registry";
import type { CheckResult, Properties } from "./handler";
import { REFERENCE_STAND_IN, isReference, withReferences, type ValueReference } from "./references";
import { unknownPaths, withoutUnknown } from "./unknowns";

const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** Name of a Workspace or a Deployment: part of keys, labels and file names everywhere. */
export const nameSchema = z
  .string()
  .regex(NAME, "use 1 to 63 letters, digits, '.', '_' or '-', beginning and ending with a letter or digit")
  .refine((name) => !name.includes(".."), "must not contain '..'");

/** An Airflow connection id within the bounds that every way into Airflow shares. */
export const connIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,200}$/, "use 1 to 200 letters, digits, '_', '.' or '-'")
  .refine((id) => id !== "." && !id.includes(".."), "must not be '.' or contain '..'");

const storeSchema = z.string().superRefine((address, context) => {
  const problem = storeAddressProblem(address);
  if (problem !== undefined) context.addIssue({ code: "custom", message: inPlainWords(problem) });
});

/** A store's own rules speak as their schema does. */
function inPlainWords(problem: string): string {
  return problem.replace(
    /store Unrecognized keys?: ("[^;]*")/,
    "$1 is no parameter of this kind of store (credentials come from the environment, never from the address)",
  );
}

/** Inputs shared by all kinds. `__provider` is Pulumi's. */
export const ownerSchema = {
  owner: z.string().min(1),
  adopt: z.boolean().optional(),
  liveDiff: z.boolean().optional(),
  __provider: z.unknown().optional(),
};

export const workspaceRefSchema = z.strictObject(
  { name: nameSchema, store: storeSchema },
  {
    error: ({ code }) =>
      code === "invalid_type" ? "must be a Workspace, or the name and store of one: { name, store }" : undefined,
  },
);
export const workspaceFields = { name: nameSchema, store: storeSchema };

/** What `check` adds for the preview; never declared by users. */
export const computedSchema = {
  appliesTo: z.unknown().optional(),
  fingerprints: z.unknown().optional(),
  drift: z.unknown().optional(),
};

const text = (remedy: string) => z.union([z.string(), z.custom(isReference)], `must be a string${remedy}`);
// Not a union with null, which would hide the schema's own message.
const clearable = <T extends z.ZodType>(schema: T) => schema.nullable();
const port = z.number("must be a number, not a string").int("must be a whole number");
const extra = z.record(z.string(), z.unknown(), "must be an object of Airflow extra fields, not a string");

/** The fields of a connection, as declared. */
export const fieldSchemas = {
  description: text("").optional(),
  host: text("").optional(),
  login: text("").optional(),
  password: text(" or a value reference").optional(),
  schema: text("").optional(),
  port: port.optional(),
  extra: extra.optional(),
};

/** Overrides of fields: as fields, and null clears. */
export const overridesSchema = z.strictObject({
  description: clearable(text("")).optional(),
  host: clearable(text("")).optional(),
  login: clearable(text("")).optional(),
  password: clearable(text(" or a value reference")).optional(),
  schema: clearable(text("")).optional(),
  port: clearable(port).optional(),
  extra: clearable(extra).optional(),
});

/**
 * Judges the known part of the inputs.
 *
 * @returns problems that name field, rule and remedy, never a value.
 */
export function problemsOf(schema: z.ZodType, news: Properties): InputProblem[] {
  const unknown = unknownPaths(news);
  const parsed = schema.safeParse(withoutUnknown(news));
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    const field = issue.path.join(".");
    if (unknown.some((path) => path === field || path.startsWith(`${field}.`) || field === "")) return [];
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({
        field: [...issue.path, key].join("."),
        reason: NOT_A_FIELD + suggestion(key, fieldsAt(schema, issue.path)),
      }));
    return [{ field, reason: issue.code === "invalid_type" ? typeProblem(issue.message) : issue.message }];
  });
}

/** Beginning of the problem of a field that the resource does not have. */
export const NOT_A_FIELD = "is not a field of this resource";

function suggestion(key: string, fields: string[]): string {
  const [nearest] = nearestNames(key, fields, 1);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

/** What the SDK or `check` sets is no suggestion for what a user wrote. */
const SET_BY_THE_SDK = new Set([...Object.keys(computedSchema), "owner", "liveDiff", "__provider"]);

/** Names of the fields that the schema has at a path. */
function fieldsAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of ["", ...path]) {
    if (key !== "") at = at instanceof z.ZodObject ? (at.shape as Record<PropertyKey, unknown>)[key] : undefined;
    while (at instanceof z.ZodOptional || at instanceof z.ZodNullable) at = at.unwrap();
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape).filter((key) => !SET_BY_THE_SDK.has(key)) : [];
}

/** The schema library's own message, for a schema without one, in the words of the others. */
function typeProblem(message: string): string {
  const [, expected, received] = /^Invalid input: expected (\w+), received (\w+)$/.exec(message) ?? [];
  if (expected === undefined) return message;
  const type = TYPE_NAMES[expected] ?? expected;
  return received === "undefined" ? `is needed: ${type}` : `must be ${type}`;
}

const TYPE_NAMES: Record<string, string> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
};

/** Airflow's own rules for declared fields; references and unknown values are taken as good. */
export function fieldProblems(connId: string, fields: Partial<ConnectionFields>): InputProblem[] {
  const known = withReferences(withoutUnknown(fields), REFERENCE_STAND_IN) as Partial<ConnectionFields>;
  const present = Object.fromEntries(
    Object.entries(known).filter(([, value]) => value !== null && value !== undefined),
  );
  return validateConnection({ connId, connType: "generic", ...present });
}

/**
 * The same rules for the values that references lead to: only now is known that a variable is empty.
 *
 * @param declared - the fields with their references, so that a problem can name where its value comes from.
 */
export function resolvedProblems(declared: object, resolved: Partial<ConnectionFields>): InputProblem[] {
  const problems = fieldProblems("checked", resolved);
  if (problems.length === 0) return [];
  const references = referencesIn(declared);
  return problems.map(({ field, reason }) => {
    const reference = references.get(field);
    return { field, reason: reference ? `${reason} (its value is that of ${describeReference(reference)})` : reason };
  });
}

/** References by path, as the rules write it. */
function referencesIn(value: unknown, path = ""): Map<string, ValueReference> {
  if (isReference(value)) return new Map([[path, value]]);
  if (typeof value !== "object" || value === null) return new Map();
  const below = path === "" ? "" : `${path}.`;
  const members = Array.isArray(value)
    ? value.map((item: unknown, at): [string, unknown] => [`${path}[${at}]`, item])
    : Object.entries(value).map(([key, item]): [string, unknown] => [below + key, item]);
  return new Map(members.flatMap(([at, item]) => [...referencesIn(item, at)]));
}

function describeReference({ valueFrom }: ValueReference): string {
  if ("env" in valueFrom) return `environment variable ${valueFrom.env}`;
  return "file" in valueFrom ? `file ${valueFrom.file}` : `"${valueFrom.store}" in the store`;
}

/** @throws InputError that lists the problems, if there are any, after the resource's own name. */
export function requireNoProblems(resource: string, problems: InputProblem[]): void {
  if (problems.length === 0) return;
  const texts = problems.map(({ field, reason }) => `${field}: ${reason}`);
  throw new InputError(`${resource}: ${texts.join("; ")}`, problems);
}

/** `check`'s answer for problems: one failure each, the resource's own name in front. */
export function checkResult(resource: string, inputs: Properties, problems: InputProblem[]): CheckResult {
  const failures = problems.map(({ field, reason }) => ({ property: "", reason: `${resource}: ${field}: ${reason}` }));
  return { inputs, failures };
}
