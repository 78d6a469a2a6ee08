/** Runs a read so that each caller gets one that began after its call, and callers that wait together share it. */
export class SharedRead<T> {
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(private readonly read: () => Promise<T>) {}

  run(): Promise<T> {
    return (this.#next ??= this.#begin());
  }

  async #begin(): Promise<T> {
    // Without one under way too: callers of the same turn share it.
    await Promise.allSettled([this.#running]);
    this.#next = undefined;
    const running = this.read().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
