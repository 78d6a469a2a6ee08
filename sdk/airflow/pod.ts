import type { AirflowSide, SecretMount } from "../../provider/targets/airflow-side";
import { environmentOf } from "./environment";

/** A volume of a pod, as Kubernetes writes it. */
export interface SecretVolume {
  name: string;
  secret: { secretName: string; defaultMode: number };
}

/** Where a container sees it. */
export interface VolumeMount {
  name: string;
  mountPath: string;
  readOnly: true;
}

interface Container {
  name?: string;
  env?: unknown[];
  volumeMounts?: unknown[];
}

/** The parts of a pod's `spec` that are looked at; the rest is kept. */
export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  volumes?: unknown[];
}

const VOLUME = "airflow-connections";

/** Volume and mount of a Secret. Pure. */
export function volumeOf({ secretName, path, mode }: SecretMount): { volume: SecretVolume; volumeMount: VolumeMount } {
  return {
    volume: { name: VOLUME, secret: { secretName, defaultMode: mode } },
    volumeMount: { name: VOLUME, mountPath: path, readOnly: true },
  };
}

/** The pod's `spec` with volume, mounts and settings added to every container. Pure. */
export function patchedPod<Spec extends PodSpec>(side: AirflowSide, spec: Spec): Spec {
  const mounted = side.mount && volumeOf(side.mount);
  const env = Object.entries(environmentOf(side)).map(([name, value]) => ({ name, value }));
  const patched = (container: Container): Container => ({
    ...container,
    env: [...(container.env ?? []), ...env],
    ...(mounted && { volumeMounts: [...(container.volumeMounts ?? []), mounted.volumeMount] }),
  });
  return {
    ...spec,
    containers: spec.containers.map(patched),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(patched) }),
    ...(mounted && { volumes: [...(spec.volumes ?? []), mounted.volume] }),
  };
}
