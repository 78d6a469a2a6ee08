import { z } from "zod";
import { findExtra } from "../../../catalog/lookup";
import { holdsLogin } from "../../../catalog/url-login";
import type { InputProblem } from "../../errors";
import type { ConnectionDocument, Sharing } from "../../model/documents";
import type { ConnectionFields } from "../../model/effective";
import type { CatalogFindings } from "../catalog";
import type { CommonInputs, Properties } from "../handler";
import {
  computedSchema,
  connIdSchema,
  fieldProblems,
  fieldSchemas,
  nameSchema,
  NOT_A_FIELD,
  ownerSchema,
  problemsOf,
  workspaceRefSchema,
} from "../inputs";
import { withReferences } from "../references";
import { UNKNOWN, withoutUnknown } from "../unknowns";

/** Declared inputs of a Connection, after `check`. */
export interface ConnectionInputs extends CommonInputs, ConnectionFields {
  connId: string;
  /** Set: Deployment-level. */
  deployment?: string;
  sharing?: Sharing;
  exclude?: string[];
}

const schema = z
  .strictObject({
    ...ownerSchema,
    ...computedSchema,
    workspace: workspaceRefSchema,
    connId: connIdSchema,
    deployment: nameSchema.optional(),
    connType: z.string('is required, for example "postgres"').min(1, 'is required, for example "postgres"'),
    ...fieldSchemas,
    sharing: z.enum(["Restricted", "LinkedToAll"], 'must be "Restricted" or "LinkedToAll"').optional(),
    exclude: z.array(nameSchema, "must be a list of Deployment names").optional(),
  })
  .superRefine((inputs, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: "custom", path: [field], message });
    if (inputs.deployment !== undefined && inputs.sharing === "LinkedToAll")
      issue("sharing", "a Deployment-level connection cannot be shared; drop `deployment` or `sharing`");
    if ((inputs.exclude?.length ?? 0) > 0 && inputs.sharing !== "LinkedToAll")
      issue("exclude", 'needs sharing: "LinkedToAll"; a Restricted connection reaches linked Deployments only');
  });

/** Everything wrong with the declaration, and what is merely suspicious. Pure. */
export function checkConnection(
  news: Properties,
  catalog: CatalogFindings,
): { problems: InputProblem[]; warnings: InputProblem[] } {
  const problems = problemsOf(schema, news).map((problem) => asExtra(problem, news["connType"]));
  if (problems.length > 0) return { problems, warnings: [] };
  const known = withoutUnknown(news) as Partial<ConnectionInputs>;
  problems.push(...fieldProblems("checked", fieldsOf(known as ConnectionInputs)));
  if (problems.length > 0) return { problems, warnings: [] };
  const fields = fieldsOf(known as ConnectionInputs);
  const suspicions = suspicionsOf(fields);
  if (known.connType === undefined) return { problems, warnings: suspicions };
  // The catalog judges types and allowed values, which a reference hides: it skips them as it skips the unknown.
  const extra = withReferences(fields.extra, UNKNOWN) as ConnectionFields["extra"];
  const findings = catalog.validateAgainstCatalog(extra === undefined ? fields : { ...fields, extra });
  const asProblem = ({ field, rule, remedy }: { field: string; rule: string; remedy: string }) => ({
    field,
    reason: `${rule}; ${remedy}`,
  });
  return { problems: findings.errors.map(asProblem), warnings: [...findings.warnings.map(asProblem), ...suspicions] };
}

/** An extra beside the fields, as the typed classes take it: says where the generic one does. */
function asExtra(problem: InputProblem, connType: unknown): InputProblem {
  if (typeof connType !== "string" || !problem.reason.startsWith(NOT_A_FIELD)) return problem;
  const { field } = problem;
  const snake = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const extra = findExtra(connType, field) ?? findExtra(connType, snake);
  if (extra === undefined) return problem;
  return { field, reason: `${NOT_A_FIELD}; put it into extra${extra.key === field ? "" : ` as ${extra.key}`}` };
}

const MAX_SERVER_PORT = 65_535;

/** What Airflow stores without a word, whatever the type, and what hardly works. */
function suspicionsOf({ host, password, port }: Partial<ConnectionFields>): InputProblem[] {
  const found: InputProblem[] = [];
  if (holdsLogin(host)) found.push({ field: "host", reason: "holds a login; put it into login and password" });
  if (typeof password === "string" && /[\r\n]$/.test(password))
    found.push({
      field: "password",
      reason: "ends with a newline, which becomes part of it; strip it, for example with .trimEnd()",
    });
  if (typeof port === "number" && (port < 0 || port > MAX_SERVER_PORT))
    found.push({
      field: "port",
      reason: `is not within 0 to ${MAX_SERVER_PORT}: Airflow takes it, no server does; correct it`,
    });
  return found;
}

/** The Airflow fields among the inputs; unset ones are left out. */
export function fieldsOf(inputs: ConnectionInputs): ConnectionFields {
  const { connType, description, host, login, password, schema: schemaName, port, extra } = inputs;
  const fields = { connType, description, host, login, password, schema: schemaName, port, extra };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as unknown as ConnectionFields;
}

/** The part of a connection document that the Connection resource owns. */
export type DeclaredConnection = Pick<ConnectionDocument, "owner" | "base" | "sharing" | "exclude">;

/** The declaration as it will be stored; `base` has its references resolved. */
export function declaredConnection(inputs: ConnectionInputs, base: ConnectionFields): DeclaredConnection {
  return {
    owner: inputs.owner,
    base,
    sharing: inputs.sharing ?? "Restricted",
    exclude: [...new Set(inputs.exclude ?? [])].sort(),
  };
}
