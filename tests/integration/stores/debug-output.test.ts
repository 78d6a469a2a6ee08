import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { expect } from "chai";

import { startBackend as startAws } from "./aws-backend";
import { startBackend as startGoogle } from "./google-backend";
import { startBackend as startKubernetes } from "./kubernetes-backend";
import { startBackend as startVault } from "./vault-backend";
import { isWanted } from "./wanted";

const CANARY = "canary-debug-4f1c";
/** Everything that a person may switch on to see why a store fails. */
const LOUD = {
  NODE_DEBUG: "http,https,http2,net,tls,stream,module,undici,fetch,timer",
  DEBUG: "*",
  AWS_SDK_LOAD_CONFIG: "1",
  VAULT_LOG_LEVEL: "trace",
};

async function exercise(address: string, env: Record<string, string>): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "tests/integration/stores/exercise-store.ts", address],
    { env: { PATH: process.env.PATH, CANARY, ...LOUD, ...env }, maxBuffer: 256 * 1024 * 1024 },
  );
  expect(stdout).to.contain("round trip done");
  return stdout + stderr;
}

describe("stores with all debug output on", () => {
  if (isWanted("aws-secrets-manager")) {
    it("print no value to AWS", async () => {
      const backend = await startAws("airflow");
      try {
        const { AWS_ENDPOINT_URL: _, ...env } = backend.moto.env;
        const printed = await exercise(`aws-sm://airflow?endpoint=${backend.proxy.urlFor("noisy")}`, env);
        expect(printed.includes(CANARY), "value printed").to.equal(false);
        expect(printed).to.contain("HTTP");
      } finally {
        await backend.stop();
      }
    });
  }

  if (isWanted("google-secret-manager")) {
    it("print neither value nor token to Google", async () => {
      const backend = await startGoogle("airflow");
      const token = "invented-token-2b81";
      try {
        const env = { GOOGLE_OAUTH_ACCESS_TOKEN: token };
        const printed = await exercise(`gcp-sm://test-project/airflow?endpoint=${backend.proxy.urlFor("noisy")}`, env);
        expect(printed.includes(CANARY), "value printed").to.equal(false);
        expect(printed.includes(Buffer.from(CANARY).toString("base64").slice(2, -4)), "encoded value").to.equal(false);
        expect(printed.includes(token), "token printed").to.equal(false);
      } finally {
        await backend.stop();
      }
    });
  }

  if (isWanted("kubernetes")) {
    // The login's token is printed, by Node itself: NODE_DEBUG=http shows request headers. The page of the store says so.
    it("print no value to Kubernetes", async () => {
      const { kube, namespace, stop } = await startKubernetes();
      try {
        const env = { KUBECONFIG: kube.kubeconfig("writer") };
        const printed = await exercise(`kubernetes://${namespace}`, env);
        expect(printed.includes(CANARY), "value printed").to.equal(false);
        expect(printed.includes(Buffer.from(CANARY).toString("base64").slice(2, -4)), "encoded value").to.equal(false);
        expect(printed).to.contain("HTTP");
      } finally {
        await stop();
      }
    });
  }

  if (isWanted("vault")) {
    it("print neither value nor token to Vault", async () => {
      const backend = await startVault();
      const { address, rootToken } = backend.vault;
      try {
        const env = { VAULT_TOKEN: rootToken, VAULT_ADDR: address };
        const printed = await exercise("vault://secret/airflow", env);
        expect(printed.includes(CANARY), "value printed").to.equal(false);
        expect(printed.includes(rootToken), "token printed").to.equal(false);
        expect(printed).to.contain("HTTP");
      } finally {
        await backend.stop();
      }
    });
  }
});
