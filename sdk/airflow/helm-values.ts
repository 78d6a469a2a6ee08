import type { AirflowSide } from "../../provider/targets/airflow-side";
import { configKwargs } from "./environment";
import { volumeOf, type SecretVolume, type VolumeMount } from "./pod";

/** Values of the official Helm chart, 1.22 or newer: they reach every component, and the pods of KubernetesExecutor. */
export interface HelmValues {
  config: { secrets: { backend: string; backend_kwargs: string } };
  volumes?: SecretVolume[];
  volumeMounts?: VolumeMount[];
}

/** The chart's values that make its Airflow read the target. Pure. */
export function chartValues(side: AirflowSide): HelmValues {
  const { backend, mount } = side;
  const mounted = mount && volumeOf(mount);
  return {
    ...(mounted && { volumes: [mounted.volume], volumeMounts: [mounted.volumeMount] }),
    config: { secrets: { backend, backend_kwargs: configKwargs(side) } },
  };
}
