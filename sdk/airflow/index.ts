import * as pulumi from "@pulumi/pulumi";
import type { AirflowSide, AirflowSideOptions } from "../../provider/targets/airflow-side";
import { airflowSide } from "../../provider/targets/airflow-sides";
import type { Deployment } from "../deployment";
import { ProgramError } from "../program-error";
import { environmentOf, type AirflowEnvironment } from "./environment";
import { chartValues, type HelmValues } from "./helm-values";
import { patchedPod, type PodSpec } from "./pod";

export type { AirflowSideOptions } from "../../provider/targets/airflow-side";
export type { AirflowEnvironment } from "./environment";
export type { HelmValues } from "./helm-values";
export type { PodSpec, SecretVolume, VolumeMount } from "./pod";

/**
 * Values of the official Helm chart for a Deployment's Airflow: volume, mounts and secrets backend, to be merged with your
 * own. They become known when the target is written, so a chart that takes them waits for the Secret that its pods mount.
 *
 * @param options - `variables: true` where the Deployment gets Variables; `mountPath`, `/opt/airflow/connections` by default.
 */
export function helmValues(deployment: Deployment, options?: AirflowSideOptions): pulumi.Output<HelmValues> {
  return sideOf(deployment, options).apply(chartValues);
}

/** The `spec` of a pod that runs Airflow, with volume, mounts and environment added to every container. */
export function podSpec<Spec extends PodSpec>(
  deployment: Deployment,
  spec: pulumi.Input<Spec>,
  options?: AirflowSideOptions,
): pulumi.Output<Spec> {
  const side = sideOf(deployment, options);
  // Pulumi's type of an unwrapped Spec is not known to be one.
  return side.apply((of) => pulumi.output(spec).apply((given) => patchedPod(of, given as Spec)));
}

/** Environment variables for anything else that runs Airflow. */
export function airflowEnvironment(
  deployment: Deployment,
  options?: AirflowSideOptions,
): pulumi.Output<AirflowEnvironment> {
  return sideOf(deployment, options).apply(environmentOf);
}

function sideOf(deployment: Deployment, options: AirflowSideOptions | undefined): pulumi.Output<AirflowSide> {
  if (!isDeployment(deployment))
    throw new ProgramError(
      "Airflow's settings are those of a Deployment of this program; pass the Deployment itself first",
    );
  return deployment.target.apply((target) => {
    const side = airflowSide(target, options);
    if (!side) throw new Error(`no settings of Airflow are known for the target ${Object.keys(target).join(", ")}`);
    return side;
  });
}

/** Without types it may be a name, or nothing. */
function isDeployment(given: unknown): boolean {
  return typeof given === "object" && given !== null && "target" in given && pulumi.Output.isInstance(given.target);
}
