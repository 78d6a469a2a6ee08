import type { SecretsManager } from "@aws-sdk/client-secrets-manager";

import { StoreUnavailableError } from "../../errors";
import { isOutcomeUnknown, type Deadline } from "../shared/tombstone";
import type { AwsClient } from "./client";
import { gone } from "./conflicts";
import { isAbsent, isNotFound, nameOf } from "./failures";
import type { AwsOptions } from "./options";
import { toState, type SecretState } from "./secret-state";

/** All writers share this staging label, under which nobody reads: the next writer takes it over. */
const STAGED = "airflow-env-staged";

/**
 * Single calls about one secret. What AWS refuses in the ordinary course of things is a result; everything else is
 * thrown, as an error that may be printed.
 */
export class SecretCalls {
  constructor(
    private readonly client: AwsClient,
    private readonly options: Pick<AwsOptions, "kmsKeyId" | "recoveryWindowDays">,
  ) {}

  /** @returns undefined when there is no secret of this name. */
  async describe(name: string): Promise<SecretState | undefined> {
    return this.client
      .call({ action: "DescribeSecret", name }, (sdk) => sdk.describeSecret({ SecretId: name }), isNotFound)
      .then(toState, (error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
  }

  /** Looks whether a failed write took effect; when even that fails, the write's own failure is what counts. */
  async readBack(name: string, failure: unknown): Promise<SecretState | undefined> {
    return this.describe(name).catch((error: unknown) => {
      throw error instanceof StoreUnavailableError && isOutcomeUnknown(failure) ? failure : error;
    });
  }

  /** @returns false when the name is taken, by a live secret or by one that is scheduled for deletion. */
  async create(name: string, value: string, tags: Record<string, string>, token: string): Promise<boolean> {
    // InvalidRequestException: scheduled for deletion, or anything else that the description of the secret will tell.
    const taken = (error: unknown): boolean =>
      nameOf(error) === "ResourceExistsException" || nameOf(error) === "InvalidRequestException";
    const { kmsKeyId } = this.options;
    const input = {
      Name: name,
      ClientRequestToken: token,
      SecretString: value,
      Tags: tagList(Object.entries(tags)),
      ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
    };
    return this.client
      .call({ action: "CreateSecret", name }, (sdk) => sdk.createSecret(input), taken)
      .then(
        () => true,
        async (error: unknown) => {
          if (taken(error)) return false;
          if (!isOutcomeUnknown(error)) throw error;
          if ((await this.readBack(name, error))?.current === token) return true;
          throw error;
        },
      );
  }

  /**
   * Puts a value as a new version under our staging label.
   *
   * @throws StaleVersionError when the secret is gone.
   */
  async stage(name: string, value: string, token: string): Promise<void> {
    const input = { SecretId: name, ClientRequestToken: token, SecretString: value, VersionStages: [STAGED] };
    await this.client
      .call({ action: "PutSecretValue", name }, (sdk) => sdk.putSecretValue(input), isAbsent)
      .catch((error: unknown) => {
        throw isAbsent(error) ? gone(name) : error;
      });
  }

  /** @returns undefined when AWSCURRENT is moved, else why not; failures that cannot have changed anything are thrown. */
  async moveCurrent(name: string, expected: string, token: string): Promise<Error | undefined> {
    const refusal = (error: unknown): boolean =>
      isAbsent(error) || nameOf(error) === "InvalidParameterException" || nameOf(error) === "InvalidRequestException";
    const input = {
      SecretId: name,
      VersionStage: "AWSCURRENT",
      RemoveFromVersionId: expected,
      MoveToVersionId: token,
    };
    return this.client
      .call({ action: "UpdateSecretVersionStage", name }, (sdk) => sdk.updateSecretVersionStage(input), refusal)
      .then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof Error && (refusal(error) || isOutcomeUnknown(error))) return error;
          throw error;
        },
      );
  }

  /** Sets the tags that differ from those present. */
  async setTags(name: string, wanted: Record<string, string>, present: Record<string, string>): Promise<void> {
    const changed = Object.entries(wanted).filter(([key, value]) => present[key] !== value);
    if (changed.length === 0) return;
    await this.client.call({ action: "TagResource", name }, (sdk) =>
      sdk.tagResource({ SecretId: name, Tags: tagList(changed) }),
    );
  }

  /** Deletes a secret, at once or after the recovery window; one that is gone or scheduled already is a success. */
  async scheduleDeletion(name: string, within: Deadline): Promise<void> {
    const days = this.options.recoveryWindowDays;
    const run: Run =
      days === 0
        ? (sdk, untilThen) => sdk.deleteSecret({ SecretId: name, ForceDeleteWithoutRecovery: true }, untilThen)
        : // The answer is waited for, however late: then what it took along can be restored.
          (sdk) => sdk.deleteSecret({ SecretId: name, RecoveryWindowInDays: days });
    await this.settle(name, "DeleteSecret", run, within);
  }

  /** @returns false when there was nothing to restore: the secret is gone, or somebody else has restored it. */
  async restore(name: string): Promise<boolean> {
    return this.settle(name, "RestoreSecret", (sdk) => sdk.restoreSecret({ SecretId: name }));
  }

  /** @returns false when the secret was already gone, restored or scheduled: somebody else did it. */
  private async settle(name: string, action: string, run: Run, within?: Deadline): Promise<boolean> {
    const settled = (error: unknown): boolean => isNotFound(error) || nameOf(error) === "InvalidRequestException";
    return this.client.call({ action, name }, run, settled, within).then(
      () => true,
      (error: unknown) => {
        if (settled(error)) return false;
        throw error;
      },
    );
  }
}

type Run = (sdk: SecretsManager, options: { abortSignal?: AbortSignal }) => Promise<unknown>;

function tagList(tags: [key: string, value: string][]): { Key: string; Value: string }[] {
  return tags.map(([Key, Value]) => ({ Key, Value }));
}
