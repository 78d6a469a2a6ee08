import type { Clock } from "../clock";
import { encodeDocument } from "../environment/codec";
import { isShared, type Document } from "../environment/documents";
import { metadataOf } from "../environment/metadata";
import { receivers } from "../environment/receive";
import { ConflictError, StaleVersionError } from "../errors";
import type { ObjectKinds } from "../objects/kind";
import { ABSENT, type SecretsStore } from "../stores/store";
import type { Change, Committed } from "./change-queue";
import type { CachedDocument, DocumentCache } from "./document-cache";
import type { DocumentReader } from "./document-reader";

/** Far above what a healthy store needs; a document that loses this often is under attack, not under load. */
const MAX_ATTEMPTS = 100;

/** Changes documents by compare-and-set, on what the cache has of them until that proves to be old. */
export class DocumentWriter {
  readonly #touched = new Set<string>();
  #sequence = 0;

  constructor(
    private readonly store: SecretsStore,
    private readonly kinds: ObjectKinds,
    private readonly cache: DocumentCache,
    private readonly reader: DocumentReader,
    private readonly clock: Clock,
  ) {}

  /** Number of changes of this process so far. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether this process has written a document that concerns what a Deployment gets. */
  isTouched(deployment: string): boolean {
    return this.#touched.has(deployment);
  }

  /**
   * Changes one document; not to be called for the same document again before it has returned.
   *
   * @throws ConflictError when others keep changing the document.
   */
  async commit(key: string, change: Change<Document>): Promise<Committed> {
    await this.reader.upgradeLayout();
    for (let attempt = 1; ; attempt++) {
      const cached = this.cache.get(key);
      const after = change(cached?.document);
      const text = after && encodeDocument(after);
      const written = text !== (cached && encodeDocument(cached.document));
      // Without a write nothing confirms the cached document, so a refusal or "nothing to do" needs a fresh one.
      const confirm = () => (attempt > 1 ? ++this.#sequence : undefined);
      const sequence = written ? await this.#write(key, cached, after, text) : confirm();
      if (sequence !== undefined) return { sequence, written };
      if (attempt >= MAX_ATTEMPTS)
        throw new ConflictError(`document "${key}" keeps changing (${attempt} attempts); run pulumi up again`);
      if (written) await this.#backoff(attempt);
      await this.reader.find(key);
    }
  }

  /** @returns the sequence of the write, or undefined if the document has changed since it was cached. */
  async #write(
    key: string,
    cached: CachedDocument | undefined,
    after: Document | undefined,
    text: string | undefined,
  ): Promise<number | undefined> {
    const began = this.cache.begin();
    const replaced = cached?.version ?? ABSENT;
    let stored: CachedDocument | undefined;
    try {
      if (after && text !== undefined)
        stored = {
          document: after,
          version: await this.store.put(key, text, metadataOf(after, this.kinds), replaced),
        };
      else {
        await this.reader.legacy.deleteLeft(key);
        await this.store.delete(key, replaced);
      }
    } catch (error) {
      if (error instanceof StaleVersionError) return undefined;
      throw error;
    }
    this.cache.learnWrite(key, began, replaced, stored);
    for (const document of [cached?.document, after])
      if (document && isShared(document))
        for (const name of receivers(document, this.reader.cached.deployments.keys())) this.#touched.add(name);
    return ++this.#sequence;
  }

  /** Full jitter up to 10 ms times the attempt, at most 250 ms: enough for a lost compare-and-set, which is no overload. */
  #backoff(attempt: number): Promise<void> {
    return this.clock.sleep(Math.random() * Math.min(250, 10 * attempt));
  }
}
