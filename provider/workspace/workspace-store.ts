import { systemClock, type Clock } from "../clock";
import {
  isOfKind,
  isShared,
  type DeploymentDocument,
  type Document,
  type SharedDocument,
  type WorkspaceDocument,
} from "../environment/documents";
import { documentKeys } from "../environment/keys";
import type { ObjectKinds } from "../objects/kind";
import { objectKinds } from "../objects/registry";
import type { SecretsStore } from "../stores/store";
import { ChangeQueue, type Change, type Changed } from "./change-queue";
import { DocumentCache } from "./document-cache";
import { DocumentReader } from "./document-reader";
import { DocumentWriter } from "./document-writer";
import type { Snapshot } from "./snapshot";

/**
 * Typed documents of one Workspace on top of any store: codec, one bulk read for many readers, and
 * compare-and-set writes that coalesce per document.
 */
export class WorkspaceStore {
  readonly #cache = new DocumentCache();
  readonly #reader: DocumentReader;
  readonly #writer: DocumentWriter;
  readonly #changes: ChangeQueue;

  constructor(
    readonly name: string,
    readonly store: SecretsStore,
    clock: Clock = systemClock,
    readonly kinds: ObjectKinds = objectKinds,
  ) {
    this.#reader = new DocumentReader(name, store, kinds, this.#cache);
    this.#writer = new DocumentWriter(store, kinds, this.#cache, this.#reader, clock);
    this.#changes = new ChangeQueue((key, change) => this.#writer.commit(key, change));
  }

  /** Number of changes of this process so far. */
  get sequence(): number {
    return this.#writer.sequence;
  }

  /** Whether this process has written a document that concerns what a Deployment gets. */
  isTouched(deployment: string): boolean {
    return this.#writer.isTouched(deployment);
  }

  /** The documents as cached; empty before the first bulk read. */
  get cached(): Snapshot {
    return this.#reader.cached;
  }

  /** The cached document of a connection or Variable, if any. */
  peekShared(key: string): SharedDocument | undefined {
    const document = this.#cache.get(key)?.document;
    return document && isShared(document) ? document : undefined;
  }

  /** The cached document of a Deployment, if any. */
  peekDeployment(name: string): DeploymentDocument | undefined {
    const document = this.#cache.get(documentKeys.deployment(this.name, name))?.document;
    return document && isOfKind(document, "deployment") ? document : undefined;
  }

  /** The cached connections and Variables, by key. */
  objectsByKey(): [string, SharedDocument][] {
    return [...this.#cache.entries()].flatMap(([key, { document }]): [string, SharedDocument][] =>
      isShared(document) ? [[key, document]] : [],
    );
  }

  /** The documents, read in bulk by the first caller of the process; may be older than the store. */
  snapshot(): Promise<Snapshot> {
    return this.#reader.snapshot();
  }

  /** The documents, from a bulk read that begins after this call; callers waiting at the same time share it. */
  refresh(): Promise<Snapshot> {
    return this.#reader.refresh();
  }

  /** The Deployments that exist now: one listing of keys, plus a read of each unknown one. */
  enumerateDeployments(): Promise<ReadonlyMap<string, DeploymentDocument>> {
    return this.#reader.enumerateDeployments();
  }

  /** Whether a Deployment exists; one that is not cached is looked up. */
  async ensureDeployment(name: string): Promise<boolean> {
    return this.cached.deployments.has(name) || (await this.findDeployment(name)) !== undefined;
  }

  /** The text kept in the store under a name, for inputs given by reference. */
  async findValue(name: string): Promise<string | undefined> {
    await this.snapshot();
    const document = this.#cache.get(documentKeys.value(this.name, name))?.document;
    return document && isOfKind(document, "value") ? document.value : undefined;
  }

  /** Reads the document of a Deployment past the cache. */
  async findDeployment(name: string): Promise<DeploymentDocument | undefined> {
    const document = await this.find(documentKeys.deployment(this.name, name));
    return document && isOfKind(document, "deployment") ? document : undefined;
  }

  /** Reads the Workspace's own document past the cache. */
  async findWorkspace(): Promise<WorkspaceDocument | undefined> {
    const document = await this.find(documentKeys.workspace(this.name));
    return document && isOfKind(document, "workspace") ? document : undefined;
  }

  /** Reads one document past the cache. */
  find(key: string): Promise<Document | undefined> {
    return this.#reader.find(key);
  }

  /** Changes the document of a connection or Variable. */
  changeShared(key: string, change: Change<SharedDocument>): Promise<Changed<SharedDocument>> {
    return this.change(key, change);
  }

  /** Changes the document of a Deployment. */
  changeDeployment(name: string, change: Change<DeploymentDocument>): Promise<Changed<DeploymentDocument>> {
    return this.change(documentKeys.deployment(this.name, name), change);
  }

  /** Changes the Workspace's own document. */
  changeWorkspace(change: Change<WorkspaceDocument>): Promise<Changed<WorkspaceDocument>> {
    return this.change(documentKeys.workspace(this.name), change);
  }

  /**
   * Changes one document with compare-and-set. Changes of one document queued in this process share one read and
   * one write; a change that throws fails alone.
   *
   * @throws ConflictError when others keep changing the document.
   */
  change<D extends Document>(key: string, change: Change<D>): Promise<Changed<D>> {
    return this.#changes.add(key, change);
  }
}
