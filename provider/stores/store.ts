/** Expected version of a document that must not exist yet. */
export const ABSENT = "absent";

/** One stored document: its text exactly as put, and the backend's version for compare-and-set. */
export interface StoredText {
  key: string;
  version: string;
  text: string;
}

/** What may be known of a document without reading its secret values. `metadata` is JSON text. */
export interface StoredMetadata {
  key: string;
  version: string;
  metadata: string;
}

/** What a backend can do; checked before a write and printed in docs/stores. */
export interface StoreCapabilities {
  /** Largest document, in UTF-8 bytes of `text`. */
  maxBytes: number;
  /** True when `listMetadata` needs no right to read secret values. */
  separateMetadata: boolean;
  /** True when the backend keeps earlier versions. */
  history: boolean;
  /** How a listing is served: by the backend, or from an index document because its own listing lags. */
  listing: "native" | "index";
}

/**
 * A secrets store: JSON documents under slash-separated keys, each with a version.
 *
 * Keys are `a/b/c` with segments of `[A-Za-z0-9_.-]{1,200}`. A prefix is empty or ends with `/`.
 * Only the backend's own *not found* reads as absent; every other failure is a StoreUnavailableError.
 * No error or log line ever holds a document's text.
 */
export interface SecretsStore {
  readonly kind: string;
  /** The address without credentials, for messages. */
  readonly address: string;
  readonly capabilities: StoreCapabilities;

  /** @returns the document, or undefined when the backend says that there is none. */
  find(key: string): Promise<StoredText | undefined>;

  /**
   * Writes one document.
   *
   * @param metadata - JSON text without secrets, readable without reading `text` where the backend can.
   * @param expected - version last seen, or ABSENT.
   * @returns the new version.
   * @throws StaleVersionError if the stored version is another one; nothing was written.
   * @throws UnsupportedError if `text` is larger than `capabilities.maxBytes`; nothing was written.
   * @throws StoreUnavailableError if the outcome is a failure; a write whose reply was lost and that did take
   *   effect is reported as success when the backend lets us find out.
   */
  put(key: string, text: string, metadata: string, expected: string): Promise<string>;

  /**
   * Deletes one document; deleting the absent succeeds.
   *
   * @throws StaleVersionError if the stored version is another one.
   */
  delete(key: string, expected: string): Promise<void>;

  /** All documents below a prefix, in O(pages) calls; sees every put that returned before it began. */
  list(prefix: string): Promise<StoredText[]>;

  /** All keys below a prefix, sorted; as fresh as `list`, cheaper where the backend allows. */
  keys(prefix: string): Promise<string[]>;

  /** Metadata of all documents below a prefix, sorted by key. */
  listMetadata(prefix: string): Promise<StoredMetadata[]>;

  /** Releases connections and file handles; the store is not used afterwards. */
  close(): Promise<void>;
}
