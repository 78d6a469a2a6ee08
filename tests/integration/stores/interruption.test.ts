import { expect } from "chai";

import { ProviderError } from "../../../provider/errors";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import type { FaultProxy } from "../../fakes/fault-proxy";
import { startBackend as startAws } from "./aws-backend";
import { startBackend as startGoogle } from "./google-backend";
import { startBackend as startVault } from "./vault-backend";
import { isWanted } from "./wanted";

interface Backend {
  proxy: FaultProxy;
  open(client: string, query: string): SecretsStore;
  stop(): Promise<void>;
}

const backends: Record<string, () => Promise<Backend>> = {
  "aws-secrets-manager": () => startAws("airflow"),
  "google-secret-manager": () => startGoogle("airflow"),
  vault: async () => {
    const backend = await startVault();
    return { ...backend, open: (client, query) => backend.open({ client, query }) };
  },
};

const text = (value: number): string => JSON.stringify({ value });

/** What a handler does, from what it finds: so it can be done again after an interruption. */
const operations: Record<string, (store: SecretsStore, key: string) => Promise<void>> = {
  create: async (store, key) => {
    const found = await store.find(key);
    await store.put(key, text(2), '{"n":2}', found?.version ?? ABSENT);
  },
  update: async (store, key) => {
    const found = await store.find(key);
    await store.put(key, text(2), '{"n":2}', found?.version ?? ABSENT);
  },
  delete: async (store, key) => {
    const found = await store.find(key);
    await store.delete(key, found?.version ?? "any");
  },
  recreate: async (store, key) => {
    const found = await store.find(key);
    if (found?.text === text(1)) await store.delete(key, found.version);
    const left = await store.find(key);
    await store.put(key, text(2), '{"n":2}', left?.version ?? ABSENT);
  },
};

/** Every how manieth call: where operations are made of many, `INTERRUPTIONS=all` takes each. */
const STEPS: Record<string, number> = { "google-secret-manager": 8 };

for (const [name, start] of Object.entries(backends)) {
  const step = process.env["INTERRUPTIONS"] === "all" ? 1 : (STEPS[name] ?? 1);
  if (!isWanted(name)) continue;
  describe(`${name} store, interrupted at every call in turn`, () => {
    let backend: Backend;
    let runs = 0;
    before(async () => {
      backend = await start();
    });
    after(() => backend.stop());

    for (const [what, operate] of Object.entries(operations)) {
      for (const kind of ["reset", "lostReply"] as const) {
        it(`${what}: is whole, and converges when done again (${kind})`, async () => {
          let calls = 0;
          for (let dies = 0, died = true; died; dies += step) {
            const base = `r${++runs}`;
            const key = `${base}/connections/c`;
            const sound = backend.open("sound", "");
            const before = what === "create" ? undefined : text(1);
            if (before !== undefined) await sound.put(key, before, '{"n":1}', ABSENT);

            const client = `victim${runs}`;
            const victim = backend.open(client, "&maxAttempts=1&timeoutMs=2000");
            let seen = 0;
            // From this call on nothing gets through: that is what a killed process looks like from outside.
            backend.proxy.arm({ client, calls: Infinity, fault: { kind }, only: () => seen++ >= dies });
            died = await operate(victim, key).then(
              () => false,
              (error: unknown) => {
                expect(error).to.be.instanceOf(ProviderError);
                return true;
              },
            );
            backend.proxy.release(client);
            calls = seen;

            const found = await sound.find(key);
            const possible =
              what === "recreate" ? [before, undefined, text(2)] : [before, what === "delete" ? undefined : text(2)];
            expect(found?.text, `after ${dies} calls`).to.be.oneOf(possible);
            const listed = await backend.open("fresh", "").list(`${base}/`);
            expect(listed, `after ${dies} calls`).to.deep.equal(found === undefined ? [] : [found]);

            await operate(sound, key);
            const after = await sound.find(key);
            expect(after?.text, `again after ${dies} calls`).to.equal(what === "delete" ? undefined : text(2));
            expect(await sound.list(`${base}/`)).to.deep.equal(after === undefined ? [] : [after]);
            const metadata = after === undefined ? [] : [{ key, version: after.version, metadata: '{"n":2}' }];
            expect(await sound.listMetadata(`${base}/`)).to.deep.equal(metadata);
            await Promise.all([sound.close(), victim.close()]);
          }
          expect(calls).to.be.greaterThan(2);
        });
      }
    }

    it("takes creates of many processes at once", async () => {
      const base = `r${++runs}`;
      const keys = Array.from({ length: 12 }, (_, client) =>
        Array.from({ length: 5 }, (_, i) => `${base}/connections/p${client}-${i}`),
      );
      await Promise.all(
        keys.map((own, i) => {
          const store = backend.open(`process${i}`, "");
          return Promise.all(own.map((key) => store.put(key, text(1), "{}", ABSENT)));
        }),
      );
      const listed = await backend.open("fresh", "").keys(`${base}/`);
      expect(listed).to.deep.equal(keys.flat().sort());
    });
  });
}
