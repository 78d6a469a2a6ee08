import { z } from "zod";
import type { InputProblem } from "../../errors";
import type { FieldOverrides } from "../../model/effective";
import type { Properties } from "../handler";
import {
  computedSchema,
  connIdSchema,
  fieldProblems,
  nameSchema,
  overridesSchema,
  ownerSchema,
  problemsOf,
  workspaceRefSchema,
} from "../inputs";
import type { PieceInputs } from "../piece";

/** Declared inputs of an Override, after `check`. */
export interface OverrideInputs extends PieceInputs {
  fields: FieldOverrides;
}

const schema = z.strictObject({
  ...ownerSchema,
  ...computedSchema,
  workspace: workspaceRefSchema,
  connId: connIdSchema,
  deployment: nameSchema,
  fields: overridesSchema.refine(
    (fields) => Object.values(fields).some((value) => value !== undefined),
    "must name at least one field",
  ),
});

/** Everything wrong with the declaration. Pure. */
export function checkOverride(news: Properties): InputProblem[] {
  const problems = problemsOf(schema, news);
  if (problems.length > 0) return problems;
  return fieldProblems("checked", (news["fields"] ?? {}) as Properties).map(({ field, reason }) => ({
    field: `fields.${field}`,
    reason,
  }));
}
