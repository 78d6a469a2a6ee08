import { z } from "zod";
import type { ConnectionFields, FieldOverrides } from "../../airflow/connection";
import { renderConnection } from "../../airflow/file";
import { applyOverrides } from "../../airflow/merge";
import { validateConnection } from "../../airflow/rules";
import type { ObjectKind } from "../kind";

const text = z.string().optional();
const overridingText = z.string().nullable().optional();

/** An Airflow connection. */
export const connectionKind: ObjectKind<ConnectionFields, FieldOverrides> = {
  name: "connection",
  collection: "connections",
  file: "connections",
  baseSchema: z.object({
    connType: z.string(),
    description: text,
    host: text,
    login: text,
    password: text,
    schema: text,
    port: z.number().optional(),
    extra: z.record(z.string(), z.unknown()).optional(),
  }),
  patchSchema: z.object({
    description: overridingText,
    host: overridingText,
    login: overridingText,
    password: overridingText,
    schema: overridingText,
    port: z.number().nullable().optional(),
    extra: z.record(z.string(), z.unknown()).nullable().optional(),
  }),
  merge: applyOverrides,
  problemsOf: validateConnection,
  render: renderConnection,
  publicFieldsOf: ({ connType }) => ({ connType }),
};
