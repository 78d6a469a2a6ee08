import type { Clock } from "../../clock";
import { ProviderError, StoreUnavailableError } from "../../errors";
import { notOurs } from "./conflicts";
import { corrupt, labelOf } from "./failures";
import { decodeIndex, divide, encodeIndex, mergeRow, type IndexEntry, type IndexRow } from "./index-entry";
import { VersionReader } from "./log-end";
import type { SecretVersions } from "./secret-versions";

/**
 * Which documents there are, with their metadata: the versions of one secret, in which everybody writes down what they
 * did, without conditions. Rows of a document are merged by its version's number, so their order does not matter.
 *
 * Now and then all rows up to a number are written once more, as a snapshot, and the versions that it covers are
 * destroyed. Who meets a destroyed one has not seen that snapshot, and begins again at the end.
 */
export interface KeyIndex {
  /** All that was written before this call. */
  rows(): Promise<Map<string, IndexRow>>;
  /** Writes rows; calls at the same time share one version. */
  write(rows: IndexRow[]): Promise<void>;
}

/** Waiting times, in milliseconds, and sizes; tests shorten them. */
export interface IndexTiming {
  /** How long writes are gathered. */
  gatherMs: number;
  /** Between two versions of one process: Google takes two a second of a global secret. */
  paceMs: number;
  /** Versions after which a snapshot is made. */
  snapshotAfter: number;
  clock: Clock;
}

/** What one process knows of the index. */
interface View {
  end: number;
  rows: Map<string, IndexRow>;
  /** Versions since the last snapshot. */
  since: number;
  /** All numbers below it are destroyed. */
  floor: number;
  /** What the last snapshot covers. */
  covers: number;
  parts: number;
}

const TRIES = 20;
const READS_AT_ONCE = 8;

export function keyIndex(versions: SecretVersions, secret: string, timing: IndexTiming, newId: () => string): KeyIndex {
  const { clock } = timing;
  let view: View | undefined;
  let waiting: { rows: IndexRow[]; done: () => void; failed: (error: unknown) => void }[] = [];
  let isWriting = false;
  let lastWrite = -Infinity;
  let destroyedBelow = 1;

  /** Reads what is new, or everything when there is no view yet or others destroyed what is new to us. */
  async function refresh(): Promise<View> {
    let known = view?.end ?? 0;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const reader = new VersionReader(versions, secret);
      const end = await reader.end(known);
      known = end;
      const fresh = await load(reader, end, attempt === 0 ? view : undefined);
      if (fresh === undefined) continue;
      view = view === undefined || fresh.end >= view.end ? fresh : view;
      return view;
    }
    throw corrupt(
      secret,
      "versions of the index were destroyed by hand; delete the secret and write every document anew",
    );
  }

  /** Reads backwards until everything is known. @returns undefined when it met a destroyed version too early. */
  async function load(reader: VersionReader, end: number, before: View | undefined): Promise<View | undefined> {
    const rows = new Map(before?.rows);
    const complete = new Snapshots();
    let stop = before?.end ?? 0;
    for (let n = end; n > stop; n--) {
      // Several at once, but no more than there may be.
      if ((end - n) % READS_AT_ONCE === 0)
        for (let m = n; m > Math.max(stop, n - READS_AT_ONCE); m--) prefetch(reader, m);
      const entry = await entryAt(reader, n);
      if (entry === "destroyed") return undefined;
      for (const row of entry?.rows ?? []) mergeRow(rows, row);
      const found = entry?.snapshot === undefined ? undefined : complete.add(entry.snapshot);
      if (found !== undefined) stop = Math.max(stop, found.covers);
    }
    const last = complete.newest;
    return {
      end,
      rows,
      since: end - (last?.covers ?? before?.covers ?? 0),
      floor: Math.max(last?.floor ?? before?.floor ?? 1, destroyedBelow),
      covers: last?.covers ?? before?.covers ?? 0,
      parts: last?.parts ?? before?.parts ?? 1,
    };
  }

  async function entryAt(reader: VersionReader, n: number): Promise<IndexEntry | "destroyed" | undefined> {
    const read = await reader.read(n);
    if (read.is === "payload") return decodeIndex(read.data, secret);
    if (read.is === "absent") {
      throw new StoreUnavailableError(
        "failed",
        `${labelOf(secret)}: Google does not show version ${String(n)} although later ones exist; try again`,
      );
    }
    return "destroyed";
  }

  async function write(rows: IndexRow[]): Promise<void> {
    for (const part of divide(rows, secret)) await add({ rows: part });
  }

  async function add(entry: IndexEntry): Promise<number> {
    const wait = lastWrite + timing.paceMs - clock.now();
    if (wait > 0) await clock.sleep(wait);
    lastWrite = clock.now();
    const data = encodeIndex(entry);
    for (let attempt = 0; attempt < 2; attempt++) {
      const number = await versions.add(secret, data);
      if (number !== undefined) {
        // Nobody else's is between what is known and this, so it need not be read.
        if (view?.end === number - 1) view.end = number;
        for (const row of entry.rows) if (view !== undefined) mergeRow(view.rows, row);
        return number;
      }
      const made = await versions.create(secret, "index");
      if (made === "exists" && !(await versions.isManaged(secret))) throw notOurs(secret);
    }
    throw new StoreUnavailableError("failed", `${labelOf(secret)}: Google does not show the new secret yet; try again`);
  }

  /** Writes down everything once more, and destroys what that covers. */
  async function compact(): Promise<void> {
    const { end: covers, rows, floor, covers: before } = await refresh();
    const parts = divide([...rows.values()], secret);
    const id = newId();
    for (const [part, some] of parts.entries()) {
      await add({ rows: some, snapshot: { id, part, parts: parts.length, covers, floor } });
    }
    const reader = new VersionReader(versions, secret);
    for (let n = floor; n <= covers; n++) {
      // What the snapshot before covered is destroyed already, unless its writer died; reading is cheaper than writing.
      if (n <= before && (await reader.read(n)).is !== "payload") continue;
      await versions.destroy(secret, n);
      destroyedBelow = n + 1;
    }
  }

  async function compactIfLong(): Promise<void> {
    const { since, parts } = view ?? (await refresh());
    if (since < Math.max(timing.snapshotAfter, 4 * parts)) return;
    // Also if it fails: a store that refuses writes does not want one more with each.
    if (view !== undefined) view.since = 0;
    await compact();
  }

  /** Group commit: everything that arrives while one version is written goes into the next. */
  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await clock.sleep(timing.gatherMs);
      const batch = waiting;
      waiting = [];
      try {
        await write(batch.flatMap(({ rows }) => rows));
        if (view !== undefined) view.since += 1;
        // What was asked for will count; tidying up may fail without harm, and another one tries again.
        await compactIfLong().catch((error: unknown) => {
          if (!(error instanceof ProviderError)) throw error;
        });
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    isWriting = false;
  }

  return {
    rows: async () => (await refresh()).rows,
    write: (rows) =>
      new Promise<void>((done, failed) => {
        waiting.push({ rows, done, failed });
        if (isWriting) return;
        isWriting = true;
        void drain();
      }),
  };
}

function prefetch(reader: VersionReader, n: number): void {
  // Who awaits it gets the failure.
  reader.read(n).catch(() => undefined);
}

/** Collects parts of snapshots until one is complete. */
class Snapshots {
  readonly #parts = new Map<string, Set<number>>();
  newest: IndexEntry["snapshot"];

  add(snapshot: NonNullable<IndexEntry["snapshot"]>): IndexEntry["snapshot"] {
    const parts = this.#parts.get(snapshot.id) ?? new Set();
    this.#parts.set(snapshot.id, parts.add(snapshot.part));
    if (parts.size < snapshot.parts) return undefined;
    if (this.newest === undefined || snapshot.covers > this.newest.covers) this.newest = snapshot;
    return snapshot;
  }
}
