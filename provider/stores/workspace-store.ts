import { systemClock, type Clock } from "../clock";
import { ConflictError, StaleVersionError } from "../errors";
import {
  decodeDocument,
  deploymentOfKey,
  documentKeys,
  encodeDocument,
  metadataOf,
  type ConnectionDocument,
  type DeploymentDocument,
  type Document,
  type ValueDocument,
  type WorkspaceDocument,
} from "../model/documents";
import { DocumentCache, type CachedDocument } from "./document-cache";
import { SharedRead } from "./shared-read";
import { ABSENT, type SecretsStore } from "./store";

/** A change of one document: returns the new document, undefined to delete it, or the argument to leave it. */
export type Change<D extends Document> = (current: D | undefined) => D | undefined;

/**
 * A document before and after a change. `sequence` orders it among the changes of this process, those included that
 * found the document as wanted: whoever wrote it may have been interrupted before projecting it.
 */
export interface Changed<D extends Document> {
  before: D | undefined;
  after: D | undefined;
  sequence: number;
  written: boolean;
}

/** Documents of one Workspace as last read, with this process's own writes on top. */
export interface Snapshot {
  readonly workspace: WorkspaceDocument | undefined;
  readonly deployments: ReadonlyMap<string, DeploymentDocument>;
  readonly connections: readonly ConnectionDocument[];
}

interface PendingChange {
  change: Change<Document>;
  resolve: (changed: Changed<Document>) => void;
  reject: (error: unknown) => void;
}

/** Far above what a healthy store needs; a document that loses this often is under attack, not under load. */
const MAX_ATTEMPTS = 100;

/**
 * Typed documents of one Workspace on top of any store: codec, one bulk read for many readers, and
 * compare-and-set writes that coalesce per document.
 */
export class WorkspaceStore {
  readonly #cache = new DocumentCache();
  readonly #queues = new Map<string, PendingChange[]>();
  readonly #written: Changed<Document>[] = [];
  #sequence = 0;
  #snapshot: (Snapshot & { revision: number }) | undefined;
  #loaded: Promise<void> | undefined;
  readonly #refreshes = new SharedRead(() => this.#load());
  readonly #enumerations = new SharedRead(() => this.#enumerate());

  constructor(
    readonly name: string,
    readonly store: SecretsStore,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Number of changes of this process so far. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Documents that this process has written, before and after each write. */
  get written(): readonly Pick<Changed<Document>, "before" | "after">[] {
    return this.#written;
  }

  /** The documents as cached; empty before the first bulk read. */
  get cached(): Snapshot {
    const { revision } = this.#cache;
    if (this.#snapshot?.revision !== revision) this.#snapshot = { revision, ...this.#sortByKind() };
    return this.#snapshot;
  }

  #sortByKind(): Snapshot {
    let workspace: WorkspaceDocument | undefined;
    const deployments = new Map<string, DeploymentDocument>();
    const connections: ConnectionDocument[] = [];
    for (const [, { document }] of this.#cache.entries()) {
      if (document.kind === "workspace") workspace = document;
      else if (document.kind === "deployment") deployments.set(document.name, document);
      else if (document.kind === "connection") connections.push(document);
    }
    return { workspace, deployments, connections };
  }

  /** The cached document under a key, if any. */
  peek<D extends Document>(key: string): D | undefined {
    return this.#cache.get(key)?.document as D | undefined;
  }

  /** The documents, read in bulk by the first caller of the process; may be older than the store. */
  async snapshot(): Promise<Snapshot> {
    this.#loaded ??= this.#refreshes.run();
    try {
      await this.#loaded;
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
    return this.cached;
  }

  /** The documents, from a bulk read that begins after this call; callers waiting at the same time share it. */
  async refresh(): Promise<Snapshot> {
    await this.#refreshes.run();
    this.#loaded ??= Promise.resolve();
    return this.cached;
  }

  /** The Deployments that exist now: one listing of keys, plus a read of each unknown one. */
  async enumerateDeployments(): Promise<ReadonlyMap<string, DeploymentDocument>> {
    await this.snapshot();
    return this.#enumerations.run();
  }

  /** The text kept in the store under a name, for inputs given by reference. */
  async findValue(name: string): Promise<string | undefined> {
    await this.snapshot();
    return this.peek<ValueDocument>(documentKeys.value(this.name, name))?.value;
  }

  /** Reads one document past the cache. */
  async find<D extends Document>(key: string): Promise<D | undefined> {
    const began = this.#cache.begin();
    const stored = await this.store.find(key);
    const document = stored && decodeDocument(key, stored.text);
    this.#cache.learnRead(key, began, stored && document && { version: stored.version, document });
    return document as D | undefined;
  }

  /**
   * Changes one document with compare-and-set. Changes of one document queued in this process share one read and
   * one write; a change that throws fails alone.
   *
   * @throws ConflictError when others keep changing the document.
   */
  change<D extends Document>(key: string, change: Change<D>): Promise<Changed<D>> {
    return new Promise((resolve, reject) => {
      const pending = { change, resolve, reject } as unknown as PendingChange;
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
        await this.#commit(key, batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#queues.delete(key);
  }

  async #commit(key: string, batch: PendingChange[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const cached = this.#cache.get(key);
      const { after, settled } = applyAll(cached?.document, batch);
      const text = after && encodeDocument(after);
      const written = text !== (cached && encodeDocument(cached.document));
      // Without a write nothing confirms the cached document, so a refusal or "nothing to do" needs a fresh one.
      const confirm = () => (attempt > 1 ? ++this.#sequence : undefined);
      const sequence = written ? await this.#write(key, cached, after, text) : confirm();
      if (sequence !== undefined) {
        for (const { pending, before, after, error } of settled)
          if (error !== undefined) pending.reject(error);
          else pending.resolve({ before, after, sequence, written });
        return;
      }
      if (attempt >= MAX_ATTEMPTS)
        throw new ConflictError(`document "${key}" keeps changing (${attempt} attempts); run pulumi up again`);
      if (written) await this.#backoff(attempt);
      await this.find(key);
    }
  }

  /** @returns the sequence of the write, or undefined if the document has changed since it was cached. */
  async #write(
    key: string,
    cached: CachedDocument | undefined,
    after: Document | undefined,
    text: string | undefined,
  ): Promise<number | undefined> {
    const began = this.#cache.begin();
    const replaced = cached?.version ?? ABSENT;
    let stored: CachedDocument | undefined;
    try {
      if (after && text !== undefined)
        stored = { document: after, version: await this.store.put(key, text, metadataOf(after), replaced) };
      else await this.store.delete(key, replaced);
    } catch (error) {
      if (error instanceof StaleVersionError) return undefined;
      throw error;
    }
    this.#cache.learnWrite(key, began, replaced, stored);
    this.#written.push({ before: cached?.document, after, sequence: ++this.#sequence, written: true });
    return this.#sequence;
  }

  async #load(): Promise<void> {
    const began = this.#cache.begin();
    const listed = await this.store.list(documentKeys.all(this.name));
    const found = listed.map(({ key, version, text }): [string, CachedDocument] => {
      const cached = this.#cache.get(key);
      return [key, cached?.version === version ? cached : { version, document: decodeDocument(key, text) }];
    });
    this.#cache.learnListing(began, new Map(found));
  }

  async #enumerate(): Promise<ReadonlyMap<string, DeploymentDocument>> {
    const began = this.#cache.begin();
    const keys = await this.store.keys(documentKeys.deployments(this.name));
    const deployments = new Map<string, DeploymentDocument>();
    for (const key of keys) {
      if (deploymentOfKey(this.name, key) === undefined) continue;
      const document = this.peek<DeploymentDocument>(key) ?? (await this.find<DeploymentDocument>(key));
      if (document) deployments.set(document.name, document);
    }
    const listed = new Set(keys);
    for (const [key, { document }] of [...this.#cache.entries()])
      if (document.kind === "deployment" && !listed.has(key)) this.#cache.learnRead(key, began, undefined);
    return deployments;
  }

  /** Full jitter up to 10 ms times the attempt, at most 250 ms: enough for a lost compare-and-set, which is no overload. */
  #backoff(attempt: number): Promise<void> {
    return this.clock.sleep(Math.random() * Math.min(250, 10 * attempt));
  }
}

interface Settled {
  pending: PendingChange;
  before?: Document | undefined;
  after?: Document | undefined;
  error?: unknown;
}

function applyAll(
  initial: Document | undefined,
  batch: PendingChange[],
): { after: Document | undefined; settled: Settled[] } {
  let current = initial;
  const settled: Settled[] = [];
  for (const pending of batch) {
    try {
      const before = current;
      current = pending.change(before);
      settled.push({ pending, before, after: current });
    } catch (error) {
      settled.push({ pending, error: error ?? new Error("change failed") });
    }
  }
  return { after: current, settled };
}
