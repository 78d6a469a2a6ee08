/** Stable names of what the catalog warns of, for `ignoreWarnings`. */
export const CATALOG_WARNINGS = [
  "unknown-type",
  "field-not-in-form",
  "unknown-extra",
  "form-prefix",
  "extra-type",
  "pem-literal-newlines",
  "private-key-path",
  "driver-in-extra",
  "short-password",
] as const;

/** What the catalog warns of, and what is an error always. */
export type FindingCode = (typeof CATALOG_WARNINGS)[number] | "extra-value";

/** What is wrong with one field. Never holds the value, which may be secret. */
export interface Finding<Code = FindingCode> {
  readonly code: Code;
  /** `connType`, `host`, `extra.sslmode`, … */
  readonly field: string;
  readonly rule: string;
  readonly remedy: string;
}

/** A finding that may be a warning. */
export type Warned = Finding<(typeof CATALOG_WARNINGS)[number]>;

/** Errors and warnings of one connection. */
export interface Findings {
  /** Airflow fails with this. */
  readonly errors: Finding[];
  /** Probably a mistake; Airflow accepts it. */
  readonly warnings: Warned[];
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

/** Whether a value is absent, or not known yet. */
export const isUnset = (value: unknown): boolean => value === undefined || value === null || value === UNKNOWN || typeof value === "symbol";

/** The object that a text or value is; `undefined` for lists, other values and texts that are no JSON. */
export function asObject(value: unknown): Record<string, unknown> | undefined {
  const parsed = typeof value === "string" ? parseJson(value) : value;
  const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  return isObject ? (parsed as Record<string, unknown>) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // plain text
    throw error;
  }
}
