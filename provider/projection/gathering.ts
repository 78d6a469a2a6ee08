import { availableParallelism } from "node:os";
import { systemClock, type Clock } from "../clock";

/** How many operations Pulumi runs side by side unless `--parallel` says otherwise: four per core. */
const USUAL_SLOTS = 4 * availableParallelism();

/** Writes of the engine's state that a wait for the next operation lasts: some are slower than others. */
const PATIENCE_WRITES = 4;
/** That wait while nothing is known of the engine, and its bounds, in ms. */
const FIRST_PATIENCE_MS = 1_000;
const MIN_PATIENCE_MS = 200;
const MAX_PATIENCE_MS = 5_000;
/** The lower bound while the usual number of slots is full: most likely nothing more comes. */
const MIN_PATIENCE_WHEN_USUAL_MS = 40;
/** Longest wait of all, in ms. */
const MAX_WAIT_MS = 10_000;
const POLL_MS = 5;

/**
 * Decides when a projection should start so that it covers as many operations as the engine will send at once.
 *
 * The engine runs a bounded number of operations side by side and only starts another when one returns. So a
 * projection that waits until every slot is waiting for it serves them all with one write. That more operations are to
 * come is known from `check`, which the engine calls for every resource before it creates or updates it. How fast they
 * come is seen: the engine writes its state before each operation and after it, one write at a time, which takes from
 * milliseconds on a disk to a second on a remote backend. How many slots there are is learned when announced operations
 * twice stay away at the same number, once at the usual one.
 */
export class Gathering {
  readonly #announced = new Set<string>();
  readonly #running = new Set<string>();
  #inFlight = 0;
  #waiting = 0;
  #slots = Infinity;
  /** The last wait that ended without another arrival. */
  #fruitless = { inFlight: 0, lastArrival: -Infinity };
  #lastArrival = -Infinity;
  #lastEnd = -Infinity;
  /** Operations that ended since the last arrival: the engine writes its state for them first. */
  #ended = 0;
  #stateMs: number | undefined;
  #settling: Promise<void> | undefined;

  constructor(
    private readonly clock: Clock = systemClock,
    private readonly usualSlots = USUAL_SLOTS,
  ) {}

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

  /** Runs one operation; `waiting` inside it marks the time spent waiting for projections. */
  async during<T>(operation: string, run: () => Promise<T>): Promise<T> {
    this.#announced.delete(operation);
    this.#arrive();
    this.#running.add(operation);
    if (++this.#inFlight > this.#slots) this.#slots = Infinity;
    try {
      return await run();
    } finally {
      this.#inFlight--;
      this.#ended++;
      this.#lastEnd = this.clock.now();
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
    const startedAt = this.clock.now();
    while (this.#isMoreToCome()) {
      const now = this.clock.now();
      const remaining = Math.min(this.#lastEvent + this.#patienceMs(), startedAt + MAX_WAIT_MS) - now;
      if (remaining <= 0) {
        this.#learnSlots();
        return;
      }
      await this.clock.sleep(Math.min(remaining, POLL_MS));
    }
  }

  #isMoreToCome(): boolean {
    // An operation that is still writing its document reaches the projections in a moment.
    if (this.#waiting < this.#inFlight) return true;
    return this.#announced.size > 0 && this.#inFlight < this.#slots;
  }

  get #lastEvent(): number {
    return Math.max(this.#lastArrival, this.#lastEnd);
  }

  #patienceMs(): number {
    if (this.#stateMs === undefined) return FIRST_PATIENCE_MS;
    const writes = PATIENCE_WRITES + this.#ended;
    const least = this.#inFlight === this.usualSlots ? MIN_PATIENCE_WHEN_USUAL_MS : MIN_PATIENCE_MS;
    return Math.min(MAX_PATIENCE_MS, Math.max(least, writes * this.#stateMs));
  }

  #learnSlots(): void {
    const [inFlight, lastArrival] = [this.#inFlight, this.#lastArrival];
    if (this.#waiting < inFlight || lastArrival === this.#fruitless.lastArrival) return;
    if (inFlight === this.#fruitless.inFlight || inFlight === this.usualSlots) this.#slots = inFlight;
    this.#fruitless = { inFlight, lastArrival };
  }

  /** Follows a slower engine faster than a quicker one: waiting too short costs a write, waiting too long little. */
  #arrive(): void {
    const now = this.clock.now();
    const sample = (now - this.#lastEvent) / (this.#ended + 1);
    this.#ended = 0;
    this.#lastArrival = now;
    if (sample > MAX_PATIENCE_MS) return;
    const before = this.#stateMs ?? sample;
    this.#stateMs = before + (sample > before ? 0.5 : 0.1) * (sample - before);
  }
}
