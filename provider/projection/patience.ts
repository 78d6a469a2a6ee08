import type { Clock } from "../clock";
import { TargetUnavailableError } from "../errors";
import type { Target } from "../targets/target";

/** How long checks wait, all together, for a cluster or disk that answers none of them, in ms. */
const PATIENCE_MS = 10_000;
/** Longest time until a timer that nobody waits for any more is gone, in ms. */
const POLL_MS = 100;

/**
 * Bounds how long checks wait for what does not answer. The engine checks one resource after the other: a check that
 * waits keeps all that come later from their turn, those included that concern other clusters.
 */
export class Patience {
  /** By cluster or disk that has not answered yet: since when checks have been waiting for it. */
  readonly #since = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /**
   * Waits for an answer of a target.
   *
   * @throws TargetUnavailableError when patience has ended; the call itself goes on.
   */
  async until<T>({ group, address }: Pick<Target, "group" | "address">, answer: Promise<T>): Promise<T> {
    const since = this.#since.get(group) ?? this.clock.now();
    this.#since.set(group, since);
    const settled = answer.then(
      () => true,
      () => true,
    );
    do {
      if (await Promise.race([settled, this.clock.sleep(POLL_MS).then(() => false)])) {
        this.#since.delete(group);
        return answer;
      }
    } while (this.clock.now() - since < PATIENCE_MS);
    throw new TargetUnavailableError(
      "timeout",
      `${address}: no answer within ${PATIENCE_MS / 1000} s; check the network, then try again`,
    );
  }
}
