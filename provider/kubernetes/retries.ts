import { setTimeout as sleep } from "node:timers/promises";
import { classifyKubernetesError, type ClassifiedKubernetesError } from "./errors";

/** Waits of a longer Retry-After than this are cut: the whole call must end within a minute or so. */
const MAX_RETRY_AFTER_MS = 10_000;

/** How often and how long to try again. */
export interface KubernetesRetryOptions {
  /** Further attempts after the first, default 4. */
  retries?: number;
  /** Wait before the second attempt, doubled (and jittered) for each further one; default 200. */
  minDelayMs?: number;
  /** Told of every failed attempt that is followed by another; a writer notes `mayHaveCommitted` here. */
  onRetry?: (failure: ClassifiedKubernetesError) => void;
}

/**
 * Calls the Kubernetes API and repeats what may pass: throttling (with the server's Retry-After), 5xx, resets, timeouts.
 *
 * Writes may be passed as they are, as long as they are compare-and-set: a repeated write whose first attempt did take
 * effect ends in a conflict. Note `mayHaveCommitted` in `onRetry` and read back then.
 *
 * @throws the last attempt's own error; see classifyKubernetesError.
 */
export async function withKubernetesRetries<T>(
  call: () => Promise<T>,
  { retries = 4, minDelayMs = 200, onRetry }: KubernetesRetryOptions = {},
): Promise<T> {
  const { default: pRetry } = await import("p-retry");
  return pRetry(() => call(), {
    retries,
    minTimeout: minDelayMs,
    maxTimeout: 5_000,
    randomize: true,
    async shouldRetry({ error, retriesLeft }) {
      const failure = classifyKubernetesError(error);
      if (!failure.retryable || retriesLeft === 0) return false;
      onRetry?.(failure);
      if (failure.retryAfterMs !== undefined) await sleep(Math.min(failure.retryAfterMs, MAX_RETRY_AFTER_MS));
      return true;
    },
  });
}
