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

/** Declared inputs of a ConnectionLink, after `check`. */
export interface ConnectionLinkInputs extends PieceInputs {
  overrides?: FieldOverrides;
}

const schema = z.strictObject({
  ...ownerSchema,
  ...computedSchema,
  workspace: workspaceRefSchema,
  connId: connIdSchema,
  deployment: nameSchema,
  overrides: overridesSchema.optional(),
});

/** Everything wrong with the declaration. Pure. */
export function checkConnectionLink(news: Properties): InputProblem[] {
  const problems = problemsOf(schema, news);
  if (problems.length > 0) return problems;
  return fieldProblems("checked", (news["overrides"] ?? {}) as Properties).map(({ field, reason }) => ({
    field: `overrides.${field}`,
    reason,
  }));
}
