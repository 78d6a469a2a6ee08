import { openStore } from "../../../provider/stores/registry";
import { ABSENT } from "../../../provider/stores/store";

/** Writes, reads, lists and deletes one document, and fails on the way: a process of its own, with debug output on. */
async function exercise(address: string): Promise<void> {
  const store = await openStore(address);
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
