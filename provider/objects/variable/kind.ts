import { z } from "zod";
import { jsonString } from "../../airflow/json";
import { validateVariable } from "../../airflow/rules";
import type { ObjectKind } from "../kind";

/** A Variable's stored fields: text as Airflow reads it; JSON values are stored as their JSON text. */
export interface VariableFields {
  value: string;
  description?: string | undefined;
}

/** What a VariableLink may replace. */
export interface VariablePatch {
  value?: string | undefined;
}

/** An Airflow Variable. */
export const variableKind: ObjectKind<VariableFields, VariablePatch> = {
  name: "variable",
  collection: "variables",
  file: "variables",
  baseSchema: z.object({ value: z.string(), description: z.string().optional() }),
  patchSchema: z.object({ value: z.string().optional() }),
  merge: (base, { value }) => (value === undefined ? base : { ...base, value }),
  problemsOf: (key, { value }) => validateVariable(key, value),
  render: ({ value }) => jsonString(value),
  publicFieldsOf: () => ({}),
};
