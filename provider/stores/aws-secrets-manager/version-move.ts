import { StoreUnavailableError } from "../../errors";
import { isOutcomeUnknown, type TombstoneTiming } from "../shared/tombstone";
import { gone, stale } from "./conflicts";
import { labelOf } from "./failures";
import type { SecretCalls } from "./secret-calls";

/** How often a call is made that AWS refuses for a reason that passes. */
export const TRIES = 8;

/**
 * Replaces the value of a secret by compare-and-set: puts the new one under our staging label and moves AWSCURRENT to
 * it from `expected`.
 *
 * @param token - id of the new version.
 * @throws StaleVersionError if another version is current by now, or the secret is gone.
 */
export async function moveVersion(
  calls: SecretCalls,
  timing: TombstoneTiming,
  name: string,
  value: string,
  expected: string,
  token: string,
): Promise<void> {
  await calls.stage(name, value, token);
  for (let attempt = 1; ; attempt++) {
    const refused = await calls.moveCurrent(name, expected, token);
    if (refused === undefined) return;
    const state = await calls.readBack(name, refused);
    // AWSPREVIOUS on ours: we were current, and the next writer was quicker than our look.
    if (state?.current === token || state?.previous === token) return;
    if (state === undefined || state.deleted) throw gone(name);
    if (state.current !== expected) throw stale(name);
    // Nobody else moved it: AWS does not see our version yet, or the call itself failed.
    if (attempt >= TRIES || isOutcomeUnknown(refused)) throw moveFailure(name, refused);
    await pauseAfter(attempt, timing);
  }
}

/** Waits before the next try, longer after each; half of it is random. */
export function pauseAfter(
  attempt: number,
  { clock, pauseMs }: Pick<TombstoneTiming, "clock" | "pauseMs">,
): Promise<void> {
  return clock.sleep(pauseMs * 2 ** Math.min(attempt, 4) * (0.5 + Math.random()));
}

function moveFailure(name: string, refused: Error): Error {
  return refused instanceof StoreUnavailableError
    ? refused
    : new StoreUnavailableError("failed", `${labelOf(name)}: AWS refused to make the new version current; try again`);
}
