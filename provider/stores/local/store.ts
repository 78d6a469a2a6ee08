import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { StaleVersionError } from "../../errors";
import { assertFits, assertKey, assertPrefix } from "../checks";
import { ABSENT, type SecretsStore } from "../store";
import { localCapabilities } from "./capabilities";
import type { StoredRecord } from "./digest";
import type { OpenFile } from "./file";
import { writableState } from "./integrity";
import type { LocalOptions } from "./options";
import { findRecord, openRecord, sealRecord } from "./records";
import { SharedFile } from "./shared-file";
import { explain, transaction } from "./sqlite";
import { replaceInSet, writeState } from "./state";

/**
 * The embedded store: one SQLite file in a folder, each document sealed with AES-256-GCM.
 *
 * For one machine and any number of processes; not for network file systems, whose locks do not hold. Names of
 * documents, their number, sizes and versions are visible in the file; texts and metadata are not.
 *
 * Reading makes no files. The first write makes the folder, the file (0600) and, without a passphrase in the
 * environment, a key file in the user's configuration (see keyFilePath).
 */
export function localStore(options: LocalOptions): SecretsStore {
  const address = `local:${options.path}`;
  const shared = SharedFile.use(address, absolutePath(options.path));
  let closed = false;

  async function run<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw explain(address, error);
    }
  }

  function stale(key: string, version: string, expected: string): StaleVersionError {
    return new StaleVersionError(`store "${address}": document "${key}" is at version ${version}, not ${expected}`);
  }

  function assertVersion(key: string, found: { version: number } | undefined, expected: string): void {
    const version = found ? String(found.version) : ABSENT;
    if (version !== expected) throw stale(key, version, expected);
  }

  /** What lies below a prefix; all of the store is checked, for a hidden record may be one of these. */
  async function listed<T>(prefix: string, read: (file: OpenFile, record: StoredRecord) => T): Promise<T[]> {
    assertPrefix(prefix);
    return run(async () => {
      const file = await shared.find();
      if (!file) return [];
      const records = [...transaction(file.db, "DEFERRED", () => file.checked.all())];
      const below = records.filter(({ key }) => key.startsWith(prefix));
      return below.sort((one, other) => (one.key < other.key ? -1 : 1)).map((record) => read(file, record));
    });
  }

  return {
    kind: "local",
    address,
    capabilities: localCapabilities,

    async find(key) {
      assertKey(key);
      return run(async () => {
        const file = await shared.find();
        const record = file && findRecord(address, file, key);
        if (!record) return undefined;
        return { key, version: String(record.version), text: openRecord(address, file, record, "text") };
      });
    },

    async put(key, text, metadata, expected) {
      assertKey(key);
      assertFits({ kind: "local", capabilities: localCapabilities }, key, text);
      // Only a create makes a store: an update of what is not there is stale.
      const written = await run(() =>
        shared.write(expected === ABSENT, key, (file) => {
          if (!file) throw stale(key, ABSENT, expected);
          const found = findRecord(address, file, key);
          assertVersion(key, found, expected);
          const state = writableState(address, file);
          const version = state.sequence + 1;
          const record: StoredRecord = {
            key,
            version,
            text: sealRecord(file, { key, version }, "text", text),
            metadata: sealRecord(file, { key, version }, "metadata", metadata),
          };
          file.db
            .prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)")
            .run(key, version, record.text, record.metadata);
          const records = replaceInSet(file.keys.digest, state.records, found, record);
          writeState(file, { sequence: version, records });
          return record;
        }),
      );
      return String(written.version);
    },

    async delete(key, expected) {
      assertKey(key);
      await run(() =>
        shared.write(false, key, (file) => {
          const found = file && findRecord(address, file, key);
          if (!found) return undefined;
          assertVersion(key, found, expected);
          const state = writableState(address, file);
          file.db.prepare("DELETE FROM documents WHERE key = ?").run(key);
          const records = replaceInSet(file.keys.digest, state.records, found, undefined);
          writeState(file, { ...state, records });
          return undefined;
        }),
      );
    },

    async list(prefix) {
      return listed(prefix, (file, record) => ({
        key: record.key,
        version: String(record.version),
        text: openRecord(address, file, record, "text"),
      }));
    },

    async keys(prefix) {
      return listed(prefix, (_file, { key }) => key);
    },

    async listMetadata(prefix) {
      return listed(prefix, (file, record) => ({
        key: record.key,
        version: String(record.version),
        metadata: openRecord(address, file, record, "metadata"),
      }));
    },

    close() {
      if (!closed) shared.release();
      closed = true;
      return Promise.resolve();
    },
  };
}

function absolutePath(path: string): string {
  return resolve(path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);
}
