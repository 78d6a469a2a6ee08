import { setTimeout as sleep } from "node:timers/promises";

import { StaleVersionError, StoreUnavailableError } from "../../errors";
import { MANAGED_BY } from "../shared/entries";
import type { AwsClient } from "./client";
import { labelOf, VersionLimitError } from "./failures";
import { decodeIndex, encodeIndex, type IndexEntries } from "./index-document";
import type { SecretRegister } from "./register";
import { MANAGED_TAG } from "./tags";
import { readValues } from "./values";

/**
 * Which keys may exist, because AWS's own listing may lag by five minutes.
 *
 * A key is added before its secret is created, and the entry is kept when the secret is deleted. So after a crash at
 * any point the index holds a superset of the keys: an entry without a secret costs a twentieth of a call, whereas
 * a secret without an entry would be invisible. Entries are dropped later, while something else is added.
 *
 * All keys are in one secret. When that is full, or has reached AWS's limit of versions per day, a second one is begun.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 */
export interface KeyIndex {
  /** Every key whose create returned before this call, and maybe deleted ones. */
  keys(): Promise<string[]>;
  /** Runs `create` once the index holds the key. Calls at the same time share one write of the index. */
  announce<T>(key: string, create: () => Promise<T>): Promise<T>;
  /** Tells that these keys were just seen to have no secret. */
  noteAbsent(keys: string[]): void;
}

interface Shard {
  name: string;
  /** Undefined while the secret does not exist. */
  version: string | undefined;
  entries: IndexEntries;
}

const MAX_SHARDS = 20;
const FIRST_LOOK = 4;
const MAX_BYTES = 65_536;
const TRIES = 30;
/** In gatherings of `gatherMs`. */
const LONGEST_GATHER = 8;
// An entry is dropped when it is older than GRACE and its secret was seen absent within the last half of it. A create
// refreshes an entry older than half of GRACE, so its CreateSecret would have to be under way for half an hour, or
// two clocks differ by that much, before a dropped key could get a secret. AWS refuses clocks that are 5 minutes off.
const GRACE_MINUTES = 60;

export function keyIndex(
  client: AwsClient,
  register: SecretRegister,
  prefix: string,
  listByAws: () => Promise<string[]>,
  gatherMs: number,
): KeyIndex {
  const absent = new Map<string, number>();
  const limited = new Set<string>();
  let known: Shard[] | undefined;
  let waiting: { key: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let writing = false;
  let creating = 0;

  const nameOf = (shard: number): string => `${prefix}/@index/${String(shard)}`;

  async function load(): Promise<Shard[]> {
    // The next few are asked for along with the first: they are rare, but then nobody needs another call to know.
    let names = Array.from({ length: FIRST_LOOK }, (_, index) => nameOf(index));
    const values = await readValues(client, names);
    if (values.has(nameOf(FIRST_LOOK - 1))) {
      const more = Array.from({ length: MAX_SHARDS - FIRST_LOOK }, (_, index) => nameOf(index + FIRST_LOOK));
      for (const [name, value] of await readValues(client, more)) values.set(name, value);
      names = [...names, ...more];
    }
    const shards = names.map((name): Shard => {
      const value = values.get(name);
      return {
        name,
        version: value?.version,
        entries: value === undefined ? new Map<string, number>() : decodeIndex(value.text, name),
      };
    });
    const [first] = shards;
    if (first !== undefined && first.version === undefined) {
      // Never made, or somebody deleted it. The listing lags, but by far less than such an accident takes to notice.
      for (const key of await listByAws()) first.entries.set(key, minutesNow());
    }
    return shards;
  }

  async function add(keys: string[]): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      known ??= await load();
      const shards = known;
      const missing = keys.filter((key) => !shards.some((shard) => holds(shard, key)));
      if (missing.length === 0) return;
      const shard = await addTo(shards, missing);
      if (shard !== undefined) return;
      known = undefined;
      await sleep(Math.random() * gatherMs * Math.min(attempt + 1, 8));
    }
    throw new StoreUnavailableError("failed", `${labelOf(nameOf(0))}: too many writers at once; try again`);
  }

  /** @returns undefined when another process wrote the index since we read it. */
  async function addTo(shards: Shard[], keys: string[]): Promise<Shard | undefined> {
    for (let number = 0; number < MAX_SHARDS; number++) {
      const name = nameOf(number);
      const shard = shards.find((each) => each.name === name) ?? { name, version: undefined, entries: new Map() };
      if (limited.has(name)) continue;
      const entries = prune(shard.entries);
      for (const key of keys) entries.set(key, minutesNow());
      const text = encodeIndex(entries);
      if (text.length > MAX_BYTES) continue;
      try {
        shard.version = await write(shard, text);
        shard.entries = entries;
        if (!shards.includes(shard)) shards.push(shard);
        return shard;
      } catch (error) {
        if (error instanceof StaleVersionError) return undefined;
        if (!(error instanceof VersionLimitError)) throw error;
        limited.add(name);
      }
    }
    throw new VersionLimitError(
      "throttled",
      `${labelOf(nameOf(0))}: all ${String(MAX_SHARDS)} index secrets are full or were written too often today; try again tomorrow`,
    );
  }

  async function write(shard: Shard, text: string): Promise<string> {
    return shard.version === undefined
      ? register.create(shard.name, text, { [MANAGED_TAG]: MANAGED_BY })
      : register.swap(shard.name, text, shard.version);
  }

  function prune(entries: IndexEntries): IndexEntries {
    const now = minutesNow();
    return new Map(
      [...entries].filter(
        ([key, at]) => now - at <= GRACE_MINUTES || now - (absent.get(key) ?? -Infinity) > GRACE_MINUTES / 2,
      ),
    );
  }

  /**
   * Waits while more creates arrive, or are under way and likely to be followed by the next: each write of the index
   * is one of the about 100 versions that AWS keeps per day.
   */
  async function gather(): Promise<void> {
    for (let seen = 0, pauses = 0; pauses < LONGEST_GATHER && (waiting.length > seen || creating > 0); pauses++) {
      seen = waiting.length;
      await sleep(gatherMs);
    }
  }

  /** Group commit: everything that arrives while one write is under way goes into the next. */
  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await gather();
      const batch = waiting;
      waiting = [];
      await add([...new Set(batch.map((each) => each.key))]).then(
        () => {
          for (const each of batch) each.done();
        },
        (error: unknown) => {
          for (const each of batch) each.failed(error);
        },
      );
    }
    writing = false;
  }

  return {
    async keys() {
      known = await load();
      return [...new Set(known.flatMap((shard) => [...shard.entries.keys()]))].sort();
    },
    async announce(key, create) {
      await new Promise<void>((done, failed) => {
        waiting.push({ key, done, failed });
        if (writing) return;
        writing = true;
        void drain();
      });
      creating += 1;
      try {
        return await create();
      } finally {
        creating -= 1;
      }
    },
    noteAbsent(keys) {
      for (const key of keys) absent.set(key, minutesNow());
    },
  };
}

function minutesNow(): number {
  return Math.floor(Date.now() / 60_000);
}

/** A shard without a version holds what AWS's listing told; that must still be written. */
function holds(shard: Shard, key: string): boolean {
  const at = shard.entries.get(key);
  return shard.version !== undefined && at !== undefined && minutesNow() - at <= GRACE_MINUTES / 2;
}
