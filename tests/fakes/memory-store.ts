import { StaleVersionError } from "../../provider/errors";
import { assertFits, assertKey, assertPrefix } from "../../provider/stores/checks";
import {
  ABSENT,
  type SecretsStore,
  type StoreCapabilities,
  type StoredMetadata,
  type StoredText,
} from "../../provider/stores/store";

/** One call to the store, as a hook sees it. */
export interface StoreStep {
  operation: "find" | "put" | "delete" | "list" | "keys" | "listMetadata";
  /** The key, or the prefix of a listing. */
  key: string;
}

/** Options of one client of a memory backend. */
export interface MemoryStoreOptions {
  /**
   * Awaited before each operation takes effect, which then happens at once, in the same tick. Let a test decide here who
   * goes next, or throw here as a backend that was not reached.
   */
  before?: (step: StoreStep) => void | Promise<void>;
  /** Awaited after each operation took effect: throw here for a crash or a reply lost after the commit. */
  after?: (step: StoreStep) => void | Promise<void>;
}

/** What several clients share. Versions are never used twice. */
export class MemoryBackend {
  readonly documents = new Map<string, { version: string; text: string; metadata: string }>();
  private sequence = 0;

  nextVersion(): string {
    return String(++this.sequence);
  }

  /** A backend of its own with the same documents, that goes on from here. */
  copy(): MemoryBackend {
    const copy = new MemoryBackend();
    for (const [key, document] of this.documents) copy.documents.set(key, { ...document });
    copy.sequence = this.sequence;
    return copy;
  }
}

/** Capabilities of the memory store; no right is needed for anything. */
export const memoryCapabilities: StoreCapabilities = {
  maxBytes: 1_048_576,
  separateMetadata: false,
  history: false,
  listing: "native",
};

/** A store in memory that keeps the whole contract, for tests of everything above a store. */
export function memoryStore(backend = new MemoryBackend(), options: MemoryStoreOptions = {}): SecretsStore {
  const { documents } = backend;

  async function step<T>(operation: StoreStep["operation"], key: string, effect: () => T): Promise<T> {
    await options.before?.({ operation, key });
    const result = effect();
    await options.after?.({ operation, key });
    return result;
  }

  function under(prefix: string): [string, { version: string; text: string; metadata: string }][] {
    return [...documents].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  function assertVersion(key: string, expected: string): void {
    const version = documents.get(key)?.version ?? ABSENT;
    if (version === expected) return;
    throw new StaleVersionError(`store "memory": document "${key}" is at version ${version}, not ${expected}`);
  }

  const store: SecretsStore = {
    kind: "memory",
    address: "memory:",
    capabilities: memoryCapabilities,

    async find(key) {
      assertKey(key);
      return step("find", key, (): StoredText | undefined => {
        const found = documents.get(key);
        return found && { key, version: found.version, text: found.text };
      });
    },

    async put(key, text, metadata, expected) {
      assertKey(key);
      assertFits(store, key, text);
      return step("put", key, () => {
        assertVersion(key, expected);
        const version = backend.nextVersion();
        documents.set(key, { version, text, metadata });
        return version;
      });
    },

    async delete(key, expected) {
      assertKey(key);
      return step("delete", key, () => {
        if (!documents.has(key)) return;
        assertVersion(key, expected);
        documents.delete(key);
      });
    },

    async list(prefix) {
      assertPrefix(prefix);
      return step("list", prefix, () => under(prefix).map(([key, { version, text }]) => ({ key, version, text })));
    },

    async keys(prefix) {
      assertPrefix(prefix);
      return step("keys", prefix, () => under(prefix).map(([key]) => key));
    },

    async listMetadata(prefix) {
      assertPrefix(prefix);
      return step("listMetadata", prefix, (): StoredMetadata[] =>
        under(prefix).map(([key, { version, metadata }]) => ({ key, version, metadata })),
      );
    },

    close: () => Promise.resolve(),
  };
  return store;
}
