import { decodeFound, encodeDocument } from "../environment/codec";
import { legacyKey, upgradedKey } from "../environment/keys";
import { metadataOf } from "../environment/metadata";
import { ConflictError, StaleVersionError } from "../errors";
import type { ObjectKinds } from "../objects/kind";
import { ABSENT, type SecretsStore, type StoredText } from "../stores/store";

/** What a listing holds, by where it lies now. */
export interface Listing {
  /** Documents by the key under which they lie, or would lie if they were written anew. */
  documents: Map<string, StoredText>;
  /** Documents that lie where release 0.1.0 kept them, by the key under which they belong. */
  legacy: Map<string, StoredText>;
}

/** Sorts a listing; what lies in both places counts where it belongs. */
export function sortListing(listed: StoredText[]): Listing {
  const documents = new Map<string, StoredText>();
  const legacy = new Map<string, StoredText>();
  for (const stored of listed) {
    const key = upgradedKey(stored.key);
    if (key === undefined) documents.set(stored.key, stored);
    else legacy.set(key, stored);
  }
  for (const [key, stored] of legacy) if (!documents.has(key)) documents.set(key, stored);
  return { documents, legacy };
}

/**
 * Documents that lie where release 0.1.0 kept them. They are read there until the first write, since a preview may not
 * write, and moved then.
 */
export class LegacyDocuments {
  /** By the key under which they belong, as last listed. */
  #listed: ReadonlyMap<string, StoredText> = new Map();
  #moving: Promise<void> | undefined;

  constructor(
    private readonly store: SecretsStore,
    private readonly kinds: ObjectKinds,
  ) {}

  /** Takes in what a listing found, by the key under which it belongs. */
  learn(listed: ReadonlyMap<string, StoredText>): void {
    this.#listed = listed;
  }

  /** Reads a document where release 0.1.0 kept it. */
  async find(key: string): Promise<StoredText | undefined> {
    const oldKey = legacyKey(key);
    return oldKey === undefined ? undefined : this.store.find(oldKey);
  }

  /**
   * Removes what an interrupted move has left of a document. To be done before the document itself is deleted: what is
   * left would come back to life.
   *
   * @throws StaleVersionError if it has changed since it was listed.
   */
  async deleteLeft(key: string): Promise<void> {
    const left = this.#listed.get(key);
    if (left) await this.store.delete(left.key, left.version);
  }

  /**
   * Moves them, once in the life of a process; what fails is tried again by the next caller.
   *
   * @param listing - the first bulk read, which need not have ended.
   * @param listAnew - called if there was something to move.
   * @throws ConflictError if release 0.1.0 is still at work.
   */
  async moveOnce(listing: Promise<void>, listAnew: () => Promise<unknown>): Promise<void> {
    this.#moving ??= this.#move(listing, listAnew);
    try {
      await this.#moving;
    } catch (error) {
      this.#moving = undefined;
      throw error;
    }
  }

  async #move(listing: Promise<void>, listAnew: () => Promise<unknown>): Promise<void> {
    await listing;
    if (this.#listed.size === 0) return;
    for (const [key, stored] of this.#listed) await moveLegacy(this.store, this.kinds, key, stored);
    await listAnew();
  }
}

/**
 * Moves one document of release 0.1.0 to where it belongs.
 *
 * Several processes may do so at once, and one may delete the document again meanwhile: whoever creates the new one
 * looks whether the old one is still there, and takes its own back if not. So only that process removes the old one; when
 * it dies before, the old one stays, is ignored, and goes with the new one.
 *
 * @throws ConflictError if release 0.1.0 is still at work.
 */
async function moveLegacy(
  store: SecretsStore,
  kinds: ObjectKinds,
  key: string,
  { key: oldKey, version, text }: StoredText,
): Promise<void> {
  const document = decodeFound(oldKey, text, kinds);
  let moved: string;
  try {
    moved = await store.put(key, encodeDocument(document), metadataOf(document, kinds), ABSENT);
  } catch (error) {
    if (error instanceof StaleVersionError) return;
    throw error;
  }
  const left = await store.find(oldKey);
  if (left?.version === version && (await tryDelete(store, oldKey, version))) return;
  // Unless somebody has made it anew, or changed it, meanwhile.
  await tryDelete(store, key, moved);
  if (left)
    throw new ConflictError(
      `document "${oldKey}" was changed by release 0.1.0 while this one moved it to "${key}"; ` +
        `upgrade pulumi-airflow-env in all stacks of the Workspace, then run pulumi up again`,
    );
}

/** @returns false if the document has another version by now. */
async function tryDelete(store: SecretsStore, key: string, version: string): Promise<boolean> {
  try {
    await store.delete(key, version);
    return true;
  } catch (error) {
    if (error instanceof StaleVersionError) return false;
    throw error;
  }
}
