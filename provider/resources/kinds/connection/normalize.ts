import type { InputProblem } from "../../../errors";
import type { Path } from "../../../path";
import type { SecretRules } from "../../catalog-findings";
import type { Normalized, Warning } from "../../declared-kind";
import { mustBe } from "../../declaration/problems";
import { isReference } from "../../declaration/references";
import { secretPathsOf } from "../../declaration/secrets";
import { isRecord, UNKNOWN, type Properties } from "../../declaration/values";
import { objectIn, unknownParts, URI_PARTS, withUriRead } from "./uri";

/** Fields that an export of Airflow writes whether they are set or not. */
const EXPORTED = ["uri", "connType", "description", "host", "login", "password", "schema", "port", "extra"];

/**
 * What `airflow connections export` writes, which names the type `conn_type`, and always has an `extra`: text, or null.
 * Elsewhere that name is a mistake, and is told as one.
 */
function withExportedType({ conn_type: exported, ...given }: Properties): Properties {
  const { connType, extra } = given;
  const isExport = extra === null || typeof extra === "string";
  if (isExport && typeof exported === "string" && (isUnset(connType) || connType === exported))
    return { ...given, connType: exported };
  return exported === undefined ? given : { ...given, conn_type: exported };
}

/**
 * A connection as `airflow connections export` and stack configuration write it, brought to the form that the schema
 * wants: null and empty text are not set, `extra` may be the JSON text of an object, a port may be digits, and a `uri`
 * becomes the fields that it says. A `uri` that is a reference stays one, so that no value enters the state.
 */
export function normalizeConnection(declared: Properties, catalog: SecretRules): Normalized {
  const given = withExportedType(declared);
  const inputs = Object.fromEntries(
    Object.entries(given).filter(([field, value]) => !(EXPORTED.includes(field) && isUnset(value))),
  );
  if (isNothing(inputs["extra"])) delete inputs["extra"];
  const warnings: Warning[] =
    given["password"] === ""
      ? [{ path: ["password"], reason: "is empty, and counts as not set; leave it out", topic: "empty-password" }]
      : [];
  if (inputs["uri"] !== undefined) return withParts(inputs, catalog);
  if ("port" in inputs) inputs["port"] = portIn(inputs["port"]);
  const { extra } = inputs;
  if (typeof extra !== "string") return { inputs, problems: [], warnings };
  const parsed = objectIn(extra);
  if (parsed) return { inputs: { ...inputs, extra: parsed }, problems: [], warnings };
  const reason = "is text, but not that of a JSON object; give an object of Airflow extra fields";
  return { inputs, problems: [{ path: ["extra"], reason }], warnings };
}

/**
 * The inputs with the parts of their `uri`. Of a URI that the program keeps secret all parts are, but for the type, which
 * decides how the others are judged.
 */
function withParts({ secretUri, ...inputs }: Properties, catalog: SecretRules): Normalized {
  const { uri } = inputs;
  const problems = URI_PARTS.filter((part) => !isUnset(inputs[part])).map((part): InputProblem => ({
    path: [part],
    reason: "is given beside uri, which says it too; leave out one of the two",
  }));
  if (problems.length > 0) return { inputs, problems, warnings: [] };
  if (isReference(uri)) return { inputs, problems: [], warnings: [] };
  const { uri: _, ...others } = inputs;
  if (uri === UNKNOWN) return { inputs: { ...others, ...unknownParts() }, problems: [], warnings: [] };
  if (typeof uri !== "string") {
    const reason = mustBe("a connection URI or a value reference").error({ input: uri });
    return { inputs, problems: [{ path: ["uri"], reason }], warnings: [] };
  }
  const { fields, ...judgement } = withUriRead({ uri });
  const connType = typeof fields["connType"] === "string" ? fields["connType"] : undefined;
  const { secretExtra } = inputs;
  const secrets: Path[] =
    secretUri === true
      ? Object.keys(fields).flatMap((field) => (field === "connType" ? [] : [[field]]))
      : secretPathsOf(catalog, connType, fields, { secretExtra: secretExtra === true });
  return { inputs: { ...others, ...fields }, ...judgement, secrets };
}

/** Values of a link or an Override as stack configuration gives them; null clears, and stays. */
export function normalizeValues(given: unknown): unknown {
  if (!isRecord(given)) return given;
  const { port, extra } = given;
  const parsed = typeof extra === "string" ? objectIn(extra) : undefined;
  return { ...given, ...("port" in given && { port: portIn(port) }), ...(parsed && { extra: parsed }) };
}

/** A port in digits as a number; anything else as it is. */
function portIn(given: unknown): unknown {
  return typeof given === "string" && /^\d{1,10}$/.test(given.trim()) ? Number(given) : given;
}

/** Text of JSON that says that there is no extra. */
function isNothing(extra: unknown): boolean {
  return typeof extra === "string" && /^\s*(?:null)?\s*$/.test(extra);
}

function isUnset(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}
