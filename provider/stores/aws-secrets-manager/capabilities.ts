import type { StoreCapabilities } from "../store";

/** Name of this store in messages. */
export const AWS_KIND = "aws-secrets-manager";

/**
 * What AWS Secrets Manager can do.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
export const awsCapabilities: StoreCapabilities = {
  maxBytes: 65_536,
  separateMetadata: true,
  history: true,
  listing: "index",
};
