import type { InputProblem } from "../errors";
import { isSamePath } from "../path";
import { describeReference, findReferences } from "./declaration/references";

/**
 * Problems of values that references lead to: only then is known that a variable is empty.
 *
 * @param declared - the fields with their references, so that a problem can name where its value comes from.
 */
export function resolvedProblems(declared: object, problems: InputProblem[]): InputProblem[] {
  const references = findReferences(declared);
  return problems.map((problem) => {
    const found = references.find(({ path }) => isSamePath(path, problem.path));
    if (!found) return problem;
    return { ...problem, reason: `${problem.reason} (its value is that of ${describeReference(found.reference)})` };
  });
}
