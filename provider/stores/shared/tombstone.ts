import type { Clock } from "../../clock";
import { StaleVersionError, StoreUnavailableError } from "../../errors";

/** Waiting times around an unfinished deletion, in milliseconds; tests shorten them. */
export interface TombstoneTiming {
  /** How long everybody leaves somebody else's tombstone alone. */
  deleterPatienceMs: number;
  /** Between two looks. */
  pauseMs: number;
  /** How often a deleter tries the removal. */
  tries: number;
  clock: Clock;
}

/** A monotonic clock stands still while a laptop sleeps; the patience of others does not. */
const wallClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** What every store uses outside of tests. */
export const defaultTombstoneTiming: TombstoneTiming = {
  deleterPatienceMs: 5_000,
  pauseMs: 100,
  tries: 5,
  clock: wallClock,
};

/** Until when an unconditional removal may be under way. */
export interface Deadline {
  /** Milliseconds; 0 or less when it is over. */
  remainingMs(): number;
}

/** What is at one key. `mark` is a document's version, or what tells one tombstone from all others. */
export type Found<S> = { is: "absent" } | { is: "document" | "tombstone"; mark: string; state: S };

/** One key of a backend whose removal has no condition. */
export interface DeletionSteps<S> {
  /** @throws for what is not ours, or damaged. */
  look(): Promise<Found<S>>;
  /**
   * Replaces what was seen by a new tombstone, by compare-and-set.
   *
   * @returns the tombstone's mark.
   * @throws StaleVersionError if something else is there by now.
   */
  bury(seen: S): Promise<string>;
  /** Removes whatever is there, in one request that is neither sent nor waited for past the deadline. */
  destroy(mark: string, within: Deadline): Promise<void>;
  /** The document at this key has another version than expected. */
  stale(): StaleVersionError;
}

/**
 * Deletes one document in a store whose own removal has no condition.
 *
 * The tombstone is the compare-and-set: readers take it for absence. The removal after it could take a document along
 * that somebody wrote over the tombstone meanwhile, so two rules keep them apart in time:
 *
 * - everybody leaves a tombstone alone for `deleterPatienceMs` from when they first saw it (`Patience`);
 * - its writer removes only until half of that is over, counted from before the tombstone was written. Later it first
 *   writes a new tombstone, by compare-and-set, for which both rules begin anew.
 *
 * The other half is for a request on its way. Whoever finishes somebody else's tombstone makes it their own first.
 *
 * @param expected - version of the document; one that is gone already is a success.
 * @throws StaleVersionError if the document has another version.
 */
export async function deleteWithTombstone<S>(
  expected: string,
  steps: DeletionSteps<S>,
  timing: TombstoneTiming,
): Promise<void> {
  const { clock, pauseMs, tries } = timing;
  const patience = new Patience(timing);
  let ours: { mark: string; until: Deadline } | undefined;
  let failed = 0;
  for (let found = await steps.look(); found.is !== "absent"; found = await steps.look()) {
    // Somebody wrote over our tombstone: what was to be deleted is gone.
    if (ours !== undefined && found.mark !== ours.mark) return;
    if (found.is === "document" && found.mark !== expected) throw steps.stale();
    if (found.is === "tombstone" && ours === undefined && !patience.isOver(found.mark)) {
      await clock.sleep(pauseMs);
      continue;
    }
    if (ours === undefined || ours.until.remainingMs() <= 0) {
      const until = deadline(clock, timing.deleterPatienceMs / 2);
      const mark = await steps.bury(found.state).catch((error: unknown) => {
        if (found.is === "tombstone" && error instanceof StaleVersionError) return undefined;
        throw error;
      });
      if (mark === undefined) continue;
      ours = { mark, until };
    }
    if (ours.until.remainingMs() > 0) {
      const failure = await failureOf(steps.destroy(ours.mark, ours.until));
      if (failure === undefined) return;
      if (!mayPass(failure.error) || failed + 1 >= tries) throw failure.error;
    }
    // A process that is stalled time and again leaves the rest to whoever writes this key next: it reads as absent.
    if (++failed >= tries) return;
    await clock.sleep(pauseMs * failed);
  }
}

/** How long one caller leaves tombstones alone that it meets at one key. */
export class Patience {
  #mark: string | undefined;
  #until = 0;

  constructor(private readonly timing: Pick<TombstoneTiming, "deleterPatienceMs" | "clock">) {}

  /** @param mark - of the tombstone that is there now; another one than before gets the whole time. */
  isOver(mark: string): boolean {
    const now = this.timing.clock.now();
    if (mark !== this.#mark) {
      this.#mark = mark;
      this.#until = now + this.timing.deleterPatienceMs;
    }
    return now >= this.#until;
  }
}

/** True when a failed call may have taken effect all the same. */
export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof StoreUnavailableError && ["timeout", "unreachable", "failed"].includes(error.reason);
}

function mayPass(error: unknown): boolean {
  return isOutcomeUnknown(error) || (error instanceof StoreUnavailableError && error.reason === "throttled");
}

function deadline(clock: Clock, ms: number): Deadline {
  const until = clock.now() + ms;
  return { remainingMs: () => until - clock.now() };
}

async function failureOf(attempt: Promise<void>): Promise<{ error: unknown } | undefined> {
  return attempt.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
}
