import { inspect } from "node:util";

import { expect } from "chai";
import sinon from "sinon";

import { StoreUnavailableError } from "../../../provider/errors";
import { decodeIndex } from "../../../provider/stores/aws-secrets-manager/index-document";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import { failure, READER } from "../../fakes/aws-proxy";
import { Hold, type ProxyCall, type ProxyFault, type ProxyRequest } from "../../fakes/fault-proxy";
import { request, startBackend, type AwsBackend } from "./aws-backend";
import { isWanted } from "./wanted";

const CANARY = "canary-51d0a7b3";
const text = (value: unknown): string => JSON.stringify({ password: CANARY, value });

interface Described {
  DeletedDate?: number | null;
  KmsKeyId?: string;
  Tags?: { Key: string; Value: string }[];
  VersionIdsToStages: Record<string, string[]>;
}

if (isWanted("aws-secrets-manager")) {
  describe("AWS Secrets Manager store", () => {
    let backend: AwsBackend;
    let store: SecretsStore;
    let base: string;
    let cases = 0;

    before(async () => {
      backend = await startBackend("airflow", { listingLagMs: 0 });
    });
    after(() => backend.stop());
    beforeEach(() => {
      backend.proxy.release();
      store = backend.open();
      base = `b${++cases}`;
    });
    afterEach(() => store.close());

    const describeSecret = (key: string): Promise<Described> =>
      request(backend.moto, "DescribeSecret", { SecretId: `airflow/${key}` }) as Promise<Described>;
    /** Breaks one action of every client, until released. */
    const breakAction = (action: string, fault: ProxyFault, calls = Infinity, name = ""): void => {
      const only = (call: ProxyCall, { body }: ProxyRequest): boolean => call.name === action && body.includes(name);
      backend.proxy.arm({ calls, fault, only });
    };
    const failureOf = async (attempt: Promise<unknown>): Promise<StoreUnavailableError> => {
      const error = await attempt.then(
        () => expect.fail("succeeded"),
        (reason: unknown) => reason,
      );
      expect(inspect(error, { depth: 10, showHidden: true })).not.to.contain(CANARY);
      return error as StoreUnavailableError;
    };
    const serverError: ProxyFault = { kind: "reply", reply: () => failure("InternalServiceError", "x", 500) };

    describe("calls", () => {
      it("are few for every operation", async () => {
        const key = `${base}/connections/c`;
        await store.put(`${base}/workspace`, text(0), "{}", ABSENT);
        const costs: Record<string, Record<string, number>> = {};
        const count = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
          backend.proxy.forget();
          const result = await work();
          costs[what] = backend.proxy.counts();
          return result;
        };
        const first = await count("create", () => store.put(key, text(1), '{"a":1}', ABSENT));
        const second = await count("update", () => store.put(key, text(2), '{"a":1}', first));
        const third = await count("update of metadata too", () => store.put(key, text(2), '{"a":2}', second));
        await count("stale update", () => store.put(key, text(3), "{}", second).catch(() => undefined));
        await count("find", () => store.find(key));
        await count("list", () => store.list(`${base}/`));
        await count("metadata", () => store.listMetadata(`${base}/`));
        await count("delete", () => store.delete(key, third));
        expect(costs).to.deep.equal({
          create: { PutSecretValue: 1, UpdateSecretVersionStage: 1, CreateSecret: 1 },
          update: { DescribeSecret: 1, PutSecretValue: 1, UpdateSecretVersionStage: 1 },
          "update of metadata too": {
            DescribeSecret: 1,
            PutSecretValue: 1,
            UpdateSecretVersionStage: 1,
            TagResource: 1,
          },
          "stale update": { DescribeSecret: 1 },
          find: { GetSecretValue: 1 },
          list: { BatchGetSecretValue: 2 },
          metadata: { BatchGetSecretValue: 1, DescribeSecret: 2 },
          delete: { DescribeSecret: 2, PutSecretValue: 1, UpdateSecretVersionStage: 1, DeleteSecret: 1 },
        });
      });

      it("share one index write among creates at the same time", async () => {
        backend.proxy.forget();
        await Promise.all(
          Array.from({ length: 50 }, (_, i) => store.put(`${base}/connections/c${i}`, text(i), "{}", ABSENT)),
        );
        const { CreateSecret, UpdateSecretVersionStage } = backend.proxy.counts();
        expect(CreateSecret).to.be.within(50, 51);
        expect(UpdateSecretVersionStage ?? 0).to.be.at.most(2);
      });
    });

    describe("deletion", () => {
      it("can be undone in AWS, and a new document of that name never shows the old one", async () => {
        const key = `${base}/connections/c`;
        const first = await store.put(key, text("old"), "{}", ABSENT);
        await store.delete(key, first);
        const deleted = await describeSecret(key);
        expect(deleted.DeletedDate).to.be.a("number");
        expect(deleted.VersionIdsToStages[first]).to.deep.equal(["AWSPREVIOUS"]);

        const seen: (string | undefined)[] = [];
        let creating = true;
        const watching = (async (): Promise<void> => {
          const watcher = backend.open("watcher");
          while (creating) seen.push((await watcher.find(key))?.text);
        })();
        backend.proxy.arm({ calls: Infinity, fault: { kind: "delay", delayMs: 50 }, client: "writer" });
        await store.put(key, text("new"), "{}", ABSENT);
        creating = false;
        await watching;
        expect(new Set(seen)).not.to.include(text("old"));
        expect((await store.find(key))?.text).to.equal(text("new"));
      });

      it("reads as absent once it has begun, and is finished by the next try", async () => {
        const key = `${base}/connections/c`;
        const version = await store.put(key, text(1), "{}", ABSENT);
        breakAction("DeleteSecret", serverError);
        expect((await failureOf(store.delete(key, version))).reason).to.equal("failed");
        expect(await store.find(key)).to.equal(undefined);
        expect(await store.keys(`${base}/`)).to.deep.equal([]);
        expect(await store.listMetadata(`${base}/`)).to.deep.equal([]);
        expect((await describeSecret(key)).DeletedDate ?? undefined).to.equal(undefined);
        backend.proxy.release();
        await store.delete(key, version);
        expect((await describeSecret(key)).DeletedDate).to.be.a("number");
      });

      it("that was never finished does not stand in the way of a new document", async () => {
        const key = `${base}/connections/c`;
        const version = await store.put(key, text(1), "{}", ABSENT);
        breakAction("DeleteSecret", serverError);
        await failureOf(store.delete(key, version));
        backend.proxy.release();
        const again = await store.put(key, text(2), "{}", ABSENT);
        expect(await store.find(key)).to.deep.equal({ key, version: again, text: text(2) });
      });

      it("that comes late gives back what somebody created meanwhile", async () => {
        const key = `${base}/connections/c`;
        const version = await store.put(key, text(1), "{}", ABSENT);
        const hold = new Hold();
        breakAction("DeleteSecret", { kind: "held", hold }, 1);
        const deleting = store.delete(key, version);
        await hold.arrived;
        const again = await backend.open("other").put(key, text(2), "{}", ABSENT);
        hold.letGo();
        await deleting;
        expect(await store.find(key)).to.deep.equal({ key, version: again, text: text(2) });
        expect(await store.keys(`${base}/`)).to.deep.equal([key]);
      });

      it("is for good without a recovery window", async () => {
        const key = `${base}/connections/c`;
        const final = backend.open("writer", "&recoveryWindowDays=0");
        await final.delete(key, await final.put(key, text(1), "{}", ABSENT));
        const gone = await request(backend.moto, "DescribeSecret", { SecretId: `airflow/${key}` }).catch(() => "gone");
        expect(gone).to.equal("gone");
        await final.put(key, text(2), "{}", ABSENT);
        expect((await final.find(key))?.text).to.equal(text(2));
      });
    });

    describe("index", () => {
      const shards = async (): Promise<Map<string, number>[]> => {
        const found: Map<string, number>[] = [];
        for (let i = 0; ; i++) {
          const value = (await request(backend.moto, "GetSecretValue", {
            SecretId: `airflow/@index/${i}`,
            VersionStage: "AWSCURRENT",
          }).catch(() => undefined)) as { SecretString: string } | undefined;
          if (value === undefined) return found;
          found.push(decodeIndex(value.SecretString, "x"));
        }
      };

      it("may name what was never created, which then is not listed", async () => {
        const key = `${base}/connections/c`;
        breakAction("CreateSecret", serverError, Infinity, key);
        await failureOf(store.put(key, text(1), "{}", ABSENT));
        backend.proxy.release();
        expect((await shards()).some((entries) => entries.has(key))).to.equal(true);
        expect(await store.keys(`${base}/`)).to.deep.equal([]);
        expect(await store.listMetadata(`${base}/`)).to.deep.equal([]);
        await store.put(key, text(1), "{}", ABSENT);
        expect(await store.keys(`${base}/`)).to.deep.equal([key]);
      });

      it("forgets deleted keys an hour later, and remembers the others", async () => {
        const [kept, deleted, young] = ["kept", "deleted", "young"].map((name) => `${base}/connections/${name}`);
        await store.put(kept!, text(1), "{}", ABSENT);
        await store.delete(deleted!, await store.put(deleted!, text(1), "{}", ABSENT));
        const clock = sinon.useFakeTimers({ now: Date.now() + 2 * 3_600_000, toFake: ["Date"] });
        const later = backend.open();
        await later.delete(young!, await later.put(young!, text(1), "{}", ABSENT));
        expect(await later.keys(`${base}/`)).to.deep.equal([kept]);
        await later.put(`${base}/connections/next`, text(1), "{}", ABSENT);
        const keys = (await shards()).flatMap((entries) => [...entries.keys()]).filter((key) => key.startsWith(base));
        expect(keys.sort()).to.deep.equal([kept, `${base}/connections/next`, young].sort());
        await later.put(deleted!, text(2), "{}", ABSENT);
        expect(await later.keys(`${base}/`)).to.include(deleted);
        clock.restore();
      });

      it("is rebuilt from AWS's own listing when somebody deletes it", async () => {
        const key = `${base}/connections/c`;
        await store.put(key, text(1), "{}", ABSENT);
        for (const [, i] of (await shards()).map((_, i) => ["", i] as const)) {
          await request(backend.moto, "DeleteSecret", { SecretId: `airflow/@index/${i}` });
        }
        const other = backend.open();
        expect(await other.keys(`${base}/`)).to.deep.equal([key]);
        await other.put(`${base}/connections/d`, text(1), "{}", ABSENT);
        expect(await backend.open().keys(`${base}/`)).to.deep.equal([key, `${base}/connections/d`]);
      });
    });

    it("takes over values changed in the console, as drift", async () => {
      const key = `${base}/connections/c`;
      await store.put(key, text(1), "{}", ABSENT);
      const { VersionId: version } = (await request(backend.moto, "PutSecretValue", {
        SecretId: `airflow/${key}`,
        SecretString: text("by hand"),
      })) as { VersionId: string };
      expect(await store.find(key)).to.deep.equal({ key, version, text: text("by hand") });
      expect(await store.list(`${base}/`)).to.deep.equal([{ key, version, text: text("by hand") }]);
      const healed = await store.put(key, text(2), "{}", version);
      expect((await store.find(key))?.version).to.equal(healed);
    });

    it("keeps tags that others added, and labels do not pile up", async () => {
      const key = `${base}/connections/c`;
      let version = await store.put(key, text(0), '{"n":0}', ABSENT);
      await request(backend.moto, "TagResource", { SecretId: `airflow/${key}`, Tags: [{ Key: "team", Value: "a" }] });
      for (let n = 1; n <= 3; n++) version = await store.put(key, text(n), JSON.stringify({ n }), version);
      const { Tags = [], VersionIdsToStages } = await describeSecret(key);
      expect(Tags).to.deep.include({ Key: "team", Value: "a" });
      expect(Object.values(VersionIdsToStages).flat().sort()).to.deep.equal([
        "AWSCURRENT",
        "AWSPREVIOUS",
        "airflow-env-staged",
      ]);
      expect(await store.listMetadata(`${base}/`)).to.deep.equal([{ key, version, metadata: '{"n":3}' }]);
    });

    it("encrypts with the KMS key of the address", async () => {
      const key = `${base}/connections/c`;
      await backend.open("writer", "&kmsKeyId=alias/airflow").put(key, text(1), "{}", ABSENT);
      expect((await describeSecret(key)).KmsKeyId).to.equal("alias/airflow");
    });

    it("lets the reader of metadata read no secret but the index", async () => {
      const key = `${base}/connections/c`;
      await store.put(key, text(1), "{}", ABSENT);
      const reader = backend.open(READER);
      backend.proxy.forget();
      expect(await reader.listMetadata(`${base}/`)).to.have.length(1);
      expect(backend.proxy.counts(READER)).to.have.all.keys("BatchGetSecretValue", "DescribeSecret");
      const failed = await failureOf(reader.find(key));
      expect(failed.message).to.contain("secretsmanager:GetSecretValue").and.to.contain(`airflow/${key}`);
    });

    it("shows nothing of an answer that was cut off", async () => {
      const key = `${base}/connections/c`;
      await store.put(key, text(1), "{}", ABSENT);
      const cut: ProxyFault = {
        kind: "reply",
        reply: () => ({
          status: 200,
          headers: { "content-type": "application/x-amz-json-1.1" },
          body: `${CANARY} {"SecretString":"{\\"password\\":\\"${CANARY}`,
        }),
      };
      breakAction("GetSecretValue", cut);
      await failureOf(store.find(key));
      breakAction("BatchGetSecretValue", cut);
      await failureOf(store.list(`${base}/`));
    });

    it("says which login is missing", async () => {
      const { AWS_ACCESS_KEY_ID, AWS_REGION } = process.env;
      try {
        delete process.env.AWS_ACCESS_KEY_ID;
        const failed = await failureOf(backend.open().find(`${base}/c`));
        expect([failed.reason, failed.message]).to.deep.equal([
          "missing",
          `store "aws-secrets-manager": secret "airflow/${base}/c": no AWS credentials found; set AWS_PROFILE, ` +
            "AWS_ACCESS_KEY_ID or run where a role is attached",
        ]);
        process.env.AWS_ACCESS_KEY_ID = AWS_ACCESS_KEY_ID;
        delete process.env.AWS_REGION;
        expect((await failureOf(backend.open().find(`${base}/c`))).message).to.contain("AWS_REGION");
        expect(await backend.open("writer", "&region=eu-central-1").find(`${base}/c`)).to.equal(undefined);
      } finally {
        Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_REGION });
      }
    });
  });

  describe("AWS Secrets Manager store, with AWS's limit of versions", () => {
    let backend: AwsBackend;
    before(async () => {
      backend = await startBackend("airflow", { maxVersions: 3 });
    });
    after(() => backend.stop());

    it("says so, and begins another index when the first has reached it", async () => {
      const keys = Array.from({ length: 8 }, (_, i) => `w/connections/c${i}`);
      for (const key of keys) await backend.open().put(key, text(key), "{}", ABSENT);
      expect(await backend.open().keys("w/")).to.deep.equal(keys);
      await request(backend.moto, "DescribeSecret", { SecretId: "airflow/@index/2" });

      const store = backend.open();
      let found = await store.find("w/connections/c0");
      const update = async (): Promise<string> => store.put(found!.key, text("new"), "{}", found!.version);
      found = { ...found!, version: await update() };
      found = { ...found, version: await update() };
      const failed = await update().catch((error: unknown) => error as StoreUnavailableError);
      expect(failed).to.be.instanceOf(StoreUnavailableError).with.property("reason", "throttled");
      expect((failed as Error).message).to.contain("100 versions");
    });
  });

  describe("AWS Secrets Manager store of 1,000 documents", () => {
    let backend: AwsBackend;
    before(async () => {
      backend = await startBackend("airflow");
    });
    after(() => backend.stop());

    it("is read in at most 51 calls, a few index versions after its making", async () => {
      const store = backend.open();
      const names = Array.from({ length: 1000 }, (_, i) => `data/connections/warehouse_${i}`);
      const queue = names.values();
      await Promise.all(
        Array.from({ length: 32 }, async () => {
          for (const key of queue) await store.put(key, text(key), JSON.stringify({ name: key }), ABSENT);
        }),
      );
      const index = (await request(backend.moto, "DescribeSecret", { SecretId: "airflow/@index/0" })) as Described;
      expect(Object.keys(index.VersionIdsToStages).length).to.be.lessThan(100);

      backend.proxy.forget();
      const listed = await backend.open("another").list("data/");
      expect(listed.map((document) => document.key)).to.deep.equal([...names].sort());
      expect(backend.proxy.counts()).to.deep.equal({ BatchGetSecretValue: 51 });
    });
  });
}
