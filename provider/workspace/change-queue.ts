import type { Document } from "../environment/documents";

/** A change of one document: returns the new document, undefined to delete it, or the argument to leave it. */
export type Change<D extends Document> = (current: D | undefined) => D | undefined;

/**
 * How a document was changed, or confirmed to be as wanted. `sequence` orders it among the changes of this process, those
 * included that found the document as wanted: whoever wrote it may have been interrupted before projecting it.
 */
export interface Committed {
  sequence: number;
  written: boolean;
}

/** A document before and after a change. */
export interface Changed<D extends Document> extends Committed {
  before: D | undefined;
  after: D | undefined;
}

/** A change that waits for its turn. */
interface PendingChange {
  /** May run again, on what others have written meanwhile; a change that throws leaves the document as it is. */
  apply: Change<Document>;
  settle: (committed: Committed) => void;
  fail: (error: unknown) => void;
}

/** Makes changes of one document that wait together one, so that they share a read and a write. */
export class ChangeQueue {
  readonly #queues = new Map<string, PendingChange[]>();

  /** @param commit - brings a change to the store; may call it several times. */
  constructor(private readonly commit: (key: string, change: Change<Document>) => Promise<Committed>) {}

  /**
   * Queues a change.
   *
   * @throws what the change throws, which concerns no other change; what `commit` throws, which concerns all that
   *   waited together.
   */
  add<D extends Document>(key: string, change: Change<D>): Promise<Changed<D>> {
    return new Promise((resolve, reject) => {
      const pending = pendingChange(change, resolve, reject);
      const queue = this.#queues.get(key);
      if (queue) {
        queue.push(pending);
        return;
      }
      const fresh = [pending];
      this.#queues.set(key, fresh);
      void this.#drain(key, fresh);
    });
  }

  async #drain(key: string, queue: PendingChange[]): Promise<void> {
    // Handlers started in the same turn join the first write.
    await Promise.resolve();
    while (queue.length > 0) {
      const batch = queue.splice(0);
      try {
        const committed = await this.commit(key, (current) =>
          batch.reduce<Document | undefined>((document, { apply }) => apply(document), current),
        );
        for (const { settle } of batch) settle(committed);
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
    }
    this.#queues.delete(key);
  }
}

function pendingChange<D extends Document>(
  change: Change<D>,
  resolve: (changed: Changed<D>) => void,
  reject: (error: unknown) => void,
): PendingChange {
  let outcome: Pick<Changed<D>, "before" | "after"> | { error: unknown };
  return {
    apply(current) {
      // Whoever changes a document knows by its key what it is.
      const before = current as D | undefined;
      try {
        const after = change(before);
        outcome = { before, after };
        return after;
      } catch (error) {
        outcome = { error };
        return before;
      }
    },
    settle(committed) {
      if ("error" in outcome) reject(outcome.error);
      else resolve({ ...outcome, ...committed });
    },
    fail: reject,
  };
}
