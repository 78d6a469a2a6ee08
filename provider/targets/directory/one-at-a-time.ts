/** Writers of one file in this process, in turn: they would only make each other start over. */
const queues = new Map<string, Promise<unknown>>();

/** Runs an operation once all earlier ones on the same file have ended, however they ended. */
export async function oneAtATime<T>(file: string, operation: () => Promise<T>): Promise<T> {
  const before = queues.get(file) ?? Promise.resolve();
  const mine = before.then(operation, operation);
  queues.set(file, mine);
  try {
    return await mine;
  } finally {
    if (queues.get(file) === mine) queues.delete(file);
  }
}
