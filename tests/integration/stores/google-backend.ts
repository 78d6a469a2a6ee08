import { expect } from "chai";

import type { Clock } from "../../../provider/clock";
import { documentSecret } from "../../../provider/stores/google-secret-manager/names";
import { parseGoogleOptions } from "../../../provider/stores/google-secret-manager/options";
import { googleStore, type GoogleTiming } from "../../../provider/stores/google-secret-manager/store";
import type { SecretsStore } from "../../../provider/stores/store";
import type { DrongoServer } from "../../../tools/servers/drongo.mjs" with { "resolution-mode": "import" };
import type { Fault, FaultName, StalledDeleter } from "../../conformance/store";
import type { FaultProxy, ProxyFault } from "../../fakes/fault-proxy";
import { deniedReply, failure, startGoogleProxy, type GoogleProxyOptions } from "../../fakes/google-proxy";
import { stalledDeleter } from "../../fakes/stalled-deleter";

/** Shorter waits; every few versions of the index are put together, so that this happens in all tests. */
export const timing: Partial<GoogleTiming> = { gatherMs: 5, paceMs: 0, firstPauseMs: 10, snapshotAfter: 6 };

const TOKEN = "GOOGLE_OAUTH_ACCESS_TOKEN";

/** An emulator, the layer in front of it, and stores that go through both. */
export interface GoogleBackend {
  drongo: DrongoServer;
  proxy: FaultProxy;
  /** @param settings - more of the address, as `&location=europe-west1`. */
  open(client?: string, settings?: string, clock?: Clock, times?: Partial<GoogleTiming>): SecretsStore;
  stop(): Promise<void>;
}

/** Starts the emulator and the layer in front of it, and lends this process an invented token. */
export async function startBackend(prefix: string, options?: GoogleProxyOptions): Promise<GoogleBackend> {
  const { startDrongo } = await import("../../../tools/servers/drongo.mjs");
  const drongo = await startDrongo();
  const proxy = await startGoogleProxy(drongo.url, options);
  const before = process.env[TOKEN];
  process.env[TOKEN] = "invented";
  return {
    drongo,
    proxy,
    open: (client = "writer", settings = "", clock, times = {}) =>
      googleStore(parseGoogleOptions(`gcp-sm://test-project/${prefix}?endpoint=${proxy.urlFor(client)}${settings}`), {
        ...timing,
        ...times,
        ...(clock ? { clock } : {}),
      }),
    async stop() {
      if (before === undefined) Reflect.deleteProperty(process.env, TOKEN);
      else process.env[TOKEN] = before;
      await proxy.stop();
      await drongo.stop();
    },
  };
}

const FAULTS: Record<Exclude<FaultName, "unreachable">, ProxyFault> = {
  denied: { kind: "reply", reply: (call) => deniedReply(call.name) },
  expired: {
    kind: "reply",
    reply: () => failure(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
  },
  throttled: {
    kind: "reply",
    reply: () => failure(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Write requests'"),
  },
  slow: { kind: "slow" },
  reset: { kind: "reset" },
  lostReply: { kind: "lostReply" },
};

/** One of the conformance suite's faults, for one client. */
export function faultOf(backend: GoogleBackend, name: Exclude<FaultName, "unreachable">): Fault {
  const client = `fault-${name}`;
  return {
    // Only what is never answered may run into the limit: an answer takes its time on a busy machine.
    store: backend.open(
      client,
      `&maxAttempts=${name === "throttled" || name === "slow" ? 2 : 3}${name === "slow" ? "&timeoutMs=300" : ""}`,
    ),
    arm: (calls) => {
      backend.proxy.arm({ client, calls, fault: FAULTS[name], only: (call) => name !== "lostReply" || call.writes });
    },
    release: () => Promise.resolve(backend.proxy.release(client)),
  };
}

/** The conformance suite's stalled deleter: its deletion is one version, and the answer to that is kept back. */
export function stalled(backend: GoogleBackend): StalledDeleter {
  return stalledDeleter(
    backend.proxy,
    (client, clock) => backend.open(client, "", clock),
    (call, { body }) => call.name === "addVersion" && payloadOf(body).includes(`"gone":true`),
  );
}

/** What an `addVersion` carries. */
export function payloadOf(body: string): string {
  const { payload } = JSON.parse(body) as { payload: { data: string } };
  return Buffer.from(payload.data, "base64").toString("latin1");
}

/** One call of the emulator itself, past the layer. */
export async function request(backend: GoogleBackend, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${backend.drongo.url}/v1/projects/test-project/secrets${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status, `${method} ${path}`).to.equal(200);
  return response.json();
}

/** Secrets of somebody else: one with our prefix, and one where our next document would be. */
export async function plantForeign(backend: GoogleBackend, prefix: string): Promise<() => Promise<void>> {
  const names = [`airflow_theirs-${prefix.replace(/[^a-z0-9]/g, "")}`, documentSecret("airflow", `${prefix}theirs`)];
  for (const name of names) {
    await request(backend, "POST", `?secretId=${name}`, { replication: { automatic: {} }, labels: { team: "b" } });
    const data = Buffer.from(`theirs ${name}`).toString("base64");
    await request(backend, "POST", `/${name}:addVersion`, { payload: { data } });
  }
  const look = (): Promise<unknown[]> =>
    Promise.all(
      names.flatMap((name) => [
        request(backend, "GET", `/${name}`),
        request(backend, "GET", `/${name}/versions`),
        request(backend, "GET", `/${name}/versions/1:access`),
      ]),
    );
  const before = await look();
  return async () => void expect(await look()).to.deep.equal(before);
}
