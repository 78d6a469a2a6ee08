import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { StaleVersionError } from "../../errors";
import { assertFits, assertKey, assertPrefix } from "../checks";
import { ABSENT, type SecretsStore } from "../store";
import { localCapabilities } from "./capabilities";
import { openRecord, readRows, readState, sealRecord, writeState, type OpenRecords } from "./records";
import type { LocalOptions } from "./options";
import { combineDigests, recordDigest } from "./seal";
import { SharedFile } from "./shared-file";
import { asBytes, asInteger, explain, transaction } from "./sqlite";

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

  function assertVersion(key: string, found: { version: number } | undefined, expected: string): void {
    const version = found ? String(found.version) : ABSENT;
    if (version === expected) return;
    throw new StaleVersionError(`store "${address}": document "${key}" is at version ${version}, not ${expected}`);
  }

  return {
    kind: "local",
    address,
    capabilities: localCapabilities,

    async find(key) {
      assertKey(key);
      return run(async () => {
        const file = await shared.find();
        const row = file?.db
          .prepare(`SELECT ${asInteger("version")}, ${asBytes("text")} FROM documents WHERE key = ?`)
          .get(key) as { version: number; text: unknown } | undefined;
        if (!file || !row) return undefined;
        const text = openRecord(address, file, { ...row, key }, "text");
        return { key, version: String(row.version), text };
      });
    },

    async put(key, text, metadata, expected) {
      assertKey(key);
      assertFits({ kind: "local", capabilities: localCapabilities }, key, text);
      return run(async () => {
        // Only a create makes a store: an update of what is not there is stale.
        const file = await (expected === ABSENT ? shared.ensure() : shared.find());
        if (!file) return assertVersion(key, undefined, expected) as never;
        return transaction(file.db, "IMMEDIATE", () => {
          const found = versionOf(file, key);
          assertVersion(key, found, expected);
          const state = readState(address, file);
          const version = state.sequence + 1;
          const sealed = (["text", "metadata"] as const).map((column) =>
            sealRecord(file, { key, version }, column, column === "text" ? text : metadata),
          );
          file.db.prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)").run(key, version, ...sealed);
          let digest = combineDigests(state.digest, recordDigest(file.keys, key, version));
          if (found) digest = combineDigests(digest, recordDigest(file.keys, key, found.version));
          writeState(file, { sequence: version, digest });
          return String(version);
        });
      });
    },

    async delete(key, expected) {
      assertKey(key);
      return run(async () => {
        const file = await shared.find();
        if (!file) return;
        transaction(file.db, "IMMEDIATE", () => {
          const found = versionOf(file, key);
          if (!found) return;
          assertVersion(key, found, expected);
          const state = readState(address, file);
          file.db.prepare("DELETE FROM documents WHERE key = ?").run(key);
          const digest = combineDigests(state.digest, recordDigest(file.keys, key, found.version));
          writeState(file, { ...state, digest });
        });
      });
    },

    async list(prefix) {
      assertPrefix(prefix);
      return run(async () => {
        const file = await shared.find();
        if (!file) return [];
        return readRows(address, file, prefix, ["text"]).map((row) => ({
          key: row.key,
          version: String(row.version),
          text: openRecord(address, file, row, "text"),
        }));
      });
    },

    async keys(prefix) {
      assertPrefix(prefix);
      return run(async () => {
        const file = await shared.find();
        return file ? readRows(address, file, prefix).map((row) => row.key) : [];
      });
    },

    async listMetadata(prefix) {
      assertPrefix(prefix);
      return run(async () => {
        const file = await shared.find();
        if (!file) return [];
        return readRows(address, file, prefix, ["metadata"]).map((row) => ({
          key: row.key,
          version: String(row.version),
          metadata: openRecord(address, file, row, "metadata"),
        }));
      });
    },

    async close() {
      if (!closed) shared.release();
      closed = true;
    },
  };
}

function versionOf({ db }: OpenRecords, key: string): { version: number } | undefined {
  return db.prepare(`SELECT ${asInteger("version")} FROM documents WHERE key = ?`).get(key) as
    { version: number } | undefined;
}

function absolutePath(path: string): string {
  return resolve(path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);
}
