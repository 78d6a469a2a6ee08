import { parseConnectionUri } from "../../../airflow/uri";
import { InputError } from "../../../errors";
import type { Judgement, Warning } from "../../declared-kind";
import { isRecord, UNKNOWN, type Properties } from "../../declaration/values";

/** What a URI says, and so no other input may say beside it. A URI has no place for a description. */
export const URI_PARTS = ["connType", "host", "login", "password", "schema", "port", "extra"] as const;

/**
 * The fields with those that their `uri` says in its place, by Airflow's own rules. Query values are texts, as Airflow 2
 * and the tasks of Airflow 3 read them. A `uri` whose text is not at hand, such as a reference, is left out.
 *
 * @returns problems for what Airflow cannot read; warnings for what it ignores, or reads differently in another version.
 */
export function withUriRead(declared: object): { fields: Properties } & Judgement {
  const { uri, ...fields }: Properties = { ...declared };
  if (typeof uri !== "string") return { fields, problems: [], warnings: [] };
  try {
    const { connection, losses } = parseConnectionUri(uri);
    const { extra, ...parts } = connection;
    const set = Object.entries(parts).filter(([, value]) => value !== null && value !== "");
    const read = { ...fields, ...Object.fromEntries(set) };
    const warnings = losses.map(({ field, reason }): Warning => ({
      path: ["uri"],
      reason: field === "uri" ? reason : `${field} ${reason}`,
      topic: "uri-reading",
    }));
    if (extra === null || extra === "") return { fields: read, problems: [], warnings };
    const parsed = objectIn(extra);
    if (parsed) return { fields: { ...read, extra: parsed }, problems: [], warnings };
    return {
      fields,
      problems: [{ path: ["uri"], reason: "its __extra__ is not the text of a JSON object" }],
      warnings,
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { fields, problems: [{ path: ["uri"], reason: error.message }], warnings: [] };
  }
}

/** The parts of a URI that is not known yet. */
export function unknownParts(): Properties {
  return Object.fromEntries(URI_PARTS.map((part) => [part, UNKNOWN]));
}

/** The object that a text is in JSON; undefined for any other text. */
export function objectIn(text: string): Properties | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : undefined;
  } catch (error) {
    // V8 quotes the text, which may hold secrets.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
