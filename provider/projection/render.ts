import type { Rendered } from "../airflow/file";
import type { DeploymentDocument, SharedDocument } from "../environment/documents";
import { InputError } from "../errors";
import type { ObjectKinds } from "../objects/kind";
import { limitsOf } from "../targets/limits";
import type { Target } from "../targets/target";
import { planDeployment, planProblemText } from "./plan";

/**
 * What a Deployment's target should hold. Pure.
 *
 * @param target - as it was opened.
 * @throws ConflictError for two objects of one kind and id; InputError for what Airflow would refuse, or too much of it.
 */
export function renderDeployment(
  kinds: ObjectKinds,
  { name, target: spec }: DeploymentDocument,
  documents: readonly SharedDocument[],
  target: Pick<Target, "maxBytes">,
): Rendered {
  const { files, problems } = planDeployment(kinds, name, documents, { ...limitsOf(spec), maxBytes: target.maxBytes });
  if (files) return files;
  throw new InputError(`Deployment "${name}": ${problems.map(planProblemText).join("; ")}`);
}
