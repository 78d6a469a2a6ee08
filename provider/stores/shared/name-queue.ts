/** Runs work one at a time per name. */
export type Queue = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/**
 * Writers of one process wait for each other, so that all but the first see the new version before they put theirs: a
 * put that loses leaves a version behind that is paid for, or counted.
 */
export function nameQueue(): Queue {
  const tails = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const turn = (tails.get(name) ?? Promise.resolve()).then(work, work);
    const tail = turn.then(forget, forget);
    tails.set(name, tail);
    return turn;

    function forget(): void {
      if (tails.get(name) === tail) tails.delete(name);
    }
  };
}
