import { posix } from "node:path";
import { filesSide } from "../../provider/targets/airflow-side";
import { environmentOf } from "../../sdk/airflow/environment";

/** Names of the files that a run makes. */
export const RUN_FILES = { connections: "connections.json", variables: "variables.json", env: "airflow.env" } as const;

/**
 * The variables that make Airflow read the files: for its servers, and for the tasks of Airflow 3, which have a section of
 * their own.
 *
 * @param folder - of the files, here.
 * @param seenAt - the same folder as the started command, or its containers, see it.
 */
export function airflowEnvironment(folder: string, seenAt = folder): Record<string, string> {
  const side = filesSide(posix.join(seenAt, RUN_FILES.connections), posix.join(seenAt, RUN_FILES.variables));
  const servers = environmentOf(side);
  return {
    ...servers,
    AIRFLOW__WORKERS__SECRETS_BACKEND: servers.AIRFLOW__SECRETS__BACKEND,
    AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS: servers.AIRFLOW__SECRETS__BACKEND_KWARGS,
    // For Compose: a volume, or env_file.
    AIRFLOW_ENV_FILES: folder,
    AIRFLOW_ENV_FILE: posix.join(folder, RUN_FILES.env),
  };
}
