import { StaleVersionError, StoreUnavailableError } from "../../errors";
import { deleteWithTombstone, Patience, type TombstoneTiming } from "../shared/tombstone";
import type { AwsClient } from "./client";
import { gone, notOurs, stale } from "./conflicts";
import { deletionOf } from "./deletion";
import { labelOf } from "./failures";
import type { AwsOptions } from "./options";
import { nameQueue } from "../shared/name-queue";
import { SecretCalls } from "./secret-calls";
import type { SecretState } from "./secret-state";
import { moveVersion, pauseAfter, TRIES } from "./version-move";
import { isTombstone, newVersion } from "./versions";

/**
 * One AWS secret as a compare-and-set register.
 *
 * Secrets Manager has no conditional write. But moving AWSCURRENT names the version that must hold it, and fails
 * otherwise. So a new value is put under a staging label of ours, where nobody reads it, and the move decides. All
 * writers share the label: the next writer takes it over, so neither labels nor labelled versions pile up, and a
 * version that lost or was left by a crash is free for AWS to prune.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
export interface SecretRegister {
  describe(name: string): Promise<SecretState | undefined>;
  /** @throws ConflictError if the name is taken by a secret that is not ours; StaleVersionError if ours exists. */
  create(name: string, value: string, tags: Record<string, string>): Promise<string>;
  /** Reads the state first: a foreign secret is never touched, and a lost race costs no version. */
  replace(name: string, value: string, tags: Record<string, string>, expected: string): Promise<string>;
  /** As `replace`, for secrets whose tags never change and whose version was just read: two calls instead of three. */
  swap(name: string, value: string, expected: string): Promise<string>;
  remove(name: string, expected: string): Promise<void>;
}

/** The secrets of one account and region. Writers of one secret in this process wait for each other, but for `swap`. */
export function secretRegister(client: AwsClient, options: AwsOptions, timing: TombstoneTiming): SecretRegister {
  const queue = nameQueue();
  const calls = new SecretCalls(client, options);

  async function create(name: string, value: string, tags: Record<string, string>): Promise<string> {
    const token = newVersion();
    const patience = new Patience(timing);
    for (let attempt = 0; attempt < TRIES;) {
      if (await calls.create(name, value, tags, token)) return token;
      const state = await calls.describe(name);
      if (state?.current === token) return token;
      if (state !== undefined && !state.managed) throw notOurs(name);
      if (state !== undefined && !state.deleted && !isTombstone(state.current)) {
        throw new StaleVersionError(`${labelOf(name)}: exists already`);
      }
      if (state?.deleted === false && !patience.isOver(state.current ?? "")) {
        // A tombstone that is not yet scheduled for deletion: its deleter is about to do that, and would take a
        // document written now with it. A deleter that crashed is given up after a while.
        await timing.clock.sleep(timing.pauseMs);
        continue;
      }
      attempt += 1;
      if (state?.current === undefined || (state.deleted && !(await calls.restore(name)))) {
        await pauseAfter(attempt, timing);
        continue;
      }
      try {
        await moveVersion(calls, timing, name, value, state.current, token);
      } catch (error) {
        // Somebody else created it, or deleted it once more: the next look tells.
        if (error instanceof StaleVersionError) continue;
        throw error;
      }
      await calls.setTags(name, tags, state.tags);
      return token;
    }
    throw new StoreUnavailableError(
      "failed",
      `${labelOf(name)}: AWS is still deleting the old secret of this name; try again`,
    );
  }

  async function replace(name: string, value: string, tags: Record<string, string>, expected: string): Promise<string> {
    const state = await calls.describe(name);
    if (state !== undefined && !state.managed) throw notOurs(name);
    if (state === undefined || state.deleted || isTombstone(state.current)) throw gone(name);
    if (state.current !== expected) throw stale(name);
    const token = await swap(name, value, expected);
    await calls.setTags(name, tags, state.tags);
    return token;
  }

  async function swap(name: string, value: string, expected: string): Promise<string> {
    const token = newVersion();
    await moveVersion(calls, timing, name, value, expected, token);
    return token;
  }

  return {
    describe: (name) => calls.describe(name),
    create: (name, value, tags) => queue(name, () => create(name, value, tags)),
    replace: (name, value, tags, expected) => queue(name, () => replace(name, value, tags, expected)),
    swap,
    remove: (name, expected) =>
      queue(name, () => deleteWithTombstone(expected, deletionOf(calls, timing, name), timing)),
  };
}
