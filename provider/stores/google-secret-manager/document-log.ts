import { StoreUnavailableError } from "../../errors";
import { gone, notOurs, stale } from "./conflicts";
import { ANCESTORS, decodeEntry, encodeEntry, type Entry, type NewEntry, type Position } from "./entry";
import { corrupt, isOutcomeUnknown, labelOf } from "./failures";
import { currentOf, firstAfterParent, parentOf, ROOT, type Slot } from "./judge";
import { VersionReader } from "./log-end";
import type { SecretVersions } from "./secret-versions";

/** What a log says at one time. */
export interface LogState {
  /** The highest number; 0 when there is no version. */
  end: number;
  /** The accepted version; one without text stands for a deleted document. */
  current: Entry | undefined;
  /** Numbers above the accepted version that are destroyed, up to the end. */
  voids: number[];
}

/** The log of one document, as the versions of one secret. */
export interface DocumentLog {
  look(known?: number): Promise<LogState>;
  /**
   * Adds a version after `state.current`, and finds out whether it counts.
   *
   * @param text - undefined deletes the document.
   * @returns the accepted version.
   * @throws StaleVersionError if another one counts.
   */
  append(state: LogState, text: string | undefined): Promise<Entry>;
}

/** How often a log is read again that others prune meanwhile. */
const TRIES = 20;
/** More than so many versions destroyed by hand, at the end of a log, are not gone around. */
const MAX_VOIDS = 20;
/** Most versions that one write destroys; the next goes on. */
const PRUNED_AT_ONCE = 8;

/** @param newId - random, never the same twice. */
export function documentLog(versions: SecretVersions, secret: string, key: string, newId: () => string): DocumentLog {
  async function look(known = 0): Promise<LogState> {
    let end = known;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const before = end;
      const reader = new VersionReader(versions, secret);
      end = await reader.end(known);
      if (end === 0) return { end, current: undefined, voids: [] };
      const state = await judged(reader, end);
      if (state !== undefined) return state;
      if (attempt > 0 && end === before) break;
    }
    throw corrupt(secret, "versions that it takes to tell the current one were destroyed by hand; delete the secret");
  }

  /** Reads from the end as far back as it takes. @returns undefined when others pruned the log meanwhile. */
  async function judged(reader: VersionReader, end: number): Promise<LogState | undefined> {
    const slots = new Map<number, Slot>();
    const voids: number[] = [];
    for (let from = end; from > 0; from--) {
      const slot = await slotAt(reader, from, voids.length === end - from);
      slots.set(from, slot);
      if (slot === "destroyed") {
        if ([...slots.values()].some((later) => typeof later === "object" && later.voids.includes(from))) continue;
        // Ours are pruned from below: what is destroyed and still the last was destroyed by hand.
        if (voids.length < end - from || (await versions.read(secret, end + 1)).is !== "absent") return undefined;
        voids.unshift(from);
        continue;
      }
      if (slot === "foreign" && voids.length === end - from) throw notOurs(secret, from);
      const current = currentOf({ from, end, slots });
      if (current !== undefined) return { end, current, voids: voids.filter((n) => n > current.n) };
    }
    return voids.length === end ? { end, current: undefined, voids } : undefined;
  }

  async function slotAt(reader: VersionReader, number: number, isLast: boolean): Promise<Slot> {
    const read = await reader.read(number);
    if (read.is === "payload") return decodeEntry(read.data, number, key, secret) ?? "foreign";
    if (read.is === "absent") {
      throw new StoreUnavailableError(
        "failed",
        `${labelOf(secret)}: Google does not show version ${String(number)} although later ones exist; try again`,
      );
    }
    if (read.is === "disabled" && isLast) throw corrupt(secret, `version ${String(number)} is disabled; enable it`);
    return "destroyed";
  }

  async function append(state: LogState, text: string | undefined): Promise<Entry> {
    const entry = await add(state, text);
    // What is deleted is not kept; of the log only its end is needed, which says so.
    if (text === undefined) await prune(entry);
    return entry;
  }

  async function add(state: LogState, text: string | undefined): Promise<Entry> {
    const { current, voids } = state;
    if (voids.length > MAX_VOIDS) throw corrupt(secret, "too many versions were destroyed by hand; delete the secret");
    const parents = current === undefined ? [] : [{ n: current.n, id: current.id }, ...current.ancestors];
    const entry: NewEntry = {
      id: newId(),
      key,
      ancestors: parents.slice(0, ANCESTORS),
      voids,
      floor: current === undefined ? 1 : await prune(current),
      text,
    };
    const data = encodeEntry(entry, secret);
    let number: number | undefined;
    try {
      number = await versions.add(secret, data);
    } catch (error) {
      if (!isOutcomeUnknown(error)) throw error;
      return whatBecameOf(entry, state, error as Error);
    }
    if (number === undefined) throw gone(secret);
    return (await judgeOwn({ ...entry, n: number })) ?? whatBecameOf(entry, state);
  }

  /** @returns undefined when others have pruned what it takes to tell. */
  async function judgeOwn(own: Entry): Promise<Entry | undefined> {
    const parent = parentOf(own);
    const reader = new VersionReader(versions, secret);
    const slots = new Map<number, Slot>();
    for (let n = parent.n + 1; n < own.n; n++) slots.set(n, await slotAt(reader, n, false));
    const first = firstAfterParent(own, parent.n + 1, slots);
    if (first === undefined) return undefined;
    // A repeated request leaves several versions of one write; the first of them counts.
    if (first.id !== own.id) throw stale(secret);
    return first;
  }

  /**
   * Finds a version by what the current one says of its ancestors.
   *
   * @param failure - the call's, if it may or may not have added the version.
   */
  async function whatBecameOf(own: NewEntry, before: LogState, failure?: Error): Promise<Entry> {
    const { current } = await look(before.end);
    const parent = parentOf(own);
    const nothingNew = current === undefined || (current.n === parent.n && current.id === parent.id);
    if (nothingNew) throw failure ?? unclear();
    const lineage: Position[] = [{ n: current.n, id: current.id }, ...current.ancestors];
    const found = lineage.find(({ id }) => id === own.id);
    if (found !== undefined) return found.n === current.n ? current : { ...own, n: found.n };
    const reachesParent = [...lineage, ...(current.ancestors.length < ANCESTORS ? [ROOT] : [])].some(
      ({ n }) => n <= parent.n,
    );
    if (reachesParent) throw stale(secret);
    throw failure ?? unclear();
  }

  function unclear(): StoreUnavailableError {
    return new StoreUnavailableError(
      "failed",
      `${labelOf(secret)}: others wrote it so often meanwhile that it cannot be told whether this write counted; try again`,
    );
  }

  /**
   * Destroys what the current version was written over, and all before: it takes only what lies between the two to judge
   * it. Called before the next version is added, so that one earlier version stays, for people.
   *
   * @returns the lowest number that may still hold something.
   */
  async function prune(current: Entry): Promise<number> {
    const last = Math.min(parentOf(current).n, current.floor + PRUNED_AT_ONCE - 1);
    let floor = current.floor;
    for (; floor <= last; floor++) {
      try {
        await versions.destroy(secret, floor);
      } catch (error) {
        // A login that may write and not destroy leaves more behind, and that is all.
        if (error instanceof StoreUnavailableError) return floor;
        throw error;
      }
    }
    return floor;
  }

  return { look, append };
}
