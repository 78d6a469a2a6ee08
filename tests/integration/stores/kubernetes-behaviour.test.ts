import { expect } from "chai";
import type { ConflictError, StoreUnavailableError } from "../../../provider/errors";
import { objectName } from "../../../provider/stores/kubernetes/names";
import { kubernetesStore } from "../../../provider/stores/kubernetes/store";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import { CANARY, failureOf, metadataText, secretText } from "../../conformance/store/canary";
import type { ProxyCall, ProxyFault } from "../../fakes/fault-proxy";
import { documentedRules, grant, type KubernetesBackend, type OpenOptions, startBackend } from "./kubernetes-backend";
import { isWanted } from "./wanted";

interface KubernetesObject {
  metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
  data?: Record<string, string>;
}

if (isWanted("kubernetes")) {
  describe("Kubernetes store", () => {
    let backend: KubernetesBackend;
    let store: SecretsStore;
    let base: string;
    let cases = 0;

    before(async () => {
      backend = await startBackend();
    });
    after(() => backend.stop());
    beforeEach(() => {
      backend.proxy.release();
      store = backend.open();
      base = `b${++cases}`;
    });

    const path = (kind: string, name = "", namespace = backend.namespace): string =>
      `/api/v1/namespaces/${namespace}/${kind}${name && `/${name}`}`;
    const get = async (kind: string, key: string): Promise<KubernetesObject | undefined> => {
      const { status, body } = await backend.kube.request("GET", path(kind, objectName(key)));
      return status === 404 ? undefined : (body as KubernetesObject);
    };
    const put = (key: string, text = secretText(), expected = ABSENT): Promise<string> =>
      store.put(key, text, metadataText(key), expected);
    const reasonOf = async (attempt: Promise<unknown>): Promise<string> =>
      ((await failureOf(attempt)) as StoreUnavailableError).reason;
    /** Breaks calls of one client of the proxy, such as `PATCH configmaps`. */
    const breakCalls = (client: string, what: RegExp, fault: ProxyFault, calls = Infinity): void => {
      backend.proxy.arm({ client, calls, fault, only: (call: ProxyCall) => what.test(call.name) });
    };
    const counted = async (client: string, work: () => Promise<unknown>): Promise<string[]> => {
      backend.proxy.forget();
      await work();
      return Object.entries(backend.proxy.counts(client))
        .map(
          ([name, count]) => `${count} ${name.replace(/\/api\/v1\/namespaces\/[^/]+\/?/, "").replace(/\/.*/, "/NAME")}`,
        )
        .sort();
    };

    it("keeps the value in the Secret's data alone", async () => {
      const key = `${base}/connections/pg_Main`;
      await put(key);
      const [secret, copy] = [await get("secrets", key), await get("configmaps", key)];
      expect(Buffer.from(secret!.data!.document!, "base64").toString()).to.equal(secretText());
      expect(JSON.stringify({ ...secret, data: undefined })).not.to.contain(CANARY);
      expect(JSON.stringify(copy)).not.to.contain(CANARY);
      expect(copy!.data).to.deep.equal({ metadata: metadataText(key) });
      expect(secret!.metadata.name).to.match(new RegExp(`^airflow-env-${base}-connections-pg-main-[0-9a-f]{32}$`));
      for (const { metadata } of [secret!, copy!]) {
        expect(metadata.labels).to.deep.equal({
          "app.kubernetes.io/managed-by": "pulumi-airflow-env",
          "app.kubernetes.io/component": "store",
          "pulumi-airflow-env/workspace": base,
        });
        expect(metadata.annotations["pulumi-airflow-env/key"]).to.equal(key);
      }
    });

    it("needs few calls for every operation", async () => {
      const counting = backend.open({ through: "counting", tuning: { pageSize: 250 } });
      const key = `${base}/connections/c`;
      const write = (expected: string): Promise<string> => counting.put(key, secretText(), metadataText(key), expected);
      let version = "";
      expect(await counted("counting", async () => (version = await write(ABSENT))), "first create").to.deep.equal([
        "1 GET configmaps",
        "1 GET secrets",
        "1 POST configmaps",
        "1 POST secrets",
      ]);
      expect(await counted("counting", async () => (version = await write(version))), "change").to.deep.equal([
        "1 PATCH configmaps/NAME",
        "1 PATCH secrets/NAME",
      ]);
      expect(await counted("counting", () => counting.find(key)), "find").to.deep.equal(["1 GET secrets/NAME"]);
      expect(await counted("counting", () => counting.list(`${base}/`)), "list").to.deep.equal(["1 GET secrets"]);
      expect(await counted("counting", () => counting.keys(`${base}/`)), "keys").to.deep.equal(["1 GET secrets"]);
      expect(await counted("counting", () => counting.listMetadata(`${base}/`)), "listMetadata").to.deep.equal([
        "1 GET secrets",
      ]);
      expect(await counted("counting", () => counting.delete(key, version)), "delete").to.deep.equal([
        "1 DELETE configmaps/NAME",
        "1 DELETE secrets/NAME",
        "1 GET configmaps/NAME",
      ]);
      await Promise.all(Array.from({ length: 30 }, (_, i) => put(`${base}/connections/c${i}`)));
      const paged = backend.open({ through: "paged", tuning: { pageSize: 10 } });
      expect(await counted("paged", () => paged.list(`${base}/`)), "30 in pages of 10").to.deep.equal([
        "3 GET secrets",
      ]);
    });

    it("tells a namespace that does not exist from an empty one", async () => {
      const astray = backend.open({ user: "admin", namespace: "no-such-namespace" });
      expect(await reasonOf(astray.find("w/workspace"))).to.equal("missing");
      for (const attempt of [
        () => astray.list("w/"),
        () => astray.keys(""),
        () => astray.listMetadata(""),
        () => astray.put("w/workspace", "{}", "{}", ABSENT),
        () => astray.delete("w/workspace", ABSENT),
        () => astray.delete("w/workspace", "1"),
      ]) {
        const failure = (await failureOf(attempt())) as StoreUnavailableError;
        expect(failure.reason, failure.message).to.equal("missing");
        expect(failure.message).to.contain('namespace "no-such-namespace"');
      }
    });

    it("believes absence where the namespace object may not be read", async () => {
      const namespace = "no-namespace-right";
      await backend.kube.createNamespace(namespace);
      const [writer] = await documentedRules();
      await grant(backend.kube, namespace, "writer", writer.slice(0, 1));
      const limited = backend.open({ namespace });
      expect(await limited.find("w/workspace")).to.equal(undefined);
      expect(await limited.list("w/")).to.deep.equal([]);
      await limited.put("w/workspace", "{}", "{}", ABSENT);
      expect(await limited.keys("")).to.deep.equal(["w/workspace"]);
    });

    it("refuses to take over somebody else's Secret of the same name", async () => {
      const key = `${base}/connections/taken`;
      const foreign = { metadata: { name: objectName(key) }, data: { document: "e30=" } };
      expect((await backend.kube.request("POST", path("secrets"), foreign)).status).to.equal(201);
      const before = await get("secrets", key);
      expect(await store.find(key)).to.equal(undefined);
      const failure = (await failureOf(put(key))) as ConflictError;
      expect(failure.code).to.equal("conflict");
      expect(failure.message).to.contain(objectName(key));
      await store.delete(key, ABSENT);
      expect(await get("secrets", key)).to.deep.equal(before);
    });

    it("keeps what others wrote onto a Secret of ours", async () => {
      const key = `${base}/connections/c`;
      const version = await put(key);
      const metadata = { annotations: { "example.com/note": "n" }, labels: { team: "data" } };
      await backend.kube.request("PATCH", path("secrets", objectName(key)), { metadata });
      expect((await failureOf(put(key, secretText(2), version))).code).to.equal("stale-version");
      const found = await store.find(key);
      const next = await put(key, secretText(2), found!.version);
      const secret = await get("secrets", key);
      expect(secret!.metadata.annotations).to.include({ "example.com/note": "n" });
      expect(secret!.metadata.labels).to.include({ team: "data" });
      expect(await store.listMetadata(`${base}/`)).to.deep.equal([{ key, version: next, metadata: metadataText(key) }]);
      expect(await backend.open({ user: "reader" }).listMetadata(`${base}/`)).to.deep.equal([
        { key, version: next, metadata: metadataText(key) },
      ]);
    });

    it("says so when a Secret of ours has lost its document", async () => {
      const key = `${base}/connections/c`;
      await put(key);
      await backend.kube.request("PATCH", path("secrets", objectName(key)), { data: { document: null } });
      expect(await reasonOf(store.find(key))).to.equal("corrupt");
      expect(await reasonOf(store.list(`${base}/`))).to.equal("corrupt");
      await backend.kube.request("DELETE", path("secrets", objectName(key)));
    });

    it("writes no document when it may not write the copies of metadata", async () => {
      const namespace = "no-configmaps";
      await backend.kube.createNamespace(namespace);
      const [writer] = await documentedRules();
      await grant(backend.kube, namespace, "writer", [{ ...writer[0], resources: ["secrets"] }]);
      const limited = backend.open({ namespace });
      const failure = (await failureOf(limited.put("w/workspace", "{}", "{}", ABSENT))) as StoreUnavailableError;
      expect(failure.reason).to.equal("denied");
      expect(failure.message).to.contain("configmaps").and.to.contain("docs/stores/kubernetes.md");
      const { body } = await backend.kube.request("GET", path("secrets", "", namespace));
      expect((body as { items: unknown[] }).items).to.deep.equal([]);
    });

    describe("after a process was stopped between a Secret and its copy", () => {
      const broken = (options: OpenOptions = {}): SecretsStore =>
        backend.open({ through: "broken", tuning: { retries: 0 }, ...options });
      const readMetadata = (): Promise<unknown> => backend.open({ user: "reader" }).listMetadata(`${base}/`);

      it("brings the copies in line at the next process's first write", async () => {
        const [changed, created, removed] = ["changed", "created", "removed"].map(
          (name) => `${base}/connections/${name}`,
        );
        const first = await put(changed!);
        const doomed = await put(removed!);
        const stopped = broken();
        await stopped.put(`${base}/workspace`, "{}", "{}", ABSENT);
        breakCalls("broken", / .*configmaps/, { kind: "reset" });
        await failureOf(stopped.put(changed!, secretText(2), metadataText("second"), first));
        await failureOf(stopped.put(created!, secretText(3), metadataText("third"), ABSENT));
        await failureOf(stopped.delete(removed!, doomed));

        // Readers of Secrets see the truth at once, readers of copies what was there before.
        const truth = (await store.listMetadata(`${base}/`)).filter(({ key }) => key !== `${base}/workspace`);
        expect(truth.map(({ key, metadata }) => ({ key, metadata }))).to.deep.equal([
          { key: changed, metadata: metadataText("second") },
          { key: created, metadata: metadataText("third") },
        ]);
        expect(JSON.stringify(await readMetadata()))
          .to.contain("removed")
          .and.not.to.contain("third");

        const next = backend.open();
        await next.put(`${base}/connections/other`, "{}", metadataText("other"), ABSENT);
        expect(await readMetadata()).to.deep.equal(await store.listMetadata(`${base}/`));
        expect(await get("configmaps", removed!)).to.equal(undefined);
      });

      it("never lets a late writer's copy replace a newer one", async () => {
        const key = `${base}/connections/c`;
        const first = await put(key);
        const slow = broken();
        await slow.put(`${base}/workspace`, "{}", "{}", ABSENT);
        breakCalls("broken", /PATCH .*configmaps/, { kind: "delay", delayMs: 600 }, 1);
        const late = slow.put(key, secretText(2), metadataText("second"), first);
        let found = await store.find(key);
        while (found?.version === first) found = await store.find(key);
        const third = await store.put(key, secretText(3), metadataText("third"), found!.version);
        await late;
        const [entry] = (await readMetadata()) as unknown[];
        expect(entry).to.deep.equal({ key, version: third, metadata: metadataText("third") });
      });

      it("makes no copy of a document that another process deleted meanwhile, once it wrote again", async () => {
        const key = `${base}/connections/c`;
        const slow = broken();
        await slow.put(`${base}/workspace`, "{}", "{}", ABSENT);
        breakCalls("broken", /POST .*configmaps/, { kind: "delay", delayMs: 400 }, 1);
        const late = slow.put(key, secretText(2), metadataText("second"), ABSENT);
        let found = await store.find(key);
        while (!found) found = await store.find(key);
        await store.delete(key, found.version);
        await late;
        await backend.open().put(`${base}/connections/other`, "{}", metadataText("other"), ABSENT);
        expect(((await readMetadata()) as { key: string }[]).map((entry) => entry.key)).to.deep.equal([
          `${base}/connections/other`,
          `${base}/workspace`,
        ]);
      });
    });

    it("reports a write as stale when its answer was lost and somebody has written since", async () => {
      const key = `${base}/connections/c`;
      const first = await put(key);
      const unlucky = backend.open({ through: "unlucky", tuning: { retries: 1 } });
      await unlucky.put(`${base}/workspace`, "{}", "{}", ABSENT);
      let overwritten = "";
      backend.proxy.arm({
        client: "unlucky",
        calls: 1,
        fault: { kind: "lostReply" },
        only: (call) => {
          if (!/PATCH .*secrets/.test(call.name)) return false;
          void (async () => {
            let found = await store.find(key);
            while (found?.version === first) found = await store.find(key);
            overwritten = await put(key, secretText("other"), found!.version);
          })();
          return true;
        },
      });
      const outcome = await unlucky.put(key, secretText("mine"), metadataText("c"), first).then(
        (version) => ({ version }),
        (error: { code: string }) => ({ code: error.code }),
      );
      while (overwritten === "") await store.find(key);
      // The second attempt either came before the other writer, and found its own write, or after, and says so.
      if ("code" in outcome) expect(outcome.code).to.equal("stale-version");
      expect(await store.find(key)).to.deep.equal({ key, version: overwritten, text: secretText("other") });
    });

    it("starts a listing again when its pages have expired", async () => {
      const keys = Array.from({ length: 5 }, (_, i) => `${base}/connections/c${i}`);
      for (const key of keys) await put(key);
      const reader = backend.open({ through: "expiring", tuning: { pageSize: 2 } });
      backend.proxy.arm({
        client: "expiring",
        calls: 1,
        fault: { kind: "reply", reply: () => ({ status: 410, headers: {}, body: '{"reason":"Expired","code":410}' }) },
        only: (_call, request) => request.path.includes("continue="),
      });
      expect(await reader.keys(`${base}/`)).to.deep.equal(keys);
    });

    it("recovers when the API server comes back", async () => {
      const key = `${base}/connections/c`;
      const version = await put(key);
      await backend.kube.kill();
      try {
        expect(await reasonOf(backend.open({ tuning: { retries: 0 } }).find(key))).to.equal("unreachable");
      } finally {
        await backend.kube.restart();
      }
      expect(await store.find(key)).to.deep.equal({ key, version, text: secretText() });
      await put(key, secretText(2), version);
    });

    it("reports a wrong context or kubeconfig without calling anything", async () => {
      const kubeconfig = backend.kube.kubeconfig("writer");
      const options = { namespace: "store", timeoutMs: 1000, kubeconfig };
      const failure = (await failureOf(
        kubernetesStore({ ...options, context: "nowhere" }).keys(""),
      )) as StoreUnavailableError;
      expect(failure.reason).to.equal("missing");
      expect(failure.message).to.contain('no context "nowhere"; known: writer');
      expect(await reasonOf(kubernetesStore({ ...options, kubeconfig: `${kubeconfig}.none` }).keys(""))).to.equal(
        "missing",
      );
    });

    it("refuses metadata that no annotation can hold, and writes nothing", async () => {
      const key = `${base}/connections/c`;
      const failure = await failureOf(store.put(key, "{}", "x".repeat(200 * 1024 + 1), ABSENT));
      expect(failure.code).to.equal("unsupported");
      expect(await store.find(key)).to.equal(undefined);
      const version = await store.put(key, "{}", "é".repeat(100 * 1024), ABSENT);
      await store.put(key, `"${"x".repeat(1_048_574)}"`, "é".repeat(100 * 1024), version);
    });
  });
}
