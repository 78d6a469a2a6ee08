import { posix } from "node:path";
import { filesSide, type AirflowSide, type AirflowSideOptions } from "../airflow-side";

/** Names in the folder, when a program gives none. */
export const DEFAULT_NAMES = { connections: "connections.json", variables: "variables.json" };

/** Airflow on this machine, as the user whose the files are. */
export function directorySide(
  target: { path?: string; fileName?: string; variablesFileName?: string },
  { variables }: AirflowSideOptions,
): AirflowSide {
  const { path = ".", fileName = DEFAULT_NAMES.connections, variablesFileName = DEFAULT_NAMES.variables } = target;
  return filesSide(posix.join(path, fileName), variables ? posix.join(path, variablesFileName) : undefined);
}
