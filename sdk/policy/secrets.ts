import type { ResourceValidationPolicy } from "@pulumi/policy";
import { visitSecrets, type Path } from "../../catalog/lookup";
import { isReference } from "../../provider/resources/declaration/references";
import { isRecord, type Properties } from "../../provider/resources/declaration/values";
import { judgedOf, type Judged } from "./judged";
import { isInScope, type StackScope } from "./stacks";

/**
 * Secrets come from elsewhere: every secret field of connections, links, Overrides and Variables is a reference such as
 * `valueFrom.env("WAREHOUSE_PASSWORD")`.
 *
 * Pulumi hands policies the values of secrets without telling that they are secrets. So a text in the program and
 * `config.requireSecret()` look alike to a policy, and neither is let through.
 *
 * @param scope - where it holds.
 */
export function secretsByReference(scope: StackScope = {}): ResourceValidationPolicy {
  return {
    name: "airflow-secrets-by-reference",
    description: "Secret fields of Airflow connections and Variables are references to where the value is kept.",
    enforcementLevel: "mandatory",
    validateResource: (args, report) => {
      const judged = judgedOf(args);
      if (!judged || !isInScope(scope, judged.stack)) return;
      for (const path of secretsInProgram(judged))
        report(
          `${judged.written(path)} is a secret in the program or its configuration; ` +
            'write valueFrom: a variable of the environment ("env"), a "file", or a value of the "store"',
        );
    },
  };
}

/** Where secrets are that are not references. */
function secretsInProgram({ kind, inputs }: Judged): Path[] {
  if (kind === "variable" || kind === "variable-link") {
    const { value, secret } = inputs;
    return value === undefined || value === null || secret === false || isReference(value) ? [] : [["value"]];
  }
  if (kind === "connection") {
    if (isGiven(inputs["uri"])) return [["uri"]];
    return secretFields(inputs, pick(inputs, ["description", "host", "login", "password", "schema", "extra"]), []);
  }
  const group = kind === "override" ? "fields" : "overrides";
  const fields = inputs[group];
  return isRecord(fields) ? secretFields(inputs, fields, [group]) : [];
}

function secretFields({ connType, secretExtra }: Properties, fields: Properties, above: Path): Path[] {
  const found: Path[] = [];
  const seal = (value: unknown, path: Path): unknown => {
    if (isGiven(value)) found.push([...above, ...path]);
    return value;
  };
  const exception = (value: unknown): "leave" | undefined => (isReference(value) ? "leave" : undefined);
  visitSecrets(connType, fields, { seal, exception }, { secretExtra: secretExtra === true });
  return found;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && !isReference(value);
}

function pick(inputs: Properties, names: string[]): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => names.includes(name)));
}
