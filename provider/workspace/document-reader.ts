import { decodeFound } from "../environment/codec";
import { isOfKind, type DeploymentDocument, type Document } from "../environment/documents";
import { documentKeys, upgradedKey } from "../environment/keys";
import type { ObjectKinds } from "../objects/kind";
import type { SecretsStore } from "../stores/store";
import type { CachedDocument, DocumentCache } from "./document-cache";
import { LegacyDocuments, sortListing } from "./layout";
import { SharedRead } from "./shared-read";
import { snapshotOf, type Snapshot } from "./snapshot";

/** Reads documents of one Workspace into a cache: one by one, or all at once for many readers. */
export class DocumentReader {
  readonly legacy: LegacyDocuments;
  #snapshot: (Snapshot & { revision: number }) | undefined;
  #loaded: Promise<void> | undefined;
  readonly #refreshes = new SharedRead(() => this.#load());
  readonly #enumerations = new SharedRead(() => this.#enumerate());

  constructor(
    private readonly workspace: string,
    private readonly store: SecretsStore,
    private readonly kinds: ObjectKinds,
    private readonly cache: DocumentCache,
  ) {
    this.legacy = new LegacyDocuments(store, kinds);
  }

  /** The documents as cached, the same object until one changes; empty before the first bulk read. */
  get cached(): Snapshot {
    const { revision } = this.cache;
    if (this.#snapshot?.revision !== revision) {
      const documents = [...this.cache.entries()].map(([, { document }]) => document);
      this.#snapshot = { revision, ...snapshotOf(documents) };
    }
    return this.#snapshot;
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

  /** Reads one document past the cache. */
  async find(key: string): Promise<Document | undefined> {
    const began = this.cache.begin();
    const stored = (await this.store.find(key)) ?? (await this.legacy.find(key));
    const document = stored && decodeFound(stored.key, stored.text, this.kinds);
    this.cache.learnRead(key, began, stored && document && { version: stored.version, document });
    return document;
  }

  /** Moves what lies where release 0.1.0 kept it, if there was a bulk read: before the first write. */
  async upgradeLayout(): Promise<void> {
    if (this.#loaded !== undefined) await this.legacy.moveOnce(this.#loaded, () => this.refresh());
  }

  async #load(): Promise<void> {
    const began = this.cache.begin();
    const { documents, legacy } = sortListing(await this.store.list(documentKeys.all(this.workspace)));
    const found = [...documents].map(([key, stored]): [string, CachedDocument] => {
      const cached = this.cache.get(key);
      if (cached?.version === stored.version) return [key, cached];
      return [key, { version: stored.version, document: decodeFound(stored.key, stored.text, this.kinds) }];
    });
    this.legacy.learn(legacy);
    this.cache.learnListing(began, new Map(found));
  }

  async #enumerate(): Promise<ReadonlyMap<string, DeploymentDocument>> {
    const began = this.cache.begin();
    const keys = await this.store.keys(documentKeys.deployments(this.workspace));
    const deployments = new Map<string, DeploymentDocument>();
    for (const key of keys) {
      if (upgradedKey(key) !== undefined) continue;
      const document = this.cache.get(key)?.document ?? (await this.find(key));
      if (document && isOfKind(document, "deployment")) deployments.set(document.name, document);
    }
    const listed = new Set(keys);
    for (const [key, { document }] of [...this.cache.entries()])
      if (document.kind === "deployment" && !listed.has(key)) this.cache.learnRead(key, began, undefined);
    return deployments;
  }
}
