import type { ExtraField, ExtraType } from "./catalog-data";
import { catalog, withoutFormPrefix, type ConnectionType } from "./connection-types";
import { asObject, isUnset, type Warned, type Findings } from "./finding";
import { misspelt } from "./nearest-names";

/** Judges every set key of `extra`. */
export function checkExtras(type: ConnectionType, extra: Record<string, unknown>, findings: Findings): void {
  for (const [key, value] of Object.entries(extra)) if (!isUnset(value)) checkExtra(type, key, value, findings);
}

function checkExtra(type: ConnectionType, key: string, value: unknown, findings: Findings): void {
  const field = `extra.${key}`;
  const bare = withoutFormPrefix(key);
  const known = type.extras.find((candidate) => isSameKey(type, candidate.key, bare));
  if (known === undefined) {
    const meant = misspelling(type, bare);
    if (meant === undefined) return;
    findings.warnings.push({
      code: "unknown-extra",
      field,
      rule: `nothing is known in ${type.id} to read an extra of this name`,
      remedy: `did you mean "${meant}"? Other keys are passed on as they are`,
    });
    return;
  }
  if (bare !== key) findings.warnings.push(formPrefix(type, field, key, bare));
  const misfit = typeMisfit(known, field, value);
  if (misfit !== undefined) findings[known.converts ? "errors" : "warnings"].push(misfit);
  if (known.enum === undefined || known.enum.some((allowed) => String(allowed) === String(value))) return;
  if (known.source !== undefined) return; // a list from elsewhere than the form may lack a value
  const allowed = known.enum.map((one) => JSON.stringify(one)).join(", ");
  findings.errors.push({ code: "extra-value", field, rule: "not an allowed value", remedy: `use one of ${allowed}` });
}

const isSameKey = (type: ConnectionType, a: string, b: string): boolean =>
  a === b || (type.foldsCase === true && a.toLowerCase() === b.toLowerCase());

function formPrefix(type: ConnectionType, field: string, key: string, bare: string): Warned {
  const isRead = type.formPrefixes?.some((prefix) => key === `extra__${prefix}__${bare}`);
  const readers = isRead ? "the hooks still read the prefixed key too" : "no hook of this type reads the prefixed key";
  return {
    code: "form-prefix",
    field,
    rule: "old form prefix",
    remedy: `write "${bare}"; ${readers} (${type.providerPackage} ${type.providerVersion})`,
  };
}

/** The key that was probably meant; `undefined` for every key that some code or form of the package knows. */
function misspelling(type: ConnectionType, key: string): string | undefined {
  const meant = [...type.extras.map((extra) => extra.key), ...(type.reads ?? []), ...exampleKeys(type)];
  const known = [
    ...meant,
    ...(catalog().providers[type.providerPackage]?.looseKeys ?? []),
    ...(type.undeclaredSecretExtras ?? []),
  ];
  if (known.some((one) => isSameKey(type, one, key))) return undefined;
  return misspelt(key, meant, { nearlyCertain: type.isOpen === true });
}

/** Keys in the example that the form shows in its empty `extra` box. */
export function exampleKeys(type: ConnectionType): string[] {
  return Object.keys(asObject(type.fields.extra?.placeholder) ?? {});
}

const ARTICLE: Readonly<Record<ExtraType, string>> = {
  string: "a string",
  boolean: "true or false",
  integer: "an integer",
  number: "a number",
  array: "a list",
  object: "an object",
};

/** A value that does not have the type of the form, or that the hook cannot convert. */
function typeMisfit(extra: ExtraField, field: string, value: unknown): Warned | undefined {
  if (extra.types.length === 0 || extra.types.some((type) => hasType(type, value))) return undefined;
  const expected = extra.types.map((type) => ARTICLE[type]).join(" or ");
  if (extra.converts) {
    if (isNumeric(value)) return undefined;
    return {
      code: "extra-type",
      field,
      rule: `must be ${expected}: the hook converts it and fails`,
      remedy: "correct the value",
    };
  }
  // No form says the type: texts and numbers stand for each other often enough.
  if (extra.source !== undefined && typeof value !== "object") return undefined;
  return {
    code: "extra-type",
    field,
    rule: `expected ${expected}`,
    remedy: "write it in that type unless you know that the hook takes yours; Airflow does not convert extras",
  };
}

/** What Python's `int()` or `float()` takes; an emptied form field is skipped by most hooks. */
const isNumeric = (value: unknown): boolean =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  (typeof value === "string" && /^\s*([+-]?\d+(\.\d*)?)?\s*$/.test(value));

function hasType(type: ExtraType, value: unknown): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && !Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}
