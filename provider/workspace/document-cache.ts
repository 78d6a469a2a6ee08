import type { Document } from "../environment/documents";
import { ABSENT } from "../stores/store";

/** A document with the version under which the store has it. */
export interface CachedDocument {
  version: string;
  document: Document;
}

/** The operations that told what is cached under a key. */
interface Origin {
  /** When the read or write behind the cached document began. */
  began: number;
  /** Our last write: the version that it replaced, and when it returned. */
  write?: { replaced: string; returned: number } | undefined;
}

/**
 * Documents as last read or written, where reads and writes overlap and return in any order.
 *
 * Keeps two promises, on which the projector relies: what is cached is at least as new as any operation that has
 * returned, and a document that this process wrote is never replaced by what was there before.
 */
export class DocumentCache {
  readonly #documents = new Map<string, CachedDocument>();
  readonly #origins = new Map<string, Origin>();
  #time = 0;
  #listingBegan = 0;
  #revision = 0;

  /** Marks the beginning of a read or a write; to be passed on when it has returned. */
  begin(): number {
    return ++this.#time;
  }

  /** Another number whenever a document has changed. */
  get revision(): number {
    return this.#revision;
  }

  get(key: string): CachedDocument | undefined {
    return this.#documents.get(key);
  }

  entries(): IterableIterator<[string, CachedDocument]> {
    return this.#documents.entries();
  }

  /** Takes in what a read of one key found, unless the cache has it from an operation that began later. */
  learnRead(key: string, began: number, found: CachedDocument | undefined): void {
    const origin = this.#origins.get(key);
    if (this.#beganOf(key) > began) return;
    // A read beside our write: what it found is older exactly if it is what the write replaced.
    if (origin?.write && origin.write.returned > began && origin.write.replaced === versionOf(found)) return;
    this.#set(key, found, { began, write: origin?.write });
  }

  /** Takes in what a read of all keys found. */
  learnListing(began: number, found: Map<string, CachedDocument>): void {
    for (const [key, document] of found) this.learnRead(key, began, document);
    for (const key of [...this.#documents.keys()]) if (!found.has(key)) this.learnRead(key, began, undefined);
    this.#listingBegan = Math.max(this.#listingBegan, began);
  }

  /** Takes in our write, unless a read that began later has found what others wrote on top of it. */
  learnWrite(key: string, began: number, replaced: string, written: CachedDocument | undefined): void {
    const write = { replaced, returned: ++this.#time };
    const readBegan = this.#beganOf(key);
    const current = this.#documents.get(key);
    if (readBegan > began && versionOf(current) !== replaced) this.#set(key, current, { began: readBegan, write });
    else this.#set(key, written, { began, write });
  }

  #beganOf(key: string): number {
    return Math.max(this.#origins.get(key)?.began ?? 0, this.#listingBegan);
  }

  #set(key: string, document: CachedDocument | undefined, origin: Origin): void {
    this.#origins.set(key, origin);
    if (this.#documents.get(key) === document) return;
    this.#revision++;
    if (document) this.#documents.set(key, document);
    else this.#documents.delete(key);
  }
}

function versionOf(document: CachedDocument | undefined): string {
  return document?.version ?? ABSENT;
}
