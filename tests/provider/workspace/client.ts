import { documentKeys } from "../../../provider/environment/keys";
import type { ConnectionDocument, Document } from "../../../provider/environment/documents";
import { ConflictError } from "../../../provider/errors";
import type { Change } from "../../../provider/workspace/change-queue";
import { WorkspaceStore } from "../../../provider/workspace/workspace-store";
import { instantClock } from "../../fakes/instant-clock";
import type { MemoryBackend } from "../../fakes/memory-store";
import { memoryStore, type StoreStep } from "../../fakes/memory-store";

/** A Workspace-level connection. */
export const KEY = documentKeys.connection("data", "warehouse");
export const DEPLOYMENT = documentKeys.deployment("data", "prod");

/** The document under `KEY`. */
export const connection = (host: string, links: string[] = []): ConnectionDocument => ({
  kind: "connection",
  id: "warehouse",
  owner: "o",
  base: { connType: "postgres", host },
  sharing: "Restricted",
  exclude: [],
  links: Object.fromEntries(links.map((name) => [name, { owner: "o", overrides: {} }])),
  overrides: {},
});
/** Links a Deployment; fails when the connection is gone. */
export const withLink =
  (name: string): Change<ConnectionDocument> =>
  (current) => {
    if (!current) throw new ConflictError("gone");
    return { ...current, links: { ...current.links, [name]: { owner: "o", overrides: {} } } };
  };
/** Names of the Deployments that the stored connection is linked to. */
export const linksOf = (backend: MemoryBackend) =>
  Object.keys((JSON.parse(backend.documents.get(KEY)!.text) as ConnectionDocument).links);

/** A client of a backend that counts its calls, and whose hooks a test may set. */
export class Client {
  readonly calls: string[] = [];
  before?: (step: StoreStep) => void | Promise<void>;
  after?: (step: StoreStep) => void | Promise<void>;
  readonly documents: WorkspaceStore;

  constructor(backend: MemoryBackend) {
    const store = memoryStore(backend, {
      before: (step) => {
        this.calls.push(step.operation);
        return this.before?.(step);
      },
      after: (step) => this.after?.(step),
    });
    this.documents = new WorkspaceStore("data", store, instantClock());
  }

  count(operation: StoreStep["operation"]): number {
    return this.calls.filter((call) => call === operation).length;
  }

  /** Replies to the next call of an operation are held back, after it took effect, until the returned function runs. */
  holdReply(operation: StoreStep["operation"]): () => void {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let isHeld = false;
    this.after = async (step) => {
      if (step.operation !== operation || isHeld) return;
      isHeld = true;
      await held;
    };
    return release;
  }
}

/** Writes a document whatever is there; undefined deletes it. */
export async function put(client: Client, key: string, document: Document | undefined) {
  await client.documents.change(key, () => document);
}
