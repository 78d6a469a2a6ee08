import { expect } from "chai";

import { parseAwsOptions } from "../../../provider/stores/aws-secrets-manager/options";
import { awsCapabilities } from "../../../provider/stores/aws-secrets-manager/capabilities";
import { awsStore, type AwsTiming } from "../../../provider/stores/aws-secrets-manager/store";
import type { SecretsStore } from "../../../provider/stores/store";
import type { MotoServer } from "../../../tools/servers/moto.mjs" with { "resolution-mode": "import" };
import { describeStoreConformance, type Fault, type FaultName, type StoreBackend } from "../../conformance/store";
import { deniedReply, failure, READER, startAwsProxy, type AwsProxyOptions } from "../../fakes/aws-proxy";
import { deadPort, type FaultProxy, type ProxyFault } from "../../fakes/fault-proxy";

const timing: Partial<AwsTiming> = { deleterPatienceMs: 500, pauseMs: 20, gatherMs: 5 };

interface Backend {
  moto: MotoServer;
  proxy: FaultProxy;
  open(client?: string, settings?: string): SecretsStore;
  stop(): Promise<void>;
}

/** Starts the emulator and the layer in front of it, and lends this process its invented credentials. */
async function startBackend(prefix: string, options?: AwsProxyOptions): Promise<Backend> {
  const { startMoto } = await import("../../../tools/servers/moto.mjs");
  const moto = await startMoto();
  const proxy = await startAwsProxy(moto.url, options);
  const lent = Object.entries(moto.env).filter(([name]) => name !== "AWS_ENDPOINT_URL");
  const before = lent.map(([name]) => [name, process.env[name]] as const);
  for (const [name, value] of lent) process.env[name] = value;
  return {
    moto,
    proxy,
    open: (client = "writer", settings = "") =>
      awsStore(parseAwsOptions(`aws-sm://${prefix}?endpoint=${proxy.urlFor(client)}${settings}`), timing),
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

function faultOf(backend: Backend, name: Exclude<FaultName, "unreachable">): Fault {
  const client = `fault-${name}`;
  return {
    store: backend.open(client, "&timeoutMs=300&maxAttempts=3"),
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

async function request(moto: MotoServer, action: string, payload: unknown): Promise<unknown> {
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
async function plantForeign(moto: MotoServer, prefix: string): Promise<() => Promise<void>> {
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

describeStoreConformance("aws-secrets-manager", {
  capabilities: awsCapabilities,
  timeoutMs: 60_000,
  async make(): Promise<StoreBackend> {
    const backend = await startBackend("airflow");
    const dead = await deadPort();
    const fault = (name: Exclude<FaultName, "unreachable">) => (): Promise<Fault> =>
      Promise.resolve(faultOf(backend, name));
    return {
      open: () => backend.open(),
      openWithoutReadingSecrets: () => backend.open(READER),
      plantForeign: (prefix) => plantForeign(backend.moto, prefix),
      faults: {
        denied: fault("denied"),
        expired: fault("expired"),
        unreachable: () =>
          Promise.resolve({
            store: awsStore(
              parseAwsOptions(`aws-sm://airflow?endpoint=http://127.0.0.1:${dead}&maxAttempts=2`),
              timing,
            ),
            arm: () => undefined,
            release: () => Promise.resolve(),
          }),
        throttled: fault("throttled"),
        slow: fault("slow"),
        reset: fault("reset"),
        lostReply: fault("lostReply"),
      },
      cleanup: () => backend.stop(),
    };
  },
});
