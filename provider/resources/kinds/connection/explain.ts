import { findConnectionType, findExtra, nearestNames } from "../../../../catalog/lookup";
import type { InputProblem } from "../../../errors";
import type { Properties } from "../../declaration/values";

const NO_FIELD = "is not a field of this resource";

/** Airflow's other names of the fields that an Override may set too. */
const OTHER_NAMES: Record<string, string> = {
  username: "login",
  user: "login",
  database: "schema",
  extra_dejson: "extra, as an object",
};

/** Those of what a connection alone has. */
const OTHER_NAMES_OF_A_CONNECTION: Record<string, string> = { conn_type: "connType", conn_id: "connId" };

/** What a connection has and one Deployment cannot have otherwise. */
const NOT_OVERRIDDEN: Record<string, string> = {
  uri: "a URI says a whole connection; give what differs: host, login, password, schema, port or extra",
  connType: "a connection's type is the same in every Deployment; declare another connection",
  conn_type: "a connection's type is the same in every Deployment; declare another connection",
};

/** An input of a connection that there is not: what another name of a field means, or where an extra goes. */
export function explain(problem: InputProblem, inputs: Properties): InputProblem {
  const [field, ...more] = problem.path;
  if (problem.code !== "not-a-field" || typeof field !== "string" || more.length > 0) return problem;
  const meant = entryOf(OTHER_NAMES, field) ?? entryOf(OTHER_NAMES_OF_A_CONNECTION, field);
  if (meant !== undefined) return { ...problem, reason: `${NO_FIELD}; use ${meant}` };
  const { connType } = inputs;
  return (typeof connType === "string" && explainExtra(problem, connType, field)) || problem;
}

/** The same among the fields of a link or an Override. */
export function explainOverride(problem: InputProblem): InputProblem {
  const [, field, ...more] = problem.path;
  if (problem.code !== "not-a-field" || typeof field !== "string" || more.length > 0) return problem;
  const refused = entryOf(NOT_OVERRIDDEN, field);
  if (refused !== undefined) return { ...problem, reason: `${NO_FIELD}: ${refused}` };
  const meant = entryOf(OTHER_NAMES, field);
  return meant === undefined ? problem : { ...problem, reason: `${NO_FIELD}; use ${meant}` };
}

function explainExtra(problem: InputProblem, connType: string, field: string): InputProblem | undefined {
  const snake = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const extra = findExtra(connType, field) ?? findExtra(connType, snake);
  if (extra !== undefined) {
    const key = extra.key === field ? "" : ` as ${extra.key}`;
    return { ...problem, reason: `${NO_FIELD}; put it into extra${key}` };
  }
  // A field that is near is told already.
  if (problem.reason !== NO_FIELD) return undefined;
  const [nearest] = nearestNames(snake, findConnectionType(connType)?.extras.map(({ key }) => key) ?? [], 1);
  return nearest === undefined ? undefined : { ...problem, reason: `${NO_FIELD}; did you mean extra.${nearest}?` };
}

function entryOf(names: Record<string, string>, name: string): string | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined;
}
