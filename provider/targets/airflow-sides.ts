import type { AirflowSide, AirflowSideOptions } from "./airflow-side";
import { directorySide } from "./directory/airflow-side";
import { kubernetesBackendSide } from "./kubernetes-backend/airflow-side";
import { kubernetesSide } from "./kubernetes/airflow-side";

/**
 * How Airflow is set up to read a target. Pure, and light enough for a program.
 *
 * @param spec - for example `{ kubernetes: { namespace: "airflow" } }`; what has a default may be left out.
 * @returns undefined for a kind that is not known.
 */
export function airflowSide(
  spec: Partial<Record<string, object | undefined>>,
  options: AirflowSideOptions = {},
): AirflowSide | undefined {
  if (spec["kubernetes"]) return kubernetesSide(spec["kubernetes"], options);
  if (spec["kubernetesBackend"]) return kubernetesBackendSide(spec["kubernetesBackend"]);
  if (spec["directory"]) return directorySide(spec["directory"], options);
  return undefined;
}
