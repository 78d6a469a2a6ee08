import { randomUUID } from "node:crypto";

import { mapConcurrently } from "../../concurrency";
import { ConflictError, StaleVersionError, StoreUnavailableError } from "../../errors";
import { assertFits, assertKey, assertPrefix } from "../checks";
import {
  defaultTombstoneTiming,
  deleteWithTombstone,
  type DeletionSteps,
  isOutcomeUnknown,
  Patience,
  type TombstoneTiming,
} from "../shared/tombstone";
import { ABSENT, type SecretsStore, type StoredMetadata, type StoredText } from "../store";
import { VAULT_KIND, vaultCapabilities } from "./capabilities";
import { vaultClient } from "./client";
import { changedCustomMetadata, fromCustomMetadata, isManaged, toCustomMetadata } from "./custom-metadata";
import { keyValue, type Entry, type Written } from "./kv";
import { processLogin, type LoginSource } from "./login";
import { describeVaultAddress, type VaultOptions } from "./options";

// Vault has no bulk read; its own client is as parallel.
const READS_AT_ONCE = 16;
const SEGMENT = /^[A-Za-z0-9_.-]{1,200}\/?$/;
const ONLY_DOTS = /^\.+\/?$/;

type Document = Extract<Entry, { kind: "document" }>;

/**
 * Documents as secrets of a KV version 2 engine of Vault or OpenBao, one each, at `PREFIX/KEY`.
 *
 * Connects and logs in at first use; credentials come from the environment.
 *
 * @param timing - tests shorten it.
 * @see docs/stores/vault.md
 */
export function vaultStore(
  options: VaultOptions,
  timing: Partial<TombstoneTiming> = {},
  source: () => LoginSource = processLogin,
): SecretsStore {
  const times = { ...defaultTombstoneTiming, ...timing };
  const client = vaultClient(options, source);
  const kv = keyValue(client, options);
  const labelOf = (key: string): string => `store "${VAULT_KIND}": "${options.mount}/${options.prefix}/${key}"`;

  async function find(key: string): Promise<StoredText | undefined> {
    assertKey(key);
    const entry = await kv.read(key);
    if (entry.kind === "foreign") throw notOurs(key);
    if (entry.kind === "corrupt") throw corrupt(key);
    return entry.kind === "document" ? { key, version: entry.version, text: entry.text } : undefined;
  }

  async function put(key: string, text: string, metadata: string, expected: string): Promise<string> {
    assertKey(key);
    assertFits({ kind: VAULT_KIND, capabilities: vaultCapabilities }, key, text);
    const custom = toCustomMetadata(metadata, key);
    const entry = expected === ABSENT ? await vacancy(key) : await document(key, expected);
    const version = await commit(key, { write: randomUUID(), text }, entry.number);
    const changed = changedCustomMetadata(custom, entry.custom);
    if (changed !== undefined) await kv.writeCustom(key, changed);
    return version;
  }

  async function remove(key: string, expected: string): Promise<void> {
    assertKey(key);
    if (options.keepVersions) await removeSoftly(key, expected);
    else await deleteWithTombstone(expected, deletionOf(key), times);
  }

  function deletionOf(key: string): DeletionSteps<number> {
    return {
      async look() {
        const entry = await kv.read(key);
        if (entry.kind === "absent") return { is: "absent" };
        if (entry.kind === "tombstone") return { is: "tombstone", mark: entry.write, state: entry.number };
        const { version, number } = expectDocument(key, entry);
        return { is: "document", mark: version, state: number };
      },
      async bury(number) {
        // Vault's delete has no check-and-set: the tombstone is one.
        const write = randomUUID();
        await commit(key, { write }, number);
        return write;
      },
      destroy: (_, within) => kv.destroy(key, within),
      stale: () => changed(key),
    };
  }

  /** Removal names the versions, and so takes nothing along that is written later: nobody need wait. */
  async function removeSoftly(key: string, expected: string): Promise<void> {
    const entry = await kv.read(key);
    if (entry.kind === "absent") return;
    let last = entry.number;
    if (entry.kind !== "tombstone") {
      if (expectDocument(key, entry).version !== expected) throw changed(key);
      await commit(key, { write: randomUUID() }, entry.number);
      last += 1;
    }
    await kv.softDelete(
      key,
      [last - 1, last].filter((number) => number > 0),
    );
  }

  /** A place for a new document. @throws StaleVersionError or ConflictError when there is something. */
  async function vacancy(key: string): Promise<Entry> {
    const patience = new Patience(times);
    for (;;) {
      const entry = await kv.read(key);
      if (entry.kind === "document") throw new StaleVersionError(`${labelOf(key)} exists already`);
      if (entry.kind === "corrupt") throw corrupt(key);
      const foreign = entry.kind === "foreign" || (entry.custom !== undefined && !isManaged(entry.custom));
      if (foreign) throw notOurs(key);
      // Whoever wrote a tombstone is about to remove everything, and would take a document written now with it. After
      // a crash nobody does: then the tombstone is simply written over.
      if (entry.kind !== "tombstone" || patience.isOver(entry.write)) return entry;
      await times.clock.sleep(times.pauseMs);
    }
  }

  async function document(key: string, expected: string): Promise<Document> {
    const entry = await kv.read(key);
    if (entry.kind === "absent" || entry.kind === "tombstone") {
      throw new StaleVersionError(`${labelOf(key)} was deleted since it was read`);
    }
    const found = expectDocument(key, entry);
    if (found.version !== expected) throw changed(key);
    return found;
  }

  function expectDocument(key: string, entry: Exclude<Entry, { kind: "absent" | "tombstone" }>): Document {
    if (entry.kind === "foreign") throw notOurs(key);
    if (entry.kind === "corrupt") throw corrupt(key);
    return entry;
  }

  /** One check-and-set write; a reply that was lost is found out by our own mark in the version it would have made. */
  async function commit(key: string, data: Written, expected: number): Promise<string> {
    const lookAtOurs = async (): Promise<string | undefined> => {
      const made = await kv.read(key, expected + 1);
      const ours = (made.kind === "document" || made.kind === "tombstone") && made.write === data.write;
      return ours ? (made.kind === "document" ? made.version : "") : undefined;
    };
    const version = await kv.write(key, data, expected).catch(async (error: unknown) => {
      if (!isOutcomeUnknown(error)) throw error;
      const made = await lookAtOurs().catch(() => {
        throw error;
      });
      if (made === undefined) throw error;
      return made;
    });
    const made = version ?? (await lookAtOurs());
    if (made === undefined) throw changed(key);
    return made;
  }

  async function list(prefix: string): Promise<StoredText[]> {
    const found = await mapConcurrently(
      await keysBelow(prefix),
      READS_AT_ONCE,
      async (key): Promise<StoredText | undefined> => {
        const entry = await kv.read(key);
        if (entry.kind === "corrupt") throw corrupt(key);
        return entry.kind === "document" ? { key, version: entry.version, text: entry.text } : undefined;
      },
    );
    return found.filter((each) => each !== undefined);
  }

  async function listMetadata(prefix: string): Promise<StoredMetadata[]> {
    const found = await mapConcurrently(
      await keysBelow(prefix),
      READS_AT_ONCE,
      async (key): Promise<StoredMetadata | undefined> => {
        const entry = await kv.metadata(key);
        if (entry === undefined) return undefined;
        return { key, version: entry.version, metadata: fromCustomMetadata(entry.custom) ?? "{}" };
      },
    );
    return found.filter((each) => each !== undefined);
  }

  /** All keys below a prefix, sorted, deleted and foreign ones included; one call per folder. */
  async function keysBelow(prefix: string): Promise<string[]> {
    assertPrefix(prefix);
    const keys: string[] = [];
    let folders = [prefix];
    while (folders.length > 0) {
      const listed = await mapConcurrently(folders, READS_AT_ONCE, async (folder) =>
        (await kv.names(folder)).filter(isOurName).map((name) => folder + name),
      );
      const names = listed.flat();
      keys.push(...names.filter((name) => !name.endsWith("/")));
      folders = names.filter((name) => name.endsWith("/"));
    }
    return keys.sort();
  }

  function changed(key: string): StaleVersionError {
    return new StaleVersionError(`${labelOf(key)} changed since it was read`);
  }

  function notOurs(key: string): ConflictError {
    return new ConflictError(`${labelOf(key)} was not made by airflow-env; move or delete it, or use another prefix`);
  }

  function corrupt(key: string): StoreUnavailableError {
    return new StoreUnavailableError(
      "corrupt",
      `${labelOf(key)} was overwritten by hand with something else; restore an earlier version (vault kv rollback)`,
    );
  }

  return {
    kind: VAULT_KIND,
    address: describeVaultAddress(options),
    capabilities: vaultCapabilities,
    find,
    put,
    delete: remove,
    list,
    // Metadata alone cannot tell a document from one whose deletion was interrupted.
    keys: async (prefix) => (await list(prefix)).map((each) => each.key),
    listMetadata,
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

/** Names that can be part of one of our keys; anything else is somebody else's. */
function isOurName(name: string): boolean {
  return SEGMENT.test(name) && !ONLY_DOTS.test(name);
}
