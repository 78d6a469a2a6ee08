import type { Clock } from "../clock";
import { StaleVersionError } from "../errors";

/** A conflict storm ends when each writer has had its turn; beyond this something else keeps writing. */
const MAX_ATTEMPTS = 50;

/**
 * Repeats what loses a compare-and-set, after a random wait of at most 500 ms.
 *
 * @param attempt - reads anew each time.
 * @throws StaleVersionError when all of `MAX_ATTEMPTS` attempts lose; any other error at once.
 */
export async function startingOver<T>(clock: Clock, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StaleVersionError) || count >= MAX_ATTEMPTS) throw error;
      await clock.sleep(Math.random() * Math.min(500, 20 * count));
    }
  }
}
