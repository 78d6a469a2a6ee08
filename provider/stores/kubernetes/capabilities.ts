import type { StoreCapabilities } from "../store";

/**
 * What Kubernetes as a store can do.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size
 */
export const kubernetesCapabilities: StoreCapabilities = {
  maxBytes: 1_048_576,
  separateMetadata: true,
  history: false,
  listing: "native",
};
