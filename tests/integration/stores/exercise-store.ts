import { parseAwsOptions } from "../../../provider/stores/aws-secrets-manager/options";
import { awsStore } from "../../../provider/stores/aws-secrets-manager/store";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import { parseVaultOptions } from "../../../provider/stores/vault/options";
import { vaultStore } from "../../../provider/stores/vault/store";

/** Writes, reads, lists and deletes one document, and fails on the way: a process of its own, with debug output on. */
async function exercise(address: string): Promise<void> {
  const store: SecretsStore = address.startsWith("vault:")
    ? vaultStore(parseVaultOptions(address))
    : awsStore(parseAwsOptions(address));
  const key = "noisy/connections/c";
  const text = JSON.stringify({ password: process.env.CANARY });
  const version = await store.put(key, text, "{}", ABSENT);
  await store.list("noisy/");
  await store.listMetadata("noisy/");
  await store.put(key, text, "{}", ABSENT).catch((error: unknown) => {
    console.error(error);
  });
  const found = await store.find(key);
  await store.delete(key, version);
  await store.close();
  console.log(found?.text === text ? "round trip done" : "round trip failed");
}

void exercise(process.argv[2] ?? "");
