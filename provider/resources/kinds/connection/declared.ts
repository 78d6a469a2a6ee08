import { z } from "zod";
import type { Judging } from "../../../../catalog/lookup";
import type { ConnectionFields } from "../../../airflow/connection";
import type { InputProblem } from "../../../errors";
import { connectionKind } from "../../../objects/connection/kind";
import type { CatalogFindings } from "../../catalog-findings";
import type { AttachmentKind, DeclaredKind, Judgement } from "../../declared-kind";
import { mustBe } from "../../declaration/problems";
import { isReference, withReferences } from "../../declaration/references";
import { switchSchema } from "../../declaration/schemas";
import { secretPathsOf } from "../../declaration/secrets";
import { isRecord, UNKNOWN, withoutUnknown, type Properties } from "../../declaration/values";
import { adviceFor } from "./advice";
import { explain, explainOverride } from "./explain";
import { airflowProblems, asConnectionFields, connectionFieldsOf, fieldSchemas, overridesSchema } from "./fields";
import { normalizeConnection, normalizeValues } from "./normalize";
import { withUriRead } from "./uri";

/** What decides how secret fields are, beside their names and values. */
const secrecySchema = { secretExtra: switchSchema };

const judgingOf = ({ secretExtra }: Properties): Judging => ({ secretExtra: secretExtra === true });

const EXAMPLE = 'a connection type, for example "postgres"';

/** How an Airflow connection is declared. */
export const declaredConnection: DeclaredKind<ConnectionFields> = {
  object: connectionKind,
  idInput: "connId",
  inputs: {
    connType: z.string(mustBe(EXAMPLE)).min(1, `is required: ${EXAMPLE}`).optional(),
    // A text is taken apart before: what is left of it is where one is kept.
    uri: z.custom(isReference).optional(),
    ...fieldSchemas,
    ignoreWarnings: z.array(z.string(), mustBe("a list of warning codes")).optional(),
    ...secrecySchema,
  },
  normalize: normalizeConnection,
  wholeInput: "uri",
  problemsOfInputs,
  explain,
  fieldsOf: connectionFieldsOf,
  inputsOf: (fields) => ({ ...fields }),
  baseOf: (fields) => asConnectionFields(withUriRead(fields).fields),
  judge,
  secretsOf: (fields, inputs, catalog) =>
    secretPathsOf(catalog, textOf(inputs["connType"] ?? typeIn(fields)), fields, judgingOf(inputs)),
  secretsOfPatch: (base, values, inputs, catalog) => secretPathsOf(catalog, base?.connType, values, judgingOf(inputs)),
  packageFor: ({ connType }) => connType,
};

/** Makes a Workspace-level connection available in one Deployment. */
export const connectionLink: AttachmentKind = {
  of: declaredConnection,
  slot: "links",
  noun: "link",
  valuesInput: "overrides",
  inputs: { overrides: overridesSchema.optional(), ...secrecySchema },
  normalize: (inputs) => withNormalized(inputs, "overrides"),
  valuesOf: ({ overrides }) => (isRecord(overrides) ? overrides : {}),
  patchOf: (values) => values,
  problemsOf: airflowProblems,
  explain: explainOverride,
};

/** Field values that replace a connection's own in one Deployment. */
export const connectionOverride: AttachmentKind = {
  ...connectionLink,
  slot: "overrides",
  noun: "override",
  valuesInput: "fields",
  inputs: {
    fields: overridesSchema.refine(
      (fields) => Object.values(fields).some((value) => value !== undefined),
      "must name at least one field",
    ),
    ...secrecySchema,
  },
  normalize: (inputs) => withNormalized(inputs, "fields"),
  valuesOf: ({ fields }) => (isRecord(fields) ? fields : {}),
};

function withNormalized(inputs: Properties, values: string): Properties {
  return values in inputs ? { ...inputs, [values]: normalizeValues(inputs[values]) } : inputs;
}

function judge(declared: object, _inputs: Properties, catalog: CatalogFindings): Judgement {
  const { fields, problems: unread, warnings: read } = withUriRead(declared);
  const problems = unread.length > 0 ? unread : airflowProblems(fields);
  if (problems.length > 0) return { problems, warnings: [] };
  const known = withoutUnknown(fields);
  if (!isRecord(known)) return { problems: [], warnings: [] };
  const advice = adviceFor(known);
  const connType = textOf(known["connType"]);
  const found = connType === undefined ? undefined : catalog.validateAgainstCatalog(asCatalogInput(known, connType));
  return {
    problems: found?.errors.map(asProblem) ?? [],
    warnings: [...read, ...(found?.warnings.map((one) => ({ ...asProblem(one), topic: one.code })) ?? []), ...advice],
  };
}

/** The catalog judges types and allowed values, which a reference hides: it skips them as it skips the unknown. */
function asCatalogInput(known: Properties, connType: string) {
  const { extra, ...fields } = known;
  const judged = withReferences(extra, UNKNOWN);
  return { ...asConnectionFields(fields), connType, ...(isRecord(judged) && { extra: judged }) };
}

function asProblem({ field, rule, remedy }: { field: string; rule: string; remedy: string }): InputProblem {
  return { path: field.split("."), reason: `${rule}; ${remedy}` };
}

function problemsOfInputs({ connType, uri }: Properties): InputProblem[] {
  if (isSet(connType) || isSet(uri)) return [];
  return [{ path: ["connType"], reason: `is needed: ${EXAMPLE}, or a uri that says all fields` }];
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function typeIn(fields: object): unknown {
  return "connType" in fields ? fields.connType : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
