/** Runs what it is given, at most so many at once; the others wait their turn. */
export type ConcurrencyLimit = <T>(run: () => Promise<T>) => Promise<T>;

/** What came of many calls. */
export interface Settled<R> {
  /** In the order of the items; holes where a call failed or was not begun. */
  results: R[];
  /** In the order in which they came; empty when all went well. */
  failures: unknown[];
}

/** @param most - calls at once. */
export function concurrencyLimit(most: number): ConcurrencyLimit {
  let limit: Promise<ConcurrencyLimit> | undefined;
  return async (run) => {
    // An ES module, loaded on use.
    limit ??= import("p-limit").then(({ default: pLimit }) => pLimit(most));
    return (await limit)(run);
  };
}

/**
 * Calls for each item, side by side. After a failure no more calls begin, and those underway are waited for: nothing
 * is written any more once the failure is known.
 *
 * @param most - calls at once.
 */
export async function settleConcurrently<T, R>(
  items: Iterable<T>,
  most: number,
  call: (item: T) => Promise<R>,
): Promise<Settled<R>> {
  const settled: Settled<R> = { results: [], failures: [] };
  const limit = concurrencyLimit(most);
  const one = async (item: T, index: number): Promise<void> => {
    if (settled.failures.length > 0) return;
    try {
      settled.results[index] = await call(item);
    } catch (error) {
      settled.failures.push(error);
    }
  };
  await Promise.all([...items].map((item, index) => limit(() => one(item, index))));
  return settled;
}

/**
 * As `settleConcurrently`, for all or nothing.
 *
 * @returns the results in the order of the items.
 * @throws the first failure, once nothing is underway any more.
 */
export async function mapConcurrently<T, R>(
  items: Iterable<T>,
  most: number,
  call: (item: T) => Promise<R>,
): Promise<R[]> {
  const { results, failures } = await settleConcurrently(items, most, call);
  if (failures.length > 0) throw failures[0];
  return results;
}
