import { expect } from "chai";

import type { Clock } from "../../../provider/clock";
import { parseAwsOptions } from "../../../provider/stores/aws-secrets-manager/options";
import { awsStore, type AwsTiming } from "../../../provider/stores/aws-secrets-manager/store";
import { isTombstone } from "../../../provider/stores/aws-secrets-manager/versions";
import type { SecretsStore } from "../../../provider/stores/store";
import type { MotoServer } from "../../../tools/servers/moto.mjs" with { "resolution-mode": "import" };
import type { Fault, FaultName, StalledDeleter } from "../../conformance/store";
import { deniedReply, failure, startAwsProxy, type AwsProxyOptions } from "../../fakes/aws-proxy";
import type { FaultProxy, ProxyFault } from "../../fakes/fault-proxy";
import { stalledDeleter } from "../../fakes/stalled-deleter";

/** Shorter waits, since nobody else is in these tests; a busy machine takes its time all the same. */
export const timing: Partial<AwsTiming> = { deleterPatienceMs: 2_000, pauseMs: 20, gatherMs: 15 };

/** An emulator, the layer in front of it, and stores that go through both. */
export interface AwsBackend {
  moto: MotoServer;
  proxy: FaultProxy;
  open(client?: string, settings?: string, clock?: Clock): SecretsStore;
  stop(): Promise<void>;
}

/** Starts the emulator and the layer in front of it, and lends this process its invented credentials. */
export async function startBackend(prefix: string, options?: AwsProxyOptions): Promise<AwsBackend> {
  const { startMoto } = await import("../../../tools/servers/moto.mjs");
  const moto = await startMoto();
  const proxy = await startAwsProxy(moto.url, options);
  const lent = Object.entries(moto.env).filter(([name]) => name !== "AWS_ENDPOINT_URL");
  const before = lent.map(([name]) => [name, process.env[name]] as const);
  for (const [name, value] of lent) process.env[name] = value;
  return {
    moto,
    proxy,
    open: (client = "writer", settings = "", clock) =>
      awsStore(parseAwsOptions(`aws-sm://${prefix}?endpoint=${proxy.urlFor(client)}${settings}`), {
        ...timing,
        ...(clock ? { clock } : {}),
      }),
    async stop() {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
      await proxy.stop();
      await moto.stop();
    },
  };
}

const FAULTS: Record<Exclude<FaultName, "unreachable">, ProxyFault> = {
  denied: { kind: "reply", reply: (call) => deniedReply(call.name) },
  expired: {
    kind: "reply",
    reply: () => failure("ExpiredTokenException", "The security token included in the request is expired"),
  },
  throttled: { kind: "reply", reply: () => failure("ThrottlingException", "Rate exceeded") },
  slow: { kind: "slow" },
  reset: { kind: "reset" },
  lostReply: { kind: "lostReply" },
};

/** One of the conformance suite's faults, for one client. */
export function faultOf(backend: AwsBackend, name: Exclude<FaultName, "unreachable">): Fault {
  const client = `fault-${name}`;
  return {
    // Only what is never answered may run into the limit: an answer takes its time on a busy machine.
    store: backend.open(
      client,
      `&maxAttempts=${name === "throttled" ? 2 : 3}${name === "slow" ? "&timeoutMs=300" : ""}`,
    ),
    arm: (calls) => {
      backend.proxy.arm({
        client,
        calls,
        fault: FAULTS[name],
        only: (call) => name !== "lostReply" || call.writes,
      });
    },
    release: () => Promise.resolve(backend.proxy.release(client)),
  };
}

/** The conformance suite's stalled deleter. */
export function stalled(backend: AwsBackend, settings: string): StalledDeleter {
  return stalledDeleter(
    backend.proxy,
    (client, clock) => backend.open(client, settings, clock),
    (call, { body }) => call.name === "UpdateSecretVersionStage" && isTombstone(moveOf(body)),
  );
}

function moveOf(body: string): string | undefined {
  return (JSON.parse(body) as { MoveToVersionId?: string }).MoveToVersionId;
}

/** One call of the emulator itself, past the layer. */
export async function request(moto: MotoServer, action: string, payload: unknown): Promise<unknown> {
  const response = await fetch(moto.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `secretsmanager.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${moto.region}/secretsmanager/aws4_request`,
    },
    body: JSON.stringify(payload),
  });
  expect(response.status, action).to.equal(200);
  return response.json();
}

/** Secrets of somebody else: one among our names, and one where our next document would be. */
export async function plantForeign(moto: MotoServer, prefix: string): Promise<() => Promise<void>> {
  const names = ["workspace", "connections/theirs"].map((key) => `airflow/${prefix}${key}`);
  for (const Name of names) {
    await request(moto, "CreateSecret", { Name, SecretString: `theirs ${Name}`, Tags: [{ Key: "team", Value: "b" }] });
  }
  const look = (): Promise<unknown[]> =>
    Promise.all(
      names.flatMap((SecretId) => [
        request(moto, "GetSecretValue", { SecretId }),
        request(moto, "DescribeSecret", { SecretId }),
      ]),
    );
  const before = await look();
  return async () => void expect(await look()).to.deep.equal(before);
}
