import type { Entry, Position } from "./entry";

/** What stands at one number of a document's log. */
export type Slot = Entry | "foreign" | "destroyed";

/** The last part of a log, without holes: from `from` to its end. */
export interface Suffix {
  from: number;
  end: number;
  slots: ReadonlyMap<number, Slot>;
}

/** What stands before the first version. */
export const ROOT: Position = { n: 0, id: "" };

/** The accepted version that an entry's writer saw. */
export function parentOf(entry: Pick<Entry, "ancestors">): Position {
  return entry.ancestors[0] ?? ROOT;
}

/**
 * Which version is current.
 *
 * A version counts if no other between it and its parent names the same parent. Writers name accepted versions only, so
 * that is the same as: its parent is the version accepted last before it, and it needs no look at anything older. Of
 * the suffix the newest version that can be judged and counts is current: one after it that cannot be judged names a
 * parent before the suffix, which is not the last accepted one.
 *
 * @returns undefined when the suffix is too short to tell, or part of what it takes is destroyed.
 */
export function currentOf({ from, end, slots }: Suffix): Entry | undefined {
  for (let n = end; n >= from; n--) {
    const slot = slots.get(n);
    if (typeof slot !== "object") continue;
    const verdict = firstAfterParent(slot, from, slots);
    if (verdict === undefined && parentOf(slot).n >= from - 1) return undefined;
    if (verdict === slot) return slot;
  }
  return undefined;
}

/**
 * The first version after an entry's parent that names the same parent: the one of them all that counts.
 *
 * @returns undefined when a version between them is out of reach.
 */
export function firstAfterParent(entry: Entry, from: number, slots: ReadonlyMap<number, Slot>): Entry | undefined {
  const parent = parentOf(entry);
  if (parent.n < from - 1) return undefined;
  for (let n = parent.n + 1; n < entry.n; n++) {
    const slot = slots.get(n);
    if (slot === undefined) return undefined;
    if (slot === "destroyed" && !entry.voids.includes(n)) return undefined;
    if (typeof slot !== "object") continue;
    const other = parentOf(slot);
    if (other.n === parent.n && other.id === parent.id) return slot;
  }
  return entry;
}
