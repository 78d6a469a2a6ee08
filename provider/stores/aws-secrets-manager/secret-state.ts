import type { DescribeSecretResponse } from "@aws-sdk/client-secrets-manager";

import { MANAGED_BY } from "../shared/entries";
import { MANAGED_TAG } from "./tags";

/** What DescribeSecret says of one secret, without its value. */
export interface SecretState {
  /** Scheduled for deletion. */
  deleted: boolean;
  managed: boolean;
  /** Version under AWSCURRENT; undefined when the secret has no value. */
  current: string | undefined;
  previous: string | undefined;
  tags: Record<string, string>;
}

/** Reads AWS's description of a secret. */
export function toState(secret: DescribeSecretResponse): SecretState {
  const holder = (label: string): string | undefined =>
    Object.entries(secret.VersionIdsToStages ?? {}).find(([, labels]) => labels.includes(label))?.[0];
  const tags = Object.fromEntries((secret.Tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""]));
  return {
    deleted: secret.DeletedDate !== undefined,
    managed: tags[MANAGED_TAG] === MANAGED_BY,
    current: holder("AWSCURRENT"),
    previous: holder("AWSPREVIOUS"),
    tags,
  };
}
