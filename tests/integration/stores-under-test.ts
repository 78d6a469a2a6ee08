import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditEvent, KubeServer } from "../../tools/servers/kube.mjs" with { "resolution-mode": "import" };
import { startAwsProxy } from "../fakes/aws-proxy";
import { startGoogleProxy } from "../fakes/google-proxy";
import { startVaultProxy } from "../fakes/vault-proxy";
import { isWanted } from "./stores/wanted";

/** A store that a life on the real engine runs on. */
export interface StoreUnderTest {
  /** Address for a program, as in `vault://secret/prefix?address=…`. */
  address: string;
  /** Credentials of the process that runs pulumi. */
  env: Record<string, string>;
  /** Folders whose files the canary scan reads too. */
  files?: string[];
  /** Requests that have reached the server so far, by name; undefined for a store without one. */
  requests?(): Record<string, number>;
  stop(): Promise<void>;
}

/** Starts each kind of store, on its real server or the best emulator there is. */
export const starters: Record<string, (kube: KubeServer) => Promise<StoreUnderTest>> = {
  local() {
    const folder = mkdtempSync(join(tmpdir(), "airflow-env-local-"));
    const stop = () => Promise.resolve(rmSync(folder, { recursive: true, force: true }));
    return Promise.resolve({ address: `local:${join(folder, "store")}`, env: {}, files: [folder], stop });
  },

  async kubernetes(kube) {
    await kube.createNamespace("airflow-store");
    const isOurs = ({ objectRef }: AuditEvent) => (objectRef?.namespace ?? objectRef?.name) === "airflow-store";
    return {
      address: "kubernetes://airflow-store",
      env: {},
      requests: () => countBy(kube.auditEvents("provider").filter(isOurs), verbAndResource),
      stop: () => Promise.resolve(),
    };
  },

  async "aws-secrets-manager"() {
    const { startMoto } = await import("../../tools/servers/moto.mjs");
    const moto = await startMoto();
    // The emulator alone differs from AWS in what compare-and-set needs; see the layer in front of it.
    const proxy = await startAwsProxy(moto.url);
    return {
      address: `aws-sm://airflow?region=${moto.region}&endpoint=${proxy.urlFor("writer")}`,
      env: moto.env,
      requests: () => proxy.counts(),
      async stop() {
        await proxy.stop();
        await moto.stop();
      },
    };
  },

  async "google-secret-manager"() {
    const { startDrongo } = await import("../../tools/servers/drongo.mjs");
    const drongo = await startDrongo();
    // The emulator alone keeps promises that Google does not make; see the layer in front of it.
    const proxy = await startGoogleProxy(drongo.url);
    return {
      address: `gcp-sm://test-project/airflow?location=europe-west1&endpoint=${encodeURIComponent(proxy.urlFor("writer"))}`,
      env: { GOOGLE_OAUTH_ACCESS_TOKEN: "invented" },
      requests: () => proxy.counts(),
      async stop() {
        await proxy.stop();
        await drongo.stop();
      },
    };
  },

  async vault() {
    const { startVault } = await import("../../tools/servers/vault.mjs");
    const vault = await startVault();
    const proxy = await startVaultProxy(vault.address);
    return {
      address: `vault://secret/airflow?address=${encodeURIComponent(proxy.urlFor("provider"))}`,
      env: { VAULT_TOKEN: vault.rootToken },
      requests: () => proxy.counts(),
      async stop() {
        await proxy.stop();
        await vault.stop();
      },
    };
  },
};

/** Runs a suite for each store that `STORES` in the environment does not leave out. */
export function forEachStore(run: (name: string, start: (kube: KubeServer) => Promise<StoreUnderTest>) => void): void {
  for (const [name, start] of Object.entries(starters)) if (isWanted(name)) run(name, start);
}

function verbAndResource({ verb, objectRef }: AuditEvent): string {
  return `${verb} ${objectRef?.resource ?? ""}`;
}

function countBy<T>(items: T[], nameOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return counts;
}
