/** Time in ms; injected so that tests need not wait. */
export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Longer than anything waits, in ms. */
const PAST_ALL_WAITS_MS = 3_600_000;

/** A clock whose waits can be ended, as when the user does. */
export class EndableClock implements Clock {
  #aheadMs = 0;
  readonly #wakeners = new Set<() => void>();

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wakeners.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wakeners.add(wake);
    });
  }

  /** Wakes whoever sleeps, later than whatever they wait for. What begins to wait afterwards waits as ever. */
  endWaits(): void {
    this.#aheadMs += PAST_ALL_WAITS_MS;
    for (const wake of [...this.#wakeners]) wake();
  }
}
