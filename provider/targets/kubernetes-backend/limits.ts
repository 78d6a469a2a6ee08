import type { InputProblem } from "../../errors";
import type { TargetLimits } from "../target";
import { namespaceText } from "../../kubernetes/options";
import { REQUIRED_PACKAGE } from "./airflow-side";
import { entryProblems } from "./entries";

const REMEDY = "or use the kubernetes target";

/** What is true of every `kubernetesBackend` target. */
export const kubernetesBackendLimits: TargetLimits = {
  maxBytes: Infinity,
  oneFile: false,
  requiredPackage: REQUIRED_PACKAGE,
  placeOf: namespaceText,
  paths: [],
  problemsOf: (file, id, entry) => entryProblems(file, id, entry).map(withRemedy),
};

function withRemedy(problem: InputProblem): InputProblem {
  return { ...problem, reason: `${problem.reason}, ${REMEDY}` };
}
