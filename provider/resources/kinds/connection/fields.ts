import { z } from "zod";
import { OVERRIDABLE_FIELDS, type ConnectionFields } from "../../../airflow/connection";
import { validateConnection } from "../../../airflow/rules";
import type { InputProblem } from "../../../errors";
import { mustBe } from "../../declaration/problems";
import { REFERENCE_STAND_IN, withReferences } from "../../declaration/references";
import { textSchema } from "../../declaration/schemas";
import { isRecord, withoutUnknown, type Properties } from "../../declaration/values";

const secretText = textSchema("a string or a value reference");
const port = z.number(mustBe("a number")).int("must be a whole number");
const extra = z.record(z.string(), z.unknown(), mustBe("an object of Airflow extra fields"));

/** The fields of a connection, as declared. */
export const fieldSchemas = {
  description: textSchema().optional(),
  host: textSchema().optional(),
  login: textSchema().optional(),
  password: secretText.optional(),
  schema: textSchema().optional(),
  port: port.optional(),
  extra: extra.optional(),
};

// Not a union with null, which would hide the schema's own message.
const clearable = <T extends z.ZodType>(schema: T) => schema.nullable().optional();

/** Overrides of fields: as fields, and null clears. */
export const overridesSchema = z.strictObject(
  {
    description: clearable(textSchema()),
    host: clearable(textSchema()),
    login: clearable(textSchema()),
    password: clearable(secretText),
    schema: clearable(textSchema()),
    port: clearable(port),
    extra: clearable(extra),
  },
  mustBe("an object of connection fields"),
);

/** The Airflow fields among the inputs; unset ones are left out. */
export function connectionFieldsOf(inputs: Properties): Properties {
  return pickSet(inputs, ["uri", "connType", ...OVERRIDABLE_FIELDS]);
}

/** Airflow's own rules for declared fields; references, unknown values and what clears are taken as good. */
export function airflowProblems(fields: object): InputProblem[] {
  const known = withReferences(withoutUnknown(fields), REFERENCE_STAND_IN);
  return validateConnection("checked", { connType: "generic", ...(isRecord(known) ? pickSet(known) : {}) });
}

/** A connection's stored fields, where `check` has judged them. */
export function asConnectionFields(fields: object): ConnectionFields {
  return fields as ConnectionFields;
}

function pickSet(fields: Properties, names: readonly string[] = Object.keys(fields)): Properties {
  const set = names.map((name): [string, unknown] => [name, fields[name]]);
  return Object.fromEntries(set.filter(([, value]) => value !== undefined && value !== null));
}
