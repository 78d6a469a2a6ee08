import { posix } from "node:path";
import { filesSide, type AirflowSide, type AirflowSideOptions } from "../airflow-side";

/** Name of the Secret, when a program gives none. */
export const DEFAULT_SECRET_NAME = "airflow-connections";
/** Keys of the Secret, and so names of the mounted files. */
export const SECRET_KEYS = { connections: "connections.json", variables: "variables.json" };
const MOUNT_PATH = "/opt/airflow/connections";

/** Airflow in pods that mount the Secret. */
export function kubernetesSide(
  { secretName = DEFAULT_SECRET_NAME }: { secretName?: string },
  { mountPath = MOUNT_PATH, variables }: AirflowSideOptions,
): AirflowSide {
  const file = (name: string) => posix.join(mountPath, name);
  return {
    ...filesSide(file(SECRET_KEYS.connections), variables ? file(SECRET_KEYS.variables) : undefined),
    mount: { secretName, path: mountPath, mode: 0o440 },
  };
}
