import { ProviderError } from "../../errors";
import type { StoredRecord } from "./digest";
import type { OpenFile } from "./file";
import { transaction } from "./sqlite";

interface Waiting {
  /** Changes the file, inside a transaction; gives what to do once that is durable. */
  write: (file: OpenFile | undefined) => () => void;
  fail: (error: unknown) => void;
}

/**
 * Writes that share one transaction. Each is judged by itself, after those before it; they become durable together, or
 * all fail. A first `up` of a hundred connections writes eight documents at a time, and most of a write is the wait for
 * the disk.
 */
export class WriteGroup {
  private readonly waiting: Waiting[] = [];
  private makesFile = false;

  /**
   * @param makesFile - whether the store is made when there is none.
   * @param change - gives the record that is there now, if any. It is given undefined when there is no store, and throws
   *   a ProviderError only before it has changed anything.
   */
  add<T extends StoredRecord | undefined>(
    makesFile: boolean,
    key: string,
    change: (file: OpenFile | undefined) => T,
  ): Promise<T> {
    this.makesFile ||= makesFile;
    return new Promise((resolve, reject) => {
      const write: Waiting["write"] = (file) => {
        try {
          const record = change(file);
          return () => {
            file?.checked.wrote(key, record);
            resolve(record);
          };
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
          return () => reject(error);
        }
      };
      this.waiting.push({ write, fail: reject });
    });
  }

  /** Runs all; call it once. @param open - gives the file, undefined when there is none. */
  async run(open: (makesFile: boolean) => Promise<OpenFile | undefined>): Promise<void> {
    try {
      const file = await open(this.makesFile);
      for (const settle of this.commit(file)) settle();
    } catch (error) {
      for (const { fail } of this.waiting) fail(error);
    }
  }

  private commit(file: OpenFile | undefined): (() => void)[] {
    const writeAll = (): (() => void)[] => this.waiting.map(({ write }) => write(file));
    if (!file) return writeAll();
    try {
      return transaction(file.db, "IMMEDIATE", writeAll);
    } catch (error) {
      file.checked.forget();
      throw error;
    }
  }
}
