import { findConnectionType, findExtra, listConnectionTypes, nearestNames } from "../../../../catalog/lookup";
import type { InputProblem } from "../../../errors";
import type { Properties } from "../../declaration/values";

const NO_FIELD = "is not a field of this resource";

/** Other names of the fields that an Override may set too: Airflow's, and those that people take for them. */
const OTHER_NAMES: Record<string, string> = {
  username: "login",
  user: "login",
  userName: "login",
  database: "schema",
  db: "schema",
  dbname: "schema",
  pass: "password",
  passwd: "password",
  pwd: "password",
  hostname: "host",
  server: "host",
  address: "host",
  extras: "extra",
};

/** Those of what a connection alone has. */
const OTHER_NAMES_OF_A_CONNECTION: Record<string, string> = {
  conn_type: "connType",
  connection_type: "connType",
  connectionType: "connType",
  type: "connType",
  conn_id: "connId",
  connection_id: "connId",
  connectionId: "connId",
  id: "connId",
  conn_uri: "uri",
};

/** What other outputs of Airflow have of a connection, and what is to be done with it. */
const OF_AIRFLOW: Record<string, string> = {
  extra_dejson: "; use extra, as an object",
  extraDejson: "; use extra, as an object",
  is_encrypted: ": Airflow's own mark; leave it out",
  is_extra_encrypted: ": Airflow's own mark; leave it out",
  get_uri: ": the other fields say it too; leave it out, or give it alone as uri",
  team_name: ": a Deployment belongs to a team, not a connection; leave it out",
};

/** Where the values of a link and of an Override are. */
const VALUES: Record<string, string> = { fields: "overrides", overrides: "fields" };

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
  const { connType } = inputs;
  const type = typeof connType === "string" ? connType : undefined;
  const isInForm = type !== undefined && isOfForm(type, field);
  if (meant !== undefined && !isInForm) return { ...problem, reason: `${NO_FIELD}; use ${meant}`, meant };
  const advice = entryOf(OF_AIRFLOW, field);
  if (advice !== undefined && !isInForm) return { ...problem, reason: NO_FIELD + advice };
  return (type !== undefined && explainExtra(problem, type, field)) || problem;
}

/** The same among the fields of a link or an Override. */
export function explainOverride(problem: InputProblem): InputProblem {
  const [input, field, ...more] = problem.path;
  if (problem.code !== "not-a-field" || more.length > 0) return problem;
  if (field === undefined) return explainInput(problem, String(input));
  if (typeof field !== "string") return problem;
  const refused = entryOf(NOT_OVERRIDDEN, field);
  if (refused !== undefined) return { ...problem, reason: `${NO_FIELD}: ${refused}` };
  const meant = entryOf(OTHER_NAMES, field);
  if (meant !== undefined) return { ...problem, reason: `${NO_FIELD}; use ${meant}`, meant };
  const advice = entryOf(OF_AIRFLOW, field);
  if (advice !== undefined) return { ...problem, reason: NO_FIELD + advice };
  return (problem.meant === undefined && explainExtraOfAnyType(problem, field)) || problem;
}

/** An input beside the values, such as a value of its own. */
function explainInput(problem: InputProblem, input: string): InputProblem {
  const meant = entryOf(VALUES, input) ?? entryOf(OTHER_NAMES_OF_A_CONNECTION, input);
  return meant === undefined || meant === "connType"
    ? problem
    : { ...problem, reason: `${NO_FIELD}; use ${meant}`, meant };
}

/** The connection's type is not known here, so any that has such an extra tells how it is called. */
function explainExtraOfAnyType(problem: InputProblem, field: string): InputProblem | undefined {
  const types = listConnectionTypes();
  for (const name of [field, snakeCase(field)]) {
    const extra = types.flatMap(({ extras }) => extras).find(({ key }) => key === name);
    if (extra) return { ...problem, reason: `${NO_FIELD}; put it into extra${name === field ? "" : ` as ${name}`}` };
  }
  return undefined;
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Whether the type's own form has an extra of this very name, such as Snowflake's `database`: then that was meant. */
function isOfForm(connType: string, field: string): boolean {
  const extra = findExtra(connType, field);
  return extra !== undefined && extra.source === undefined;
}

function explainExtra(problem: InputProblem, connType: string, field: string): InputProblem | undefined {
  const snake = snakeCase(field);
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
