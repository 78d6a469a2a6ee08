import { validateVariable } from "../../provider/airflow/rules";
import { problemText } from "../../provider/errors";
import { exactJsonText } from "./exact-json";
import type { Imported, ImportedVariable } from "./imported";

/**
 * Adds a Variable.
 *
 * @param value - a text as it is, anything else becomes JSON text, as `airflow variables import` does; undefined when the
 * source does not give it.
 */
export function addVariable(into: Imported, key: string, value: unknown, description?: unknown): void {
  const text = value === undefined || typeof value === "string" ? value : exactJsonText(value);
  const problems = validateVariable(key, text);
  for (const problem of problems)
    into.losses.push({ kind: "variable", id: key, reason: `${problemText(problem)}; left out` });
  if (problems.length > 0) return;
  const variable: ImportedVariable = { id: key, value: text };
  if (typeof description === "string" && description !== "") variable.description = description;
  into.variables.push(variable);
}

/** `{ value, description }`, as Airflow 3 exports a Variable with a description, or the value itself. */
export function addVariableRecord(into: Imported, key: string, record: unknown): void {
  if (typeof record === "object" && record !== null && Object.hasOwn(record, "value")) {
    const { value, description } = record as { value: unknown; description?: unknown };
    addVariable(into, key, value, description);
  } else addVariable(into, key, record);
}
