import type { AirflowSide } from "../../provider/targets/airflow-side";

/** Arguments of the backend as airflow.cfg holds them: ConfigParser reads % as the start of a reference. Pure. */
export function configKwargs({ kwargs }: AirflowSide): string {
  return JSON.stringify(kwargs).replaceAll("%", "%%");
}

/** Variables that Airflow reads its settings from. */
export type AirflowEnvironment = Record<"AIRFLOW__SECRETS__BACKEND" | "AIRFLOW__SECRETS__BACKEND_KWARGS", string>;

/** The settings as environment variables, for anything that runs Airflow. Pure. */
export function environmentOf({ backend, kwargs }: AirflowSide): AirflowEnvironment {
  return { AIRFLOW__SECRETS__BACKEND: backend, AIRFLOW__SECRETS__BACKEND_KWARGS: JSON.stringify(kwargs) };
}
