import { z } from "zod";
import type { InputProblem } from "../../errors";
import type { Properties } from "../handler";
import { computedSchema, ownerSchema, problemsOf, workspaceFields } from "../inputs";

/** Declared inputs of a Workspace, after `check`. */
export interface WorkspaceInputs {
  name: string;
  store: string;
  owner: string;
  secretsFetching?: boolean;
  adopt?: boolean;
  liveDiff?: boolean;
}

const schema = z.strictObject({
  ...ownerSchema,
  ...computedSchema,
  ...workspaceFields,
  secretsFetching: z.boolean("must be true or false").optional(),
});

/** Everything wrong with the declaration. Pure. */
export function checkWorkspace(news: Properties): InputProblem[] {
  return problemsOf(schema, news);
}
