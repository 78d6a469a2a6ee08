import type { StandardField } from "./catalog-data";
import { catalog, findConnectionType, type ConnectionType } from "./connection-types";
import { checkExtras } from "./extra-findings";
import { asObject, isUnset, type CatalogInput, type Warned, type Findings } from "./finding";
import { hints } from "./hints";
import { nearestNames } from "./nearest-names";

const SHOWN: readonly Exclude<StandardField, "extra">[] = [
  "description",
  "host",
  "login",
  "password",
  "schema",
  "port",
];

/**
 * Compares a connection with what Airflow and its provider package say about its type. Unknown values are skipped.
 *
 * Errors: only values with which Airflow itself fails. Warnings: an unknown type or a likely misspelling (with the
 * nearest names), a field that is neither in the form nor read by a hook, the old form prefix, values of another type
 * than the form's (Airflow does not convert extras, each hook may or may not), and {@link hints}. A key of extra that
 * any code of the provider package reads is never called misspelt.
 */
export function validateAgainstCatalog(input: CatalogInput): Findings {
  const findings: Findings = { errors: [], warnings: [] };
  if (isUnset(input.connType)) return findings;
  const type = findConnectionType(input.connType);
  // Whether extra may be anything else than an object is the business of Airflow's file rules, not of the catalog.
  const extra = asObject(input.extra) ?? {};
  if (type !== undefined) {
    for (const field of SHOWN) {
      const form = type.fields[field];
      const isSet = !isUnset(input[field]) && input[field] !== "";
      if (form?.hidden && !form.read && isSet) findings.warnings.push(notInForm(type, field));
    }
    checkExtras(type, extra, findings);
  } else if (!Object.hasOwn(catalog().builtIn, input.connType)) {
    findings.warnings.push(unknownType(input.connType));
  }
  findings.warnings.push(...hints(input, extra));
  return findings;
}

function unknownType(connType: string): Warned {
  const { byId, builtIn } = catalog();
  const near = nearestNames(connType, [...byId.keys(), ...Object.keys(builtIn)]);
  return {
    code: "unknown-type",
    field: "connType",
    rule: "neither Airflow nor an official provider package declares this connection type",
    remedy:
      near.length > 0
        ? `did you mean ${near.map((name) => `"${name}"`).join(" or ")}? A type of your own provider package is fine`
        : "check the spelling; a type of your own provider package is fine",
  };
}

function notInForm(type: ConnectionType, field: string): Warned {
  const hint = type.extras.some(({ key }) => key === field) ? `; "${field}" exists as an extra` : "";
  return {
    code: "field-not-in-form",
    field,
    rule: `not in Airflow's form for ${type.id} (${type.displayName}), and no hook of this type is known to read it`,
    remedy: `it is passed on; check that it is meant${hint}`,
  };
}
