import type { SecretsManager } from "@aws-sdk/client-secrets-manager";

import { awsFailure, QUOTA_USED_UP, type AwsCall } from "./failures";
import type { AwsOptions } from "./options";

/** Runs one call of Secrets Manager; what it throws has passed `awsFailure`, unless `expects` says it is an answer. */
export interface AwsClient {
  /**
   * @param expects - errors that are answers to the caller (not found, exists already); they are thrown as they are and
   *   must never leave the store.
   */
  call<T>(call: AwsCall, run: (sdk: SecretsManager) => Promise<T>, expects?: (error: unknown) => boolean): Promise<T>;
  close(): Promise<void>;
}

/**
 * Connects with the SDK's default credential chain and region at the first call.
 *
 * Retries are the SDK's own adaptive ones. No logger is ever passed: the SDK logs whole inputs and outputs.
 */
export function awsClient(options: AwsOptions): AwsClient {
  let connecting: Promise<SecretsManager> | undefined;

  return {
    async call(call, run, expects) {
      try {
        connecting ??= connect(options);
        return await run(await connecting);
      } catch (error) {
        if (expects?.(error) === true) throw error;
        throw awsFailure(error, call);
      }
    },
    async close() {
      const sdk = await connecting;
      connecting = undefined;
      sdk?.destroy();
    },
  };
}

async function connect(options: AwsOptions): Promise<SecretsManager> {
  // The SDK announces its own future Node versions on stderr, which would end up in every `pulumi up`.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const sdk = await import("@aws-sdk/client-secrets-manager");
  const manager = new sdk.SecretsManager({
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    retryMode: "adaptive",
    maxAttempts: options.maxAttempts,
    requestHandler: {
      connectionTimeout: options.timeoutMs,
      requestTimeout: options.timeoutMs,
      throwOnRequestTimeout: true,
    },
  });
  // The SDK takes a used-up quota for throttling, and would try again and slow down everything else for a minute.
  manager.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error && error.name === "LimitExceededException") error.name = QUOTA_USED_UP;
        throw error;
      }
    },
    { step: "deserialize", priority: "high", name: "airflowEnvQuota" },
  );
  return manager;
}
