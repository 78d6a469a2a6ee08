import { StaleVersionError } from "../../errors";
import type { StoredMetadata, StoredText } from "../store";
import { notOurs, stale } from "./conflicts";
import { documentLog, type DocumentLog, type LogState } from "./document-log";
import type { Entry } from "./entry";
import { isAnnounced, type IndexRow } from "./index-entry";
import { keyIndex, type IndexTiming } from "./index-log";
import { documentSecret, indexSecret } from "./names";
import { nameQueue } from "../shared/name-queue";
import type { SecretVersions } from "./secret-versions";

/** Documents in their logs, and the index of them. */
export interface GoogleDocuments {
  find(key: string): Promise<StoredText | undefined>;
  /** As `find`, of a document that is in the index. */
  findListed(row: IndexRow): Promise<StoredText | undefined>;
  /** @param expected - undefined: there must be none. */
  put(key: string, text: string, metadata: string, expected: string | undefined): Promise<string>;
  remove(key: string, expected: string): Promise<void>;
  /** What the index says of documents below a prefix that may exist, sorted by key. */
  rows(prefix: string): Promise<IndexRow[]>;
  metadata(prefix: string): Promise<StoredMetadata[]>;
}

/**
 * The store's protocol, apart from Google's interface: the test of all interleavings runs it on versions in memory.
 *
 * A document is written in this order: its key into the index, if it is new; its secret, if there is none; its version;
 * then the index says what that version is. So whoever dies in between leaves a key in the index whose log is one write
 * ahead. Readers of documents judge the log itself, and see that write; metadata follows with the next one.
 */
export function googleDocuments(
  versions: SecretVersions,
  prefix: string,
  timing: IndexTiming,
  newId: () => string,
): GoogleDocuments {
  const index = keyIndex(versions, indexSecret(prefix), timing, newId);
  const inLine = nameQueue();
  /** What this process saw last of a log: a write on top of it needs no look before. Texts are not kept. */
  const seen = new Map<string, LogState>();

  const logOf = (key: string): DocumentLog => documentLog(versions, documentSecret(prefix, key), key, newId);

  /** Who asks while somebody is looking waits, and shares the next look with all others that wait. */
  const look = shared(async (key: string, known: number): Promise<LogState> => {
    const state = await logOf(key).look(Math.max(known, seen.get(key)?.end ?? 0));
    remember(key, state);
    return state;
  });

  function remember(key: string, { end, current, voids }: LogState): void {
    if (current === undefined) seen.delete(key);
    else seen.set(key, { end, voids, current: { ...current, text: current.text === undefined ? undefined : "" } });
  }

  async function append(key: string, state: LogState, text: string | undefined): Promise<Entry> {
    const log = logOf(key);
    try {
      const entry = await log.append(state, text);
      remember(key, { end: entry.n, current: entry, voids: [] });
      return entry;
    } catch (error) {
      seen.delete(key);
      throw error;
    }
  }

  /** So that a create that counts and whose writer dies is in every listing all the same. */
  async function announce(key: string, { end }: LogState): Promise<void> {
    await index.write([{ key, n: end + 1, id: "", metadata: undefined }]);
  }

  async function make(key: string): Promise<void> {
    const secret = documentSecret(prefix, key);
    const made = await versions.create(secret, key);
    if (made === "exists" && !(await versions.isManaged(secret))) throw notOurs(secret);
  }

  async function write(key: string, text: string, expected: string | undefined): Promise<Entry> {
    let state = seen.get(key);
    if (state === undefined || versionOf(state) !== expected) state = await look(key);
    if (versionOf(state) !== expected) throw stale(documentSecret(prefix, key));
    if (expected === undefined) await announce(key, state);
    if (state.end === 0) await make(key);
    return append(key, state, text);
  }

  async function put(key: string, text: string, metadata: string, expected: string | undefined): Promise<string> {
    const { n, id } = await inLine(key, () => write(key, text, expected));
    await index.write([{ key, n, id, metadata }]);
    return tokenOf({ n, id });
  }

  /** @returns the entry that says so; undefined when there never was a document. */
  async function erase(key: string, expected: string): Promise<Entry | undefined> {
    const state = await look(key);
    if (state.current?.text === undefined) return state.current;
    if (tokenOf(state.current) !== expected) throw stale(documentSecret(prefix, key));
    try {
      return await append(key, state, undefined);
    } catch (error) {
      if (!(error instanceof StaleVersionError)) throw error;
      // Somebody else may have deleted it, which is what was asked for.
      const after = (await look(key)).current;
      if (after === undefined || after.text !== undefined) throw error;
      return after;
    }
  }

  async function remove(key: string, expected: string): Promise<void> {
    const entry = await inLine(key, () => erase(key, expected));
    if (entry === undefined) return;
    const { n, id } = entry;
    // Whoever deleted it before may have died before saying so here.
    if ((await index.rows()).get(key)?.id !== id) await index.write([{ key, n, id, metadata: undefined }]);
  }

  async function rows(below: string): Promise<IndexRow[]> {
    const all = [...(await index.rows()).values()];
    const some = all.filter((row) => row.key.startsWith(below) && (row.metadata !== undefined || isAnnounced(row)));
    return some.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async function find(key: string, known = 0): Promise<StoredText | undefined> {
    const { current } = await look(key, known);
    if (current?.text === undefined) return undefined;
    return { key, version: tokenOf(current), text: current.text };
  }

  return {
    find: (key) => find(key),
    findListed: (row) => find(row.key, isAnnounced(row) ? row.n - 1 : row.n),
    put,
    remove,
    rows,
    async metadata(below) {
      return (await rows(below)).flatMap((row): StoredMetadata[] =>
        row.metadata === undefined ? [] : [{ key: row.key, version: tokenOf(row), metadata: row.metadata }],
      );
    },
  };
}

/** Lets callers of the same key share what begins after they called. */
function shared<T>(run: (key: string, known: number) => Promise<T>): (key: string, known?: number) => Promise<T> {
  const turns = new Map<string, { running: Promise<unknown>; next?: Promise<T> }>();
  return (key, known = 0) => {
    const turn = turns.get(key);
    if (turn === undefined) return begin();
    turn.next ??= turn.running.then(begin, begin);
    return turn.next;

    function begin(): Promise<T> {
      const running = run(key, known);
      const mine: { running: Promise<unknown>; next?: Promise<T> } = { running };
      turns.set(key, mine);
      const forget = (): void => {
        if (turns.get(key) === mine && mine.next === undefined) turns.delete(key);
      };
      running.then(forget, forget);
      return running;
    }
  };
}

/** The version of a document: number and id, so that one of an earlier secret of the same name is never taken for it. */
function tokenOf({ n, id }: { n: number; id: string }): string {
  return `${String(n)}.${id}`;
}

function versionOf({ current }: LogState): string | undefined {
  return current?.text === undefined ? undefined : tokenOf(current);
}
