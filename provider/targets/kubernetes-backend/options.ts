import { z } from "zod";
import { clusterOptions } from "../../kubernetes/options";

/** Options of the `kubernetesBackend` target: one Secret per connection, for Airflow's KubernetesSecretsBackend. */
export const kubernetesBackendOptions = z.strictObject({
  ...clusterOptions,
  /** Start of the names of the Secrets; a second Deployment in the same namespace needs another one. */
  namePrefix: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/, "must have at most 50 of a-z, 0-9 and -, no - at either end")
    .default("airflow-connection"),
});

/** As written in a program. */
export type KubernetesBackendInput = z.input<typeof kubernetesBackendOptions>;
/** With defaults filled in. */
export type KubernetesBackendOptions = z.output<typeof kubernetesBackendOptions>;
