import { systemClock, type Clock } from "../clock";

/** Bounds of the wait for further operations, in ms: enough for the engine to start its next ones, never noticeable alone. */
const MIN_QUIET_MS = 20;
const MAX_QUIET_MS = 250;
const MAX_WAIT_MS = 1_000;

/**
 * Decides when a projection should start so that it covers as many operations as the engine will send at once.
 *
 * The engine runs a bounded number of operations side by side and only starts another when one returns. So a
 * projection that waits until every slot is waiting for it serves them all with one write. How many slots there are
 * is learned from the most operations ever seen at once; that more operations are to come is known from `check`,
 * which the engine calls for every resource before it creates or updates it.
 */
export class Gathering {
  readonly #announced = new Set<string>();
  readonly #running = new Set<string>();
  #inFlight = 0;
  #waiting = 0;
  #peak = 0;
  #lastArrival = 0;
  #arrivalGapMs = MIN_QUIET_MS;

  constructor(private readonly clock: Clock = systemClock) {}

  /** A resource was checked: an operation on it may follow. */
  announce(operation: string): void {
    this.#announced.add(operation);
  }

  /** No operation will follow (diff found no change). */
  retract(operation: string): void {
    this.#announced.delete(operation);
  }

  /** Whether an operation was announced or is running. */
  isExpected(operation: string): boolean {
    return this.#announced.has(operation) || this.#running.has(operation);
  }

  /** Runs one operation; `wait` inside it marks the time spent waiting for projections. */
  async during<T>(operation: string, run: () => Promise<T>): Promise<T> {
    this.#announced.delete(operation);
    const now = this.clock.now();
    if (this.#inFlight > 0 || now - this.#lastArrival < MAX_QUIET_MS)
      this.#arrivalGapMs = 0.7 * this.#arrivalGapMs + 0.3 * Math.min(MAX_QUIET_MS, now - this.#lastArrival);
    this.#lastArrival = now;
    this.#running.add(operation);
    this.#inFlight++;
    this.#peak = Math.max(this.#peak, this.#inFlight);
    try {
      return await run();
    } finally {
      this.#inFlight--;
      this.#running.delete(operation);
    }
  }

  /** Counts an operation as waiting for projections until `until` settles. */
  async waiting<T>(until: Promise<T>): Promise<T> {
    this.#waiting++;
    try {
      return await until;
    } finally {
      this.#waiting--;
    }
  }

  /** Resolves when no further operation is expected soon. */
  async settled(): Promise<void> {
    const startedAt = this.clock.now();
    while (this.#moreToCome()) {
      const now = this.clock.now();
      const quietMs = Math.min(MAX_QUIET_MS, Math.max(MIN_QUIET_MS, 4 * this.#arrivalGapMs));
      const remaining = Math.min(this.#lastArrival + quietMs - now, startedAt + MAX_WAIT_MS - now);
      if (remaining <= 0) return;
      await this.clock.sleep(Math.min(remaining, 5));
    }
  }

  #moreToCome(): boolean {
    // An operation that is still writing its document reaches the projections in a moment.
    if (this.#waiting < this.#inFlight) return true;
    return this.#announced.size > 0 && this.#inFlight < this.#peak;
  }
}
