import type { StoreCapabilities } from "../store";

/** Name of this store in messages. */
export const GOOGLE_KIND = "google-secret-manager";

/** Most bytes of one version's payload. @see https://docs.cloud.google.com/secret-manager/quotas */
export const MAX_PAYLOAD_BYTES = 65_536;
/** Room for what stands before a document's text: its key, its id and its ancestors. */
export const MAX_HEADER_BYTES = 1_024;

/** What Google Secret Manager can do, with the log of versions that this store keeps there. */
export const googleCapabilities: StoreCapabilities = {
  maxBytes: MAX_PAYLOAD_BYTES - MAX_HEADER_BYTES,
  separateMetadata: true,
  history: true,
  listing: "index",
};
