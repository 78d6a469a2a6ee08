import { classifyKubernetesError, isKind } from "./errors";
import type { KubernetesRetryOptions } from "./retries";

/** One conditional write: a create, or an update of a certain version. */
export interface ConditionalWrite<T> {
  /** Sends it, with retries; `onRetry` must be told of each failed attempt. */
  send: (onRetry: NonNullable<KubernetesRetryOptions["onRetry"]>) => Promise<T>;
  /** The object as it is now; undefined when it is not there. */
  readBack: () => Promise<T | undefined>;
  /** Whether an object is what this very write has made. */
  isMade: (found: T) => boolean;
}

/** What became of it: the object, or the client's error that says that the condition did not hold. */
export type Written<T> = { object: T } | { refused: unknown };

/**
 * Sends a conditional write and finds out what became of it when a reply was lost: an attempt may have taken effect
 * although it failed, and then the next one is refused.
 *
 * A write that took effect and was overwritten by somebody else since counts as refused, which makes the caller read.
 *
 * @throws the client's own error, see `isKind`.
 */
export async function writeConditionally<T>({ send, readBack, isMade }: ConditionalWrite<T>): Promise<Written<T>> {
  let replyLost = false;
  try {
    return { object: await send((failure) => (replyLost ||= failure.mayHaveCommitted)) };
  } catch (error) {
    const isRefused = isKind(error, "conflict", "exists", "not-found");
    if (isRefused ? replyLost : classifyKubernetesError(error).mayHaveCommitted) {
      const found = await readBack().catch((readError: unknown) => {
        throw isRefused ? readError : error;
      });
      if (found !== undefined && isMade(found)) return { object: found };
    }
    if (isRefused) return { refused: error };
    throw error;
  }
}
