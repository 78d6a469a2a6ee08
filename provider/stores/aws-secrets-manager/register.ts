import { setTimeout as sleep } from "node:timers/promises";

import type { SecretsManager } from "@aws-sdk/client-secrets-manager";

import { ConflictError, StaleVersionError, StoreUnavailableError } from "../../errors";
import type { AwsClient } from "./client";
import { isAbsent, isNotFound, isOutcomeUnknown, labelOf, nameOf } from "./failures";
import type { AwsOptions } from "./options";
import { nameQueue } from "./queue";
import { toState, type SecretState } from "./secret-state";
import { isTombstone, newTombstone, newVersion } from "./versions";

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

/** Waiting times, in milliseconds; tests shorten them. */
export interface RegisterTiming {
  /** How long a create waits for somebody's unfinished deletion of the same name before it takes over. */
  deleterPatienceMs: number;
  /** First pause between tries; doubles up to 16 times this. */
  pauseMs: number;
}

const STAGED = "airflow-env-staged";
const TRIES = 8;
// AWS needs a value; it is never read, the version id alone marks the deletion.
const TOMBSTONE_VALUE = "deleted by pulumi-airflow-env";

export function secretRegister(client: AwsClient, options: AwsOptions, timing: RegisterTiming): SecretRegister {
  const queue = nameQueue();
  const pause = (attempt: number): Promise<void> =>
    sleep(timing.pauseMs * 2 ** Math.min(attempt, 4) * (0.5 + Math.random()));

  async function describe(name: string): Promise<SecretState | undefined> {
    return client
      .call({ action: "DescribeSecret", name }, (sdk) => sdk.describeSecret({ SecretId: name }), isNotFound)
      .then(toState, absentWhen(isNotFound));
  }

  async function create(name: string, value: string, tags: Record<string, string>): Promise<string> {
    const token = newVersion();
    const until = Date.now() + timing.deleterPatienceMs;
    for (let attempt = 0; attempt < TRIES;) {
      if (await tryCreate(name, value, tags, token)) return token;
      const state = await describe(name);
      if (state?.current === token) return token;
      if (state !== undefined && !state.managed) throw notOurs(name);
      if (state !== undefined && !state.deleted && !isTombstone(state.current)) {
        throw new StaleVersionError(`${labelOf(name)}: exists already`);
      }
      if (state?.deleted === false && Date.now() < until) {
        // A tombstone that is not yet scheduled for deletion: its deleter is about to do that, and would take a
        // document written now with it. A deleter that crashed is given up after a while.
        await sleep(timing.pauseMs);
        continue;
      }
      attempt += 1;
      if (state?.current === undefined || (state.deleted && !(await restore(name)))) {
        await pause(attempt);
        continue;
      }
      try {
        await move(name, value, state.current, token);
      } catch (error) {
        // Somebody else created it, or deleted it once more: the next look tells.
        if (error instanceof StaleVersionError) continue;
        throw error;
      }
      await setTags(name, tags, state.tags);
      return token;
    }
    throw new StoreUnavailableError(
      "failed",
      `${labelOf(name)}: AWS is still deleting the old secret of this name; try again`,
    );
  }

  async function replace(name: string, value: string, tags: Record<string, string>, expected: string): Promise<string> {
    const state = await describe(name);
    if (state !== undefined && !state.managed) throw notOurs(name);
    if (state === undefined || state.deleted || isTombstone(state.current)) throw gone(name);
    if (state.current !== expected) throw stale(name);
    const token = newVersion();
    await move(name, value, expected, token);
    await setTags(name, tags, state.tags);
    return token;
  }

  async function swap(name: string, value: string, expected: string): Promise<string> {
    const token = newVersion();
    await move(name, value, expected, token);
    return token;
  }

  async function remove(name: string, expected: string): Promise<void> {
    const state = await describe(name);
    if (state === undefined) return;
    if (!state.managed) throw notOurs(name);
    if (state.deleted) return;
    let tombstone = state.current;
    if (!isTombstone(tombstone)) {
      if (state.current !== expected) throw stale(name);
      // DeleteSecret has no condition either: the tombstone is the compare-and-set, and a name that is restored
      // later never brings the old document back to life.
      tombstone = newTombstone();
      await move(name, TOMBSTONE_VALUE, expected, tombstone);
    }
    await scheduleDeletion(name);
    const after = await describe(name);
    if (after === undefined) return;
    if (!after.deleted) {
      throw new StoreUnavailableError(
        "failed",
        `${labelOf(name)}: AWS refused to delete it; remove its replicas, then try again`,
      );
    }
    // Somebody made a new document between our tombstone and the deletion: it is theirs, bring it back.
    if (after.current !== tombstone) await restore(name);
  }

  /** @returns false when the name is taken, by a live secret or by one that is scheduled for deletion. */
  async function tryCreate(name: string, value: string, tags: Record<string, string>, token: string): Promise<boolean> {
    // InvalidRequestException: scheduled for deletion, or anything else that the description of the secret will tell.
    const taken = (error: unknown): boolean =>
      nameOf(error) === "ResourceExistsException" || nameOf(error) === "InvalidRequestException";
    const input = {
      Name: name,
      ClientRequestToken: token,
      SecretString: value,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      ...(options.kmsKeyId === undefined ? {} : { KmsKeyId: options.kmsKeyId }),
    };
    return client
      .call({ action: "CreateSecret", name }, (sdk) => sdk.createSecret(input), taken)
      .then(
        () => true,
        async (error: unknown) => {
          if (taken(error)) return false;
          if (!isOutcomeUnknown(error)) throw error;
          if ((await readBack(name, error))?.current === token) return true;
          throw error;
        },
      );
  }

  /** Puts a value under our staging label and moves AWSCURRENT to it from `expected`. */
  async function move(name: string, value: string, expected: string, token: string): Promise<void> {
    await client
      .call(
        { action: "PutSecretValue", name },
        (sdk) =>
          sdk.putSecretValue({
            SecretId: name,
            ClientRequestToken: token,
            SecretString: value,
            VersionStages: [STAGED],
          }),
        isAbsent,
      )
      .catch((error: unknown) => {
        throw isAbsent(error) ? gone(name) : error;
      });
    for (let attempt = 1; ; attempt++) {
      const refused = await tryMove(name, expected, token);
      if (refused === undefined) return;
      const state = await readBack(name, refused);
      // AWSPREVIOUS on ours: we were current, and the next writer was quicker than our look.
      if (state?.current === token || state?.previous === token) return;
      if (state === undefined || state.deleted) throw gone(name);
      if (state.current !== expected) throw stale(name);
      // Nobody else moved it: AWS does not see our version yet, or the call itself failed.
      if (attempt >= TRIES || isOutcomeUnknown(refused)) throw moveFailure(name, refused);
      await pause(attempt);
    }
  }

  /** @returns undefined when moved, else why not; failures that cannot have changed anything are thrown. */
  async function tryMove(name: string, expected: string, token: string): Promise<Error | undefined> {
    const refusal = (error: unknown): boolean =>
      isAbsent(error) || nameOf(error) === "InvalidParameterException" || nameOf(error) === "InvalidRequestException";
    const input = {
      SecretId: name,
      VersionStage: "AWSCURRENT",
      RemoveFromVersionId: expected,
      MoveToVersionId: token,
    };
    return client
      .call({ action: "UpdateSecretVersionStage", name }, (sdk) => sdk.updateSecretVersionStage(input), refusal)
      .then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof Error && (refusal(error) || isOutcomeUnknown(error))) return error;
          throw error;
        },
      );
  }

  /** Looks whether a failed write took effect; when even that fails, the write's own failure is what counts. */
  async function readBack(name: string, failure: unknown): Promise<SecretState | undefined> {
    return describe(name).catch((error: unknown) => {
      throw error instanceof StoreUnavailableError && isOutcomeUnknown(failure) ? failure : error;
    });
  }

  async function setTags(name: string, wanted: Record<string, string>, present: Record<string, string>): Promise<void> {
    const changed = Object.entries(wanted).filter(([key, value]) => present[key] !== value);
    if (changed.length === 0) return;
    await client.call({ action: "TagResource", name }, (sdk) =>
      sdk.tagResource({ SecretId: name, Tags: changed.map(([Key, Value]) => ({ Key, Value })) }),
    );
  }

  async function scheduleDeletion(name: string): Promise<void> {
    const how =
      options.recoveryWindowDays === 0
        ? { ForceDeleteWithoutRecovery: true }
        : { RecoveryWindowInDays: options.recoveryWindowDays };
    await settle(name, "DeleteSecret", (sdk) => sdk.deleteSecret({ SecretId: name, ...how }));
  }

  async function restore(name: string): Promise<boolean> {
    return settle(name, "RestoreSecret", (sdk) => sdk.restoreSecret({ SecretId: name }));
  }

  /** @returns false when the secret was already gone, restored or scheduled: somebody else did it. */
  async function settle(
    name: string,
    action: string,
    run: (sdk: SecretsManager) => Promise<unknown>,
  ): Promise<boolean> {
    const settled = (error: unknown): boolean => isNotFound(error) || nameOf(error) === "InvalidRequestException";
    return client.call({ action, name }, run, settled).then(
      () => true,
      (error: unknown) => {
        if (settled(error)) return false;
        throw error;
      },
    );
  }

  return {
    describe,
    create: (name, value, tags) => queue(name, () => create(name, value, tags)),
    replace: (name, value, tags, expected) => queue(name, () => replace(name, value, tags, expected)),
    swap,
    remove: (name, expected) => queue(name, () => remove(name, expected)),
  };
}

function absentWhen(absent: (error: unknown) => boolean): (error: unknown) => undefined {
  return (error) => {
    if (absent(error)) return undefined;
    throw error;
  };
}

function moveFailure(name: string, refused: Error): Error {
  return refused instanceof StoreUnavailableError
    ? refused
    : new StoreUnavailableError("failed", `${labelOf(name)}: AWS refused to make the new version current; try again`);
}

function notOurs(name: string): ConflictError {
  return new ConflictError(
    `${labelOf(name)}: AWS has a secret of this name that airflow-env did not make; rename or delete it, or use another prefix`,
  );
}

function stale(name: string): StaleVersionError {
  return new StaleVersionError(`${labelOf(name)}: changed since it was read`);
}

function gone(name: string): StaleVersionError {
  return new StaleVersionError(`${labelOf(name)}: was deleted since it was read`);
}
