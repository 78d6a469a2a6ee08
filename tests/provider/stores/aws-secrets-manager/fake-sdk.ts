import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import type { AwsClient } from "../../../../provider/stores/aws-secrets-manager/client";
import { awsFailure } from "../../../../provider/stores/aws-secrets-manager/failures";
import { MANAGED_TAG } from "../../../../provider/stores/aws-secrets-manager/tags";
import { MANAGED_BY } from "../../../../provider/stores/shared/entries";

/** An error as the SDK throws it. */
export function sdkError(name: string, more: object = {}): Error {
  return Object.assign(new Error(name), { name, ...more });
}

/** One call as the SDK got it. */
interface SdkCall {
  action: string;
  input: Record<string, unknown>;
}

/** One secret of ours behind the SDK's methods, with the replies that a test wants. */
export class FakeSdk {
  readonly calls: SdkCall[] = [];
  /** Version by label. */
  labels: Record<string, string>;
  tags: Record<string, string> = { [MANAGED_TAG]: MANAGED_BY };
  /** By action: runs after the call took effect, and may throw in place of its reply. */
  after: Record<string, () => void> = {};
  /** By action: runs in place of the call. */
  instead: Record<string, () => void> = {};

  constructor(current: string) {
    this.labels = { AWSCURRENT: current };
  }

  readonly client: AwsClient = {
    call: async (call, run, expects) => {
      try {
        return await run(this.sdk, {});
      } catch (error) {
        if (expects?.(error) === true) throw error;
        throw awsFailure(error, call);
      }
    },
    close: () => Promise.resolve(),
  };

  /** What of the calls a test compares. */
  actions(): string[] {
    return this.calls.map(({ action }) => action);
  }

  private readonly sdk = {
    createSecret: this.method("create", () => ({})),
    describeSecret: this.method("describe", () => ({
      VersionIdsToStages: Object.fromEntries(Object.entries(this.labels).map(([label, version]) => [version, [label]])),
      Tags: Object.entries(this.tags).map(([Key, Value]) => ({ Key, Value })),
    })),
    putSecretValue: this.method("put", () => ({})),
    updateSecretVersionStage: this.method("move", ({ RemoveFromVersionId, MoveToVersionId }) => {
      if (RemoveFromVersionId !== this.labels["AWSCURRENT"]) throw sdkError("InvalidParameterException");
      this.labels = { AWSCURRENT: String(MoveToVersionId), AWSPREVIOUS: String(RemoveFromVersionId) };
    }),
    tagResource: this.method("tag", () => ({})),
    deleteSecret: this.method("delete", () => ({})),
    restoreSecret: this.method("restore", () => ({})),
  } as unknown as SecretsManager;

  private method(action: string, run: (input: Record<string, unknown>) => unknown) {
    return (input: Record<string, unknown>): Promise<unknown> => {
      this.calls.push({ action, input });
      return Promise.resolve().then(() => {
        const { [action]: replaced } = this.instead;
        const reply = replaced ? replaced() : run(input);
        this.after[action]?.();
        return reply;
      });
    };
  }
}
