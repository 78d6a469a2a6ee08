import type { StoreCapabilities } from "../store";

/**
 * What the embedded store can do. The limit is ours: the same as a Kubernetes Secret's, so that a Workspace can move
 * there. One key opens documents and metadata alike, hence no separate metadata.
 */
export const localCapabilities: StoreCapabilities = {
  maxBytes: 1_048_576,
  separateMetadata: false,
  history: false,
  listing: "native",
};
