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
import { ABSENT, type SecretsStore } from "./store";

/** A change of one document: returns the new document, undefined to delete it, or the argument to leave it. */
export type Change<D extends Document> = (current: D | undefined) => D | undefined;

/** A document before and after a change. `sequence` orders it among the changes of this process. */
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

interface Cached {
  version: string;
  document: Document;
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
  readonly #cache = new Map<string, Cached>();
  /** Sequence of this process's last write of a key, deletions included. */
  readonly #writtenAt = new Map<string, number>();
  readonly #queues = new Map<string, PendingChange[]>();
  #sequence = 0;
  #loaded: Promise<void> | undefined;
  #refreshes = new SharedRead(() => this.#load());
  #enumerations = new SharedRead(() => this.#enumerate());

  constructor(
    readonly name: string,
    readonly store: SecretsStore,
  ) {}

  /** Number of document writes of this process so far. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The documents as cached; empty before the first bulk read. */
  get cached(): Snapshot {
    let workspace: WorkspaceDocument | undefined;
    const deployments = new Map<string, DeploymentDocument>();
    const connections: ConnectionDocument[] = [];
    for (const { document } of this.#cache.values()) {
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

  /** Makes the cached Deployments those that exist now: one listing of keys, plus a read of each unknown one. */
  async enumerateDeployments(): Promise<ReadonlyMap<string, DeploymentDocument>> {
    await this.snapshot();
    await this.#enumerations.run();
    return this.cached.deployments;
  }

  /** The text kept in the store under a name, for inputs given by reference. */
  async findValue(name: string): Promise<string | undefined> {
    await this.snapshot();
    return this.peek<ValueDocument>(documentKeys.value(this.name, name))?.value;
  }

  /** Reads one document past the cache. */
  async find<D extends Document>(key: string): Promise<D | undefined> {
    const startedAt = this.#sequence;
    const stored = await this.store.find(key);
    const document = stored && decodeDocument(key, stored.text);
    if ((this.#writtenAt.get(key) ?? 0) <= startedAt) {
      if (stored && document) this.#cache.set(key, { version: stored.version, document });
      else this.#cache.delete(key);
    }
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
    let cached = this.#cache.get(key);
    if (!cached) {
      await this.find(key);
      cached = this.#cache.get(key);
    }
    for (let attempt = 1; ; attempt++) {
      const before = cached?.document;
      const { after, settled } = applyAll(before, batch);
      const text = after && encodeDocument(after);
      const same = text === (before && encodeDocument(before));
      try {
        if (!same) await this.#write(key, cached, after, text);
      } catch (error) {
        if (!(error instanceof StaleVersionError)) throw error;
        if (attempt >= MAX_ATTEMPTS)
          throw new ConflictError(`document "${key}" keeps changing (${attempt} attempts); run pulumi up again`, {
            cause: error,
          });
        await backoff(attempt);
        await this.find(key);
        cached = this.#cache.get(key);
        continue;
      }
      for (const { pending, before, after, error } of settled) {
        if (error !== undefined) pending.reject(error);
        else pending.resolve({ before, after, sequence: this.#sequence, written: !same });
      }
      return;
    }
  }

  async #write(
    key: string,
    cached: Cached | undefined,
    after: Document | undefined,
    text: string | undefined,
  ): Promise<void> {
    if (after && text !== undefined) {
      const version = await this.store.put(key, text, metadataOf(after), cached?.version ?? ABSENT);
      this.#cache.set(key, { version, document: after });
    } else if (cached) {
      await this.store.delete(key, cached.version);
      this.#cache.delete(key);
    }
    this.#writtenAt.set(key, ++this.#sequence);
  }

  async #load(): Promise<void> {
    const startedAt = this.#sequence;
    const listed = await this.store.list(documentKeys.all(this.name));
    const isOwnNewer = (key: string) => (this.#writtenAt.get(key) ?? 0) > startedAt;
    const seen = new Set<string>();
    for (const { key, version, text } of listed) {
      seen.add(key);
      if (isOwnNewer(key) || this.#cache.get(key)?.version === version) continue;
      this.#cache.set(key, { version, document: decodeDocument(key, text) });
    }
    for (const key of [...this.#cache.keys()]) if (!seen.has(key) && !isOwnNewer(key)) this.#cache.delete(key);
  }

  async #enumerate(): Promise<void> {
    const startedAt = this.#sequence;
    const keys = await this.store.keys(documentKeys.deployments(this.name));
    const names = new Set(keys.filter((key) => deploymentOfKey(this.name, key) !== undefined));
    for (const key of names) if (!this.#cache.has(key)) await this.find(key);
    for (const [key, { document }] of [...this.#cache])
      if (document.kind === "deployment" && !names.has(key) && (this.#writtenAt.get(key) ?? 0) <= startedAt)
        this.#cache.delete(key);
  }
}

/** Runs a read so that each caller gets one that began after its call, and callers that wait together share it. */
export class SharedRead {
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(private readonly read: () => Promise<void>) {}

  run(): Promise<void> {
    if (!this.#running) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const running = this.read().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
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

/** Full jitter up to 10 ms times the attempt, at most 250 ms: enough for a lost compare-and-set, which is no overload. */
function backoff(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(250, 10 * attempt)));
}
