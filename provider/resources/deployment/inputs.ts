import { z } from "zod";
import type { InputProblem } from "../../errors";
import type { TargetSpec } from "../../model/documents";
import { targetSchema } from "../../targets/registry";
import type { CommonInputs, Properties } from "../handler";
import { computedSchema, nameSchema, ownerSchema, problemsOf, workspaceRefSchema } from "../inputs";

/** Declared inputs of a Deployment, after `check`. */
export interface DeploymentInputs extends CommonInputs {
  name: string;
  target: TargetSpec;
  airflowVersion?: string;
  runtimeVersion?: string;
  providers?: string[];
  strict?: boolean;
}

const version = z
  .string('must be a string such as "3.1.8"')
  .regex(/^\d+\.\d+(\.\d+)?([.-]?[A-Za-z0-9.+-]+)?$/, 'must be a version such as "3.1.8"');

const schema = z.strictObject({
  ...ownerSchema,
  ...computedSchema,
  workspace: workspaceRefSchema,
  name: nameSchema,
  target: targetSchema,
  airflowVersion: version.optional(),
  runtimeVersion: version.optional(),
  providers: z.array(z.string().min(1), "must be a list of provider packages").optional(),
  strict: z.boolean("must be true or false").optional(),
});

/** Everything wrong with the declaration. Pure. */
export function checkDeployment(news: Properties): InputProblem[] {
  return problemsOf(schema, news);
}
