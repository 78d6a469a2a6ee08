import { describeLifeCycle } from "./lifecycle";
import { startAwsProxy } from "../fakes/aws-proxy";
import { isWanted } from "./stores/wanted";

if (isWanted("kubernetes"))
  describeLifeCycle("kubernetes", async (kube) => {
    await kube.createNamespace("airflow-store");
    return { address: "kubernetes://airflow-store", env: {}, stop: () => Promise.resolve() };
  });

if (isWanted("aws-secrets-manager"))
  describeLifeCycle("aws-secrets-manager", async () => {
    const { startMoto } = await import("../../tools/servers/moto.mjs");
    const moto = await startMoto();
    // The emulator alone differs from AWS in what compare-and-set needs; see the layer in front of it.
    const proxy = await startAwsProxy(moto.url);
    return {
      address: `aws-sm://airflow?region=${moto.region}&endpoint=${proxy.urlFor("writer")}`,
      env: moto.env,
      async stop() {
        await proxy.stop();
        await moto.stop();
      },
    };
  });

if (isWanted("vault"))
  describeLifeCycle("vault", async () => {
    const { startVault } = await import("../../tools/servers/vault.mjs");
    const vault = await startVault();
    return {
      address: `vault://secret/airflow?address=${encodeURIComponent(vault.address)}`,
      env: { VAULT_TOKEN: vault.rootToken },
      stop: () => vault.stop(),
    };
  });
