// @ts-check

/**
 * Makes callers of one process share one run of the work; a failed run may be tried again.
 *
 * @template A, T
 * @param {(argument: A) => string} keyOf
 * @param {(argument: A) => Promise<T>} work
 * @returns {(argument: A) => Promise<T>}
 */
export function oncePer(keyOf, work) {
  /** @type {Map<string, Promise<T>>} */
  const runs = new Map();
  return (argument) => {
    const key = keyOf(argument);
    let run = runs.get(key);
    if (!run) {
      run = work(argument);
      runs.set(key, run);
      run.catch(() => runs.delete(key));
    }
    return run;
  };
}
