import type { InputProblem } from "../errors";
import type { EffectiveConnection } from "../model/effective";
import type { Rendered } from "../targets/target";

const CONN_ID = /^[A-Za-z0-9_.-]{1,200}$/;
const TEXT_FIELDS = ["description", "host", "login", "password", "schema"] as const;
const MAX_PORT = 2 ** 31 - 1;
const MAX_PROBLEMS = 10;
const LONE_HALF = /\p{Surrogate}/u;
const LONE_SURROGATE = "has half of a UTF-16 surrogate pair, which Airflow cannot encode; write the whole character";

/** Levels of objects and lists inside `extra`; Python's own recursion limit is near 1,000 frames, the task's included. */
export const MAX_EXTRA_DEPTH = 100;

/** Distinct passwords in one file above which Airflow's first lookup in each task becomes slow. */
export const DISTINCT_PASSWORDS_WARNING = 50;

/**
 * Checks one connection against what Airflow 2.11 and 3.x accept and give back unchanged.
 *
 * One bad entry makes Airflow fail every lookup in the file without a word, so this runs before every write.
 *
 * @returns one problem per field, with the rule and the remedy, never a value; empty when all is well.
 */
export function validateConnection(connection: EffectiveConnection): InputProblem[] {
  return [
    ...validateConnId(connection.connId),
    ...validateConnType(connection.connType),
    ...TEXT_FIELDS.flatMap((field) => validateText(field, connection[field])),
    ...validatePort(connection.port),
    ...validateExtra(connection.extra),
  ];
}

/** A connection that many Deployments get alike is validated once. */
const known = new WeakMap<EffectiveConnection, InputProblem[]>();

/** As `validateConnection`, for a connection that nobody changes any more. */
export function problemsOfConnection(connection: EffectiveConnection): InputProblem[] {
  const problems = known.get(connection) ?? validateConnection(connection);
  known.set(connection, problems);
  return problems;
}

/**
 * Checks the size of a whole file.
 *
 * @param maxBytes - `Target.maxBytes`, in UTF-8 bytes.
 * @returns one problem that names the largest connections, or nothing.
 */
export function validateFile(rendered: Rendered, maxBytes: number): InputProblem[] {
  const bytes = Buffer.byteLength(rendered.text);
  if (bytes <= maxBytes) return [];
  const largest = Object.entries(rendered.entries)
    .map(([connId, entry]) => ({ connId, bytes: Buffer.byteLength(entry) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 5)
    .map((entry) => `"${entry.connId}" (${entry.bytes} bytes)`);
  const reason =
    `the file would have ${bytes} bytes, and the target takes at most ${maxBytes}; largest: ${largest.join(", ")}. ` +
    "Shorten these, link fewer connections to this Deployment, or use the kubernetesBackend target";
  return [{ field: "connections", reason }];
}

/** How many different passwords the file gives Airflow's secrets masker to remember. */
export function distinctPasswords(connections: EffectiveConnection[]): number {
  return new Set(connections.flatMap(({ password }) => (password ? [password] : []))).size;
}

/**
 * A warning when the file holds more distinct passwords than Airflow's masker takes in stride: each one recompiles
 * the masking expression in every task process.
 *
 * @returns undefined up to `DISTINCT_PASSWORDS_WARNING`.
 */
export function slowLookupWarning(connections: EffectiveConnection[]): string | undefined {
  const count = distinctPasswords(connections);
  if (count <= DISTINCT_PASSWORDS_WARNING) return undefined;
  return (
    `${count} connections with distinct passwords in one file: Airflow's secrets masker makes the first lookup of each ` +
    `task slow above about ${DISTINCT_PASSWORDS_WARNING}; link fewer connections or use the kubernetesBackend target`
  );
}

function validateConnId(connId: unknown): InputProblem[] {
  if (typeof connId === "string" && CONN_ID.test(connId) && !connId.includes("..")) return [];
  const reason = "must have 1 to 200 of the characters A-Z a-z 0-9 _ . - and no two dots in a row";
  return [{ field: "connId", reason }];
}

function validateConnType(connType: unknown): InputProblem[] {
  if (typeof connType !== "string" || connType === "") {
    return [{ field: "connType", reason: 'must be a non-empty string such as "postgres"' }];
  }
  return validateText("connType", connType);
}

function validateText(field: string, value: unknown): InputProblem[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "string") return [{ field, reason: "must be a string" }];
  if (LONE_HALF.test(value)) return [{ field, reason: LONE_SURROGATE }];
  if (field === "password" && value === "") {
    return [{ field, reason: "is empty, which Airflow reads as no password; leave it out or use null" }];
  }
  return [];
}

function validatePort(port: unknown): InputProblem[] {
  if (port === undefined || port === null) return [];
  if (typeof port === "number" && Number.isInteger(port) && -MAX_PORT - 1 <= port && port <= MAX_PORT) return [];
  return [{ field: "port", reason: `must be a whole number of at most ${MAX_PORT}` }];
}

function validateExtra(extra: unknown): InputProblem[] {
  if (extra === undefined || extra === null) return [];
  if (!isPlainObject(extra)) return [{ field: "extra", reason: "must be a JSON object" }];
  const problems: InputProblem[] = [];
  collectJsonProblems(extra, "extra", 1, problems);
  return problems;
}

function collectJsonProblems(value: unknown, field: string, depth: number, problems: InputProblem[]): void {
  // Also what ends the walk of a structure that contains itself.
  if (problems.length >= MAX_PROBLEMS) return;
  const reason = scalarProblem(value);
  if (reason) problems.push({ field, reason });
  if (typeof value !== "object" || value === null || reason) return;
  if (depth > MAX_EXTRA_DEPTH) {
    problems.push({ field: shorten(field), reason: `is nested more than ${MAX_EXTRA_DEPTH} levels deep` });
    return;
  }
  // Array.from also visits holes, which JSON would turn into null.
  const members: [string, unknown][] = Array.isArray(value)
    ? Array.from(value, (member: unknown, index) => [`${field}[${index}]`, member])
    : Object.entries(value).map(([key, member]) => [`${field}.${key}`, member]);
  for (const [path, member] of members) {
    if (LONE_HALF.test(path)) problems.push({ field: shorten(field), reason: `has a key that ${LONE_SURROGATE}` });
    else collectJsonProblems(member, path, depth + 1, problems);
  }
}

/** Why JSON or Airflow would refuse, change or lose a value itself, members aside. */
function scalarProblem(value: unknown): string | undefined {
  if (value === null || typeof value === "boolean") return undefined;
  if (typeof value === "string") return LONE_HALF.test(value) ? LONE_SURROGATE : undefined;
  if (typeof value === "number") return numberProblem(value);
  if (Array.isArray(value)) return undefined;
  if (typeof value !== "object") return `is of type ${typeof value}, which JSON cannot carry`;
  if (!isPlainObject(value)) return "must be a plain JSON value, not an instance of a class";
  return undefined;
}

function numberProblem(value: number): string | undefined {
  if (!Number.isFinite(value)) return "must be a finite number";
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return "is a whole number beyond 2^53, which loses digits; write it as a string";
  }
  return undefined;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm have another Object.prototype: the root is the one without a prototype of its own.
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return plain && Object.getOwnPropertySymbols(value).length === 0;
}

function shorten(field: string): string {
  return field.length > 80 ? `${field.slice(0, 77)}...` : field;
}
