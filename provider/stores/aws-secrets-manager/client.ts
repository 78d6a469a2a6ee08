import { join } from "node:path";

import type * as ClientSecretsManager from "@aws-sdk/client-secrets-manager";
import type { SecretsManager } from "@aws-sdk/client-secrets-manager";

import { bundled } from "../../bundled";
import { assertEncrypted } from "../shared/encrypted";
import type { Deadline } from "../shared/tombstone";
import { AWS_KIND } from "./capabilities";
import { awsFailure, QUOTA_USED_UP, type AwsCall } from "./failures";
import type { AwsOptions } from "./options";

/** Runs one call of Secrets Manager; what it throws has passed `awsFailure`, unless `expects` says it is an answer. */
export interface AwsClient {
  /**
   * @param expects - errors that are answers to the caller (not found, exists already); they are thrown as they are and
   *   must never leave the store.
   * @param within - for calls that must not take effect late: tried once, and not begun past the deadline. If `run`
   *   passes `options` on, it is given up when the deadline is over.
   */
  call<T>(
    call: AwsCall,
    run: (sdk: SecretsManager, options: { abortSignal?: AbortSignal }) => Promise<T>,
    expects?: (error: unknown) => boolean,
    within?: Deadline,
  ): Promise<T>;
  close(): Promise<void>;
}

/** What the bundle has of the SDK; tools/bundle-clients.mjs names the same. */
type AwsSdk = Pick<typeof ClientSecretsManager, "SecretsManager">;

interface Connection {
  /** With the SDK's own adaptive retries. */
  retrying: SecretsManager;
  /** For calls that must not be repeated blindly. */
  once: SecretsManager;
}

/**
 * Connects with the SDK's default credential chain and region at the first call.
 *
 * No logger is ever passed: the SDK logs whole inputs and outputs.
 */
export function awsClient(options: AwsOptions): AwsClient {
  let connecting: Promise<Connection> | undefined;

  return {
    async call(call, run, expects, within) {
      try {
        connecting ??= connect(options);
        const { retrying, once } = await connecting;
        if (within === undefined) return await run(retrying, {});
        const limitMs = within.remainingMs();
        if (limitMs <= 0) throw new DOMException("too late", "TimeoutError");
        return await run(once, { abortSignal: AbortSignal.timeout(limitMs) });
      } catch (error) {
        if (expects?.(error) === true) throw error;
        throw awsFailure(error, call);
      }
    },
    async close() {
      const open = await connecting;
      connecting = undefined;
      open?.retrying.destroy();
      open?.once.destroy();
    },
  };
}

async function connect(options: AwsOptions): Promise<Connection> {
  // The SDK announces its own future Node versions on stderr, which would end up in every `pulumi up`.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const { SecretsManager } = await bundled<AwsSdk>(
    join(__dirname, "sdk.bundle.mjs"),
    () => import("@aws-sdk/client-secrets-manager"),
  );
  const retrying = new SecretsManager({
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
  const { credentials, region, requestHandler, endpoint } = retrying.config;
  const once = new SecretsManager({
    credentials,
    region,
    requestHandler,
    ...(endpoint === undefined ? {} : { endpoint }),
    retryMode: "standard",
    maxAttempts: 1,
  });
  for (const client of [retrying, once]) watch(client);
  return { retrying, once };
}

/** Adds our own rules to all calls of a client. */
function watch(client: SecretsManager): void {
  // The endpoint may also come from AWS_ENDPOINT_URL or the profile, which only the SDK knows how to read.
  client.middlewareStack.add(
    (next) => (args) => {
      assertEncrypted(AWS_KIND, args.request as { protocol: string; hostname: string }, process.env);
      return next(args);
    },
    { step: "finalizeRequest", priority: "high", name: "airflowEnvEncrypted" },
  );
  // The SDK takes a used-up quota for throttling, and would try again and slow down everything else for a minute.
  client.middlewareStack.add(
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
}
