import { availableParallelism } from "node:os";
import { systemClock, type Clock } from "../clock";

/** How many operations Pulumi runs side by side unless `--parallel` says otherwise: four per core. */
const USUAL_SLOTS = 4 * availableParallelism();

/**
 * How long nothing must happen until announced operations are no longer waited for, in ms. The engine writes its state
 * between two operations, which takes from milliseconds on a disk to some tenths of a second on a remote backend; where
 * it takes longer, a projection for each operation costs requests but no time.
 */
const QUIET_MS = 500;
/** Longest wait of all, in ms. */
const MAX_WAIT_MS = 10_000;
const POLL_MS = 5;

/**
 * Decides when a projection should start so that it covers as many operations as the engine will send at once.
 *
 * The engine runs a bounded number of operations side by side and only starts another when one returns. So a
 * projection that waits until every slot is waiting for it serves them all with one write: it waits for operations that
 * are writing their documents, and for announced ones as long as slots are free. That more operations are to come is
 * known from `check`, which the engine calls for every resource before it creates or updates it. There are the usual
 * number of slots, more when more are seen, and fewer when announced operations stayed away for `QUIET_MS`.
 */
export class Gathering {
  readonly #announced = new Set<string>();
  readonly #running = new Set<string>();
  #inFlight = 0;
  #waiting = 0;
  #slots: number;
  /** Most operations that were seen at once. */
  #mostInFlight = 0;
  #lastEvent = -Infinity;
  #settling: Promise<void> | undefined;

  constructor(
    private readonly clock: Clock = systemClock,
    usualSlots = USUAL_SLOTS,
  ) {
    this.#slots = usualSlots;
  }

  /** A resource was checked: an operation on it may follow. */
  announce(operation: string): void {
    this.#announced.add(operation);
    this.#lastEvent = this.clock.now();
  }

  /** No operation will follow (diff found no change). */
  retract(operation: string): void {
    this.#announced.delete(operation);
  }

  /** Whether an operation was announced or is running. */
  isExpected(operation: string): boolean {
    return this.#announced.has(operation) || this.#running.has(operation);
  }

  /** Runs one operation; `waiting` inside it marks the time spent waiting for projections. */
  async during<T>(operation: string, run: () => Promise<T>): Promise<T> {
    this.#announced.delete(operation);
    this.#running.add(operation);
    this.#lastEvent = this.clock.now();
    if (++this.#inFlight > this.#slots) this.#slots = Infinity;
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#inFlight);
    try {
      return await run();
    } finally {
      this.#inFlight--;
      this.#lastEvent = this.clock.now();
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
  settled(): Promise<void> {
    this.#settling ??= this.#settle().finally(() => (this.#settling = undefined));
    return this.#settling;
  }

  async #settle(): Promise<void> {
    const end = this.clock.now() + MAX_WAIT_MS;
    while (this.#isMoreToCome() && this.clock.now() < end) await this.clock.sleep(POLL_MS);
  }

  #isMoreToCome(): boolean {
    // An operation that is still writing its document reaches the projections in a moment.
    if (this.#waiting < this.#inFlight) return true;
    if (this.#announced.size === 0 || this.#inFlight >= this.#slots) return false;
    if (this.clock.now() - this.#lastEvent < QUIET_MS) return true;
    // Whatever stayed away waits for a slot; as many as were seen at once there are.
    if (this.#inFlight > 0) this.#slots = Math.max(this.#inFlight, this.#mostInFlight);
    return false;
  }
}
