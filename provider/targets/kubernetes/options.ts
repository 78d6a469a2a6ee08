import { z } from "zod";
import { clusterOptions, dnsSubdomain } from "../../kubernetes/options";
import { DEFAULT_SECRET_NAME } from "./airflow-side";

/** Options of the `kubernetes` target: one Secret that Airflow's pods mount. */
export const kubernetesOptions = z.strictObject({
  ...clusterOptions,
  /** Name of the Secret. */
  secretName: dnsSubdomain.default(DEFAULT_SECRET_NAME),
});

/** As written in a program. */
export type KubernetesInput = z.input<typeof kubernetesOptions>;
/** With defaults filled in. */
export type KubernetesOptions = z.output<typeof kubernetesOptions>;
