import type { ExtraField, ExtraType, StandardField } from "./catalog-data";
import { catalog, findConnectionType, withoutFormPrefix, type ConnectionType } from "./connection-types";
import { nearestNames } from "./nearest-names";

/** What is wrong with one field. Never holds the value, which may be secret. */
export interface Finding {
  /** `connType`, `host`, `extra.sslmode`, … */
  readonly field: string;
  readonly rule: string;
  readonly remedy: string;
}

export interface Findings {
  /** The hook cannot work with this. */
  readonly errors: Finding[];
  /** Probably a mistake; Airflow accepts it. */
  readonly warnings: Finding[];
}

/** The fields of a connection that the catalog can judge. `null` and `undefined` count as not set. */
export interface CatalogInput {
  readonly connType: string;
  readonly description?: unknown;
  readonly host?: unknown;
  readonly login?: unknown;
  readonly password?: unknown;
  readonly schema?: unknown;
  readonly port?: unknown;
  /** An object, or the text of a JSON object. */
  readonly extra?: unknown;
}

/** What Pulumi passes for a value that is not known yet (`unknownValue` of its rpc module). */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SHOWN: readonly Exclude<StandardField, "extra">[] = ["description", "host", "login", "password", "schema", "port"];

/**
 * Compares a connection with what its provider package declares. Unknown values are skipped.
 *
 * Errors: a value outside an enum, or a value that no conversion turns into the declared type. Warnings: an unknown
 * type or a likely misspelling (with the nearest names), a field that Airflow hides for this type, the old form
 * prefix, and values that Airflow passes on as they are although the declared type is another one (`"5"` for an
 * integer): Airflow does not convert extras, each hook may or may not.
 */
export function validateAgainstCatalog(input: CatalogInput): Findings {
  const findings: Findings = { errors: [], warnings: [] };
  if (isUnset(input.connType)) return findings;
  const type = findConnectionType(input.connType);
  if (type === undefined) {
    findings.warnings.push(unknownType(input.connType));
    return findings;
  }
  for (const field of SHOWN) {
    const value = input[field];
    if (type.fields[field]?.hidden && !isUnset(value) && value !== "") findings.warnings.push(hiddenField(type, field));
  }
  for (const [key, value] of Object.entries(extraObject(input.extra))) {
    if (!isUnset(value)) checkExtra(type, key, value, findings);
  }
  return findings;
}

const isUnset = (value: unknown): boolean => value === undefined || value === null || value === UNKNOWN;

function extraObject(extra: unknown): Record<string, unknown> {
  if (typeof extra === "object" && extra !== null && !Array.isArray(extra)) return extra as Record<string, unknown>;
  const parsed = typeof extra === "string" ? parseJson(extra) : undefined;
  // Whether extra may be anything else is the business of Airflow's file rules, not of the catalog.
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // not JSON: the caller treats it as plain text
  }
}

function unknownType(connType: string): Finding {
  const near = nearestNames(connType, catalog().byId.keys());
  return {
    field: "connType",
    rule: "no official provider package declares this connection type",
    remedy:
      near.length > 0
        ? `did you mean ${oneOf(near)}? A type of your own provider package is fine`
        : "check the spelling; a type of your own provider package is fine",
  };
}

function hiddenField(type: ConnectionType, field: string): Finding {
  const keys = type.extras.map((extra) => extra.key);
  const same = keys.find((key) => key === field);
  const hint = same === undefined ? "" : `; "${same}" exists as an extra`;
  return { field, rule: `Airflow hides this field for ${type.id} (${type.displayName})`, remedy: `leave it out${hint}` };
}

function checkExtra(type: ConnectionType, key: string, value: unknown, findings: Findings): void {
  const field = `extra.${key}`;
  const bare = withoutFormPrefix(key);
  const extra = type.extras.find((candidate) => candidate.key === bare);
  if (extra === undefined) {
    const misspelt = misspelling(type, bare);
    if (misspelt !== undefined) {
      findings.warnings.push({
        field,
        rule: `${type.id} declares no extra of this name`,
        remedy: `did you mean "${misspelt}"? Other keys are passed on as they are`,
      });
    }
    return;
  }
  if (bare !== key) {
    findings.warnings.push({ field, rule: "old form prefix", remedy: `write "${bare}"; newer hooks ignore the prefixed key` });
  }
  const misfit = typeMisfit(extra, value);
  if (misfit !== undefined) {
    findings[misfit === "fatal" ? "errors" : "warnings"].push({
      field,
      rule: `must be ${expected(extra)}`,
      remedy: misfit === "fatal" ? "correct the value" : "write it in that type; Airflow does not convert extras, and a hook may read it otherwise",
    });
    if (misfit === "fatal" || extra.enum === undefined) return;
  }
  if (extra.enum !== undefined && !extra.enum.some((allowed) => String(allowed) === String(value))) {
    findings.errors.push({ field, rule: "not an allowed value", remedy: `use one of ${extra.enum.map((v) => JSON.stringify(v)).join(", ")}` });
  }
}

/** The declared key that was probably meant. Keys named in the form's own example are no misspellings. */
function misspelling(type: ConnectionType, key: string): string | undefined {
  const known = [...type.extras.map((extra) => extra.key), ...exampleKeys(type)];
  return known.includes(key) ? undefined : nearestNames(key, known, 1)[0];
}

/** Keys in the example that the form shows in its empty `extra` box. */
export function exampleKeys(type: ConnectionType): string[] {
  const example = parseJson(type.fields.extra?.placeholder ?? "");
  return typeof example === "object" && example !== null && !Array.isArray(example) ? Object.keys(example) : [];
}

const ARTICLE: Readonly<Record<ExtraType, string>> = {
  string: "a string",
  boolean: "true or false",
  integer: "an integer",
  number: "a number",
  array: "a list",
  object: "an object",
};

const expected = (extra: ExtraField): string => extra.types.map((type) => ARTICLE[type]).join(" or ");

const oneOf = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(" or ");

/** `"loose"`: another type that hooks commonly convert; `"fatal"`: nothing can make it the declared type. */
function typeMisfit(extra: ExtraField, value: unknown): "loose" | "fatal" | undefined {
  if (extra.types.some((type) => hasType(type, value))) return undefined;
  return extra.types.some((type) => convertible(type, value)) ? "loose" : "fatal";
}

function hasType(type: ExtraType, value: unknown): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && !Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function convertible(type: ExtraType, value: unknown): boolean {
  if (type === "string") return true; // numbers are printed, objects and lists are what json.loads of the string gives
  if (typeof value !== "string") return type === "boolean" && (value === 0 || value === 1);
  const text = value.trim();
  if (text === "") return true; // an emptied form field
  if (type === "integer") return /^[+-]?\d+$/.test(text);
  if (type === "number") return Number.isFinite(Number(text));
  if (type === "boolean") return /^(true|false|yes|no|on|off|0|1)$/i.test(text);
  if (type === "array") return true; // comma-separated, or JSON
  const parsed = parseJson(text);
  return parsed !== null && hasType("object", parsed);
}
