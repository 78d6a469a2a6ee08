import { MAX_DEPTH } from "../../catalog/depth";
import type { InputProblem } from "../errors";
import type { Path } from "../path";
import type { ConnectionFields } from "./connection";

const ID = /^[A-Za-z0-9_.-]{1,200}$/;
const TEXT_FIELDS = ["description", "host", "login", "password", "schema"] as const;
const MAX_PORT = 2 ** 31 - 1;
const MAX_PROBLEMS = 10;
const LONE_HALF = /\p{Surrogate}/u;
const LONE_SURROGATE = "has half of a UTF-16 surrogate pair, which Airflow cannot encode; write the whole character";

/** Distinct passwords in one file above which Airflow's first lookup in each task becomes slow. */
export const DISTINCT_PASSWORDS_WARNING = 50;

/**
 * Checks one connection against what Airflow 2.11 and 3.x accept and give back unchanged.
 *
 * One bad entry makes Airflow fail every lookup in the file without a word, so this runs before every write.
 *
 * @returns one problem per field, with the rule and the remedy, never a value; empty when all is well.
 */
export function validateConnection(connId: string, fields: ConnectionFields): InputProblem[] {
  return [
    ...validateId("connId", connId),
    ...validateConnType(fields.connType),
    ...TEXT_FIELDS.flatMap((field) => validateText(field, fields[field])),
    ...validatePort(fields.port),
    ...validateExtra(fields.extra),
  ];
}

/** Checks a Variable against the same: Airflow reads every value of the file as text. */
export function validateVariable(key: string, value: unknown): InputProblem[] {
  return [...validateId("key", key), ...validateText("value", value)];
}

/**
 * A warning when the file holds more distinct passwords than Airflow's masker takes in stride: each one recompiles
 * the masking expression in every task process.
 *
 * @param passwords - of all connections in the file; unset ones do not count.
 * @returns undefined up to `DISTINCT_PASSWORDS_WARNING`.
 */
export function slowLookupWarning(passwords: (string | undefined)[]): string | undefined {
  const count = new Set(passwords.filter(Boolean)).size;
  if (count <= DISTINCT_PASSWORDS_WARNING) return undefined;
  return (
    `${count} connections with distinct passwords in one file: Airflow's secrets masker makes the first lookup of each ` +
    `task slow above about ${DISTINCT_PASSWORDS_WARNING}; link fewer connections or use the kubernetesBackend target`
  );
}

function validateId(field: string, id: unknown): InputProblem[] {
  if (typeof id === "string" && ID.test(id) && !id.includes("..")) return [];
  const reason = "must have 1 to 200 of the characters A-Z a-z 0-9 _ . - and no two dots in a row";
  return [{ path: [field], reason }];
}

function validateConnType(connType: unknown): InputProblem[] {
  if (typeof connType !== "string" || connType === "") {
    return [{ path: ["connType"], reason: 'must be a non-empty string such as "postgres"' }];
  }
  return validateText("connType", connType);
}

function validateText(field: string, value: unknown): InputProblem[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "string") return [{ path: [field], reason: "must be a string" }];
  if (LONE_HALF.test(value)) return [{ path: [field], reason: LONE_SURROGATE }];
  if (field === "password" && value === "") {
    return [{ path: [field], reason: "is empty, which Airflow reads as no password; leave it out or use null" }];
  }
  return [];
}

function validatePort(port: unknown): InputProblem[] {
  if (port === undefined || port === null) return [];
  if (typeof port === "number" && Number.isInteger(port) && -MAX_PORT - 1 <= port && port <= MAX_PORT) return [];
  return [{ path: ["port"], reason: `must be a whole number of at most ${MAX_PORT}` }];
}

function validateExtra(extra: unknown): InputProblem[] {
  if (extra === undefined || extra === null) return [];
  if (!isPlainObject(extra)) return [{ path: ["extra"], reason: "must be a JSON object" }];
  return validateJson(extra, ["extra"]);
}

/** What JSON could not carry, or Airflow not encode, in a value; paths begin with the given one. */
export function validateJson(value: unknown, path: Path): InputProblem[] {
  const problems: InputProblem[] = [];
  collectJsonProblems(value, path, problems);
  return problems;
}

function collectJsonProblems(value: unknown, path: Path, problems: InputProblem[]): void {
  // Also what ends the walk of a structure that contains itself.
  if (problems.length >= MAX_PROBLEMS) return;
  const reason = scalarProblem(value);
  if (reason) problems.push({ path, reason });
  if (typeof value !== "object" || value === null || reason) return;
  if (path.length > MAX_DEPTH) {
    problems.push({ path: path.slice(0, 3), reason: `is nested more than ${MAX_DEPTH} levels deep` });
    return;
  }
  // Array.from also visits holes, which JSON would turn into null.
  const members: [string | number, unknown][] = Array.isArray(value)
    ? Array.from(value, (member: unknown, index) => [index, member])
    : Object.entries(value);
  for (const [key, member] of members) {
    if (LONE_HALF.test(String(key))) problems.push({ path, reason: `has a key that ${LONE_SURROGATE}` });
    else collectJsonProblems(member, [...path, key], problems);
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
