import { z } from "zod";
import { canonicalJson } from "../../../airflow/json";
import { validateJson, validateVariable } from "../../../airflow/rules";
import type { InputProblem } from "../../../errors";
import { variableKind, type VariableFields } from "../../../objects/variable/kind";
import type { Path } from "../../../path";
import type { AttachmentKind, DeclaredKind } from "../../declared-kind";
import { mustBe } from "../../declaration/problems";
import { findReferences, REFERENCE_STAND_IN, withReferences } from "../../declaration/references";
import { textSchema } from "../../declaration/schemas";
import { hasUnknown, type Properties } from "../../declaration/values";

const value = z.unknown().refine((given) => given !== undefined, "is needed: a string, or a JSON value");

/** How an Airflow Variable is declared. */
export const declaredVariable: DeclaredKind<VariableFields> = {
  object: variableKind,
  idInput: "key",
  inputs: {
    value,
    description: textSchema().optional(),
    secret: z.boolean(mustBe("true or false")).optional(),
  },
  fieldsOf: ({ value: given, description }) => ({
    ...(given !== undefined && { value: given }),
    ...(typeof description === "string" && description !== "" && { description }),
  }),
  inputsOf: (fields, { secret }) => ({ ...fields, ...(secret !== undefined && { secret }) }),
  baseOf: (fields) => {
    const { value: given, description } = fields as Properties;
    return { value: textOf(given), ...(typeof description === "string" && { description }) };
  },
  judge: (fields) => ({ problems: valueProblems(fields), warnings: [] }),
  secretsOf: secretsOfValue,
  secretsOfPatch: (_base, values, inputs) => secretsOfValue(values, inputs),
  packageFor: () => undefined,
};

/** Gives one Deployment a Workspace-level Variable, with another value if it has one. */
export const variableLink: AttachmentKind = {
  of: declaredVariable,
  slot: "links",
  noun: "link",
  valuesInput: undefined,
  inputs: { value: z.unknown().optional(), secret: z.boolean(mustBe("true or false")).optional() },
  valuesOf: ({ value: given }) => (given === undefined || given === null ? {} : { value: given }),
  patchOf: (values) => ("value" in values ? { value: textOf(values.value) } : {}),
  problemsOf: valueProblems,
};

/** Secret unless the declaration says otherwise; a reference leads to a secret always. */
function secretsOfValue(fields: object, { secret }: Properties): Path[] {
  if (!("value" in fields)) return [];
  return secret === false && findReferences(fields).length === 0 ? [] : [["value"]];
}

/** Text as it is; anything else as the JSON text that Airflow's `deserialize_json` reads. */
function textOf(given: unknown): string {
  return typeof given === "string" ? given : canonicalJson(given);
}

function valueProblems(fields: object): InputProblem[] {
  const known = withReferences(fields, REFERENCE_STAND_IN) as Properties;
  const given = known["value"];
  if (given === undefined || hasUnknown(given)) return [];
  const problems = typeof given === "string" ? [] : validateJson(given, ["value"]);
  return problems.length > 0 ? problems : validateVariable("checked", textOf(given));
}
