import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";

import { expect } from "chai";

import { StoreUnavailableError } from "../../../provider/errors";
import { parseVaultOptions } from "../../../provider/stores/vault/options";
import { vaultStore } from "../../../provider/stores/vault/store";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import { Hold, type ProxyCall, type ProxyFault, type ProxyRequest } from "../../fakes/fault-proxy";
import { refusal } from "../../fakes/vault-proxy";
import { startBackend, timing, type VaultBackend } from "./vault-backend";
import { isWanted } from "./wanted";

const CANARY = "canary-77c0ffee21";
const text = (value: unknown): string => JSON.stringify({ password: CANARY, value });
/** The policies as the documentation gives them, so that they are tested too. */
const POLICIES = [...readFileSync("docs/stores/vault.md", "utf8").matchAll(/```hcl\n([^`]*)```/g)].map(
  ([, hcl]) => hcl!,
);

for (const product of isWanted("vault") ? (["Vault", "OpenBao"] as const) : []) {
  describe(`${product} as a store`, () => {
    let backend: VaultBackend;
    let store: SecretsStore;
    let base: string;
    let cases = 0;

    before(async () => {
      backend = await startBackend(product);
    });
    after(() => backend.stop());
    beforeEach(() => {
      backend.proxy.release();
      store = backend.open();
      base = `b${++cases}`;
    });
    afterEach(() => store.close());

    const breakCall = (name: string, fault: ProxyFault, calls = Infinity): void => {
      backend.proxy.arm({ calls, fault, only: (call: ProxyCall) => call.name === name });
    };
    const failureOf = async (attempt: Promise<unknown>): Promise<StoreUnavailableError> => {
      const error = await attempt.then(
        () => expect.fail("succeeded"),
        (reason: unknown) => reason,
      );
      expect(inspect(error, { depth: 10, showHidden: true })).not.to.contain(CANARY);
      return error as StoreUnavailableError;
    };
    const serverError: ProxyFault = { kind: "reply", reply: () => refusal(500, "internal error") };

    it("needs few calls for every operation", async () => {
      const key = `${base}/connections/c`;
      await store.put(`${base}/workspace`, text(0), "{}", ABSENT);
      const costs: Record<string, Record<string, number>> = {};
      const count = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
        backend.proxy.forget();
        const result = await work();
        costs[what] = backend.proxy.counts();
        return result;
      };
      await count("first use", () => backend.open().find(key));
      const first = await count("create", () => store.put(key, text(1), '{"a":1}', ABSENT));
      const second = await count("update", () => store.put(key, text(2), '{"a":1}', first));
      const third = await count("update of metadata too", () => store.put(key, text(2), '{"a":2}', second));
      await count("stale update", () => store.put(key, text(3), "{}", second).catch(() => undefined));
      await count("find", () => store.find(key));
      await count("list", () => store.list(`${base}/`));
      await count("metadata", () => store.listMetadata(`${base}/`));
      await count("delete", () => store.delete(key, third));
      expect(costs).to.deep.equal({
        "first use": { "GET auth": 1, "GET sys": 1, "GET data": 1 },
        create: { "GET data": 1, "POST data": 1, "POST metadata": 1 },
        update: { "GET data": 1, "POST data": 1 },
        "update of metadata too": { "GET data": 1, "POST data": 1, "POST metadata": 1 },
        "stale update": { "GET data": 1 },
        find: { "GET data": 1 },
        list: { "LIST metadata": 2, "GET data": 2 },
        metadata: { "LIST metadata": 2, "GET metadata": 2 },
        delete: { "GET data": 1, "POST data": 1, "DELETE metadata": 1 },
      });
    });

    it("lists 1,000 documents in one call each and one per folder", async () => {
      const queue = Array.from({ length: 1000 }, (_, i) => `${base}/connections/c${i}`).values();
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (const key of queue) await store.put(key, text(key), "{}", ABSENT);
        }),
      );
      backend.proxy.forget();
      expect(await store.list(`${base}/`)).to.have.length(1000);
      expect(backend.proxy.counts()).to.deep.equal({ "LIST metadata": 2, "GET data": 1000 });
    });

    describe("logins", () => {
      const approle = async (name: string, role: object): Promise<NodeJS.ProcessEnv> => {
        const { request } = backend.vault;
        await request("POST", "sys/auth/approle", { type: "approle" });
        await request("PUT", "sys/policies/acl/writer", { policy: POLICIES[0] });
        await request("POST", `auth/approle/role/${name}`, { token_policies: ["writer"], ...role });
        const id = await request("GET", `auth/approle/role/${name}/role-id`);
        const secret = await request("POST", `auth/approle/role/${name}/secret-id`, {});
        return {
          VAULT_ROLE_ID: (id.body as { data: { role_id: string } }).data.role_id,
          VAULT_SECRET_ID: (secret.body as { data: { secret_id: string } }).data.secret_id,
        };
      };

      const accessors = async (): Promise<string[]> => {
        const { body } = await backend.vault.request("GET", "auth/token/accessors?list=true");
        return (body as { data: { keys: string[] } }).data.keys;
      };
      /** Whether a token is still valid: Vault forgets it with its end. */
      const isKnown = async (accessor: string): Promise<boolean> =>
        (await backend.vault.request("POST", "auth/token/lookup-accessor", { accessor })).status === 200;

      it("by AppRole, again when the token is revoked", async () => {
        const env = await approle("ci", { token_ttl: "1h" });
        const client = "approle";
        const ci = backend.open({ env, client });
        const version = await ci.put(`${base}/c`, text(1), "{}", ABSENT);
        for (const accessor of await accessors()) {
          const looked = await backend.vault.request("POST", "auth/token/lookup-accessor", { accessor });
          const { path } = (looked.body as { data: { path: string } }).data;
          if (path === "auth/approle/login") {
            await backend.vault.request("POST", "auth/token/revoke-accessor", { accessor });
          }
        }
        backend.proxy.forget();
        await Promise.all([ci.find(`${base}/c`), ci.find(`${base}/c`), ci.put(`${base}/c`, text(2), "{}", version)]);
        expect(backend.proxy.counts(client)["POST auth"]).to.be.within(1, 3);
      });

      it("that live shorter than the run are renewed, and made again at the end of their longest life", async () => {
        const env = await approle("short", { token_ttl: "2s", token_max_ttl: "5s" });
        const short = backend.open({ env, client: "short" });
        const earlier = await accessors();
        await short.put(`${base}/c`, text(1), "{}", ABSENT);
        const [first = ""] = (await accessors()).filter((accessor) => !earlier.includes(accessor));
        let finds = 0;
        for (let isAlive = true; isAlive; finds++) {
          isAlive = await isKnown(first);
          expect((await short.find(`${base}/c`))?.text).to.equal(text(1));
          await sleep(200);
        }
        expect(backend.proxy.counts("short")["POST auth"]).to.be.within(2, finds);
      });

      it("by a token that is renewed while in use, and honestly expired when it is not", async () => {
        const { body } = await backend.vault.request("POST", "auth/token/create", { ttl: "5s", renewable: true });
        const { client_token: token, accessor } = (body as { auth: { client_token: string; accessor: string } }).auth;
        const renewed = backend.open({ token, client: "renewed" });
        while (!backend.proxy.counts("renewed")["POST auth"]) {
          expect(await renewed.find(`${base}/c`)).to.equal(undefined);
          await sleep(200);
        }
        expect(await isKnown(accessor)).to.equal(true);
        while (await isKnown(accessor)) await sleep(200);
        const failed = await failureOf(renewed.find(`${base}/c`));
        expect([failed.reason, failed.message]).to.deep.equal([
          "expired",
          `store "vault": "secret/data/airflow/${base}/c": Vault does not know the token any more; log in again or set a new VAULT_TOKEN`,
        ]);
      });

      it("by a token that may not look itself up: a denial is not taken for its end", async () => {
        const { request } = backend.vault;
        const policy = 'path "secret/metadata/airflow/*" { capabilities = ["read", "list"] }';
        await request("PUT", "sys/policies/acl/narrow", { policy });
        const only = { policies: ["narrow"], no_default_policy: true };
        const { body } = await request("POST", "auth/token/create", only);
        const { client_token: token } = (body as { auth: { client_token: string } }).auth;
        await store.put(`${base}/c`, text(1), "{}", ABSENT);
        const narrow = backend.open({ token });
        expect(await narrow.listMetadata(`${base}/`)).to.have.length(1);
        const failed = await failureOf(narrow.find(`${base}/c`));
        expect([failed.reason, failed.message]).to.deep.equal([
          "denied",
          `store "vault": "secret/data/airflow/${base}/c": Vault denied it, and does not let the token look itself up: ` +
            "give the token's policy read on this path, or log in again if it has expired",
        ]);
      });

      it("by a JWT, read anew from its file for each login", async () => {
        const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
        const { request } = backend.vault;
        await request("POST", "sys/auth/ci-jwt", { type: "jwt" });
        const keys = [publicKey.export({ type: "spki", format: "pem" })];
        await request("POST", "auth/ci-jwt/config", { jwt_validation_pubkeys: keys });
        const role = { role_type: "jwt", user_claim: "sub", bound_audiences: ["vault"], token_policies: ["writer"] };
        await request("POST", "auth/ci-jwt/role/deploy", role);
        await request("PUT", "sys/policies/acl/writer", { policy: POLICIES[0] });
        const folder = mkdtempSync(join(tmpdir(), "vault-jwt-"));
        try {
          const env = { VAULT_JWT_ROLE: "deploy", VAULT_JWT_FILE: join(folder, "token") };
          const query = "&auth=jwt&authMount=ci-jwt";
          const ci = backend.open({ env, query });
          expect((await failureOf(ci.find(`${base}/c`))).reason).to.equal("missing");
          writeFileSync(env.VAULT_JWT_FILE, "not a token");
          expect((await failureOf(ci.find(`${base}/c`))).reason).to.equal("denied");
          writeFileSync(env.VAULT_JWT_FILE, `${jwt({ sub: "ci", aud: "vault" }, privateKey)}\n`);
          await ci.put(`${base}/c`, text(1), "{}", ABSENT);
        } finally {
          rmSync(folder, { recursive: true });
        }
      });

      it("by a Kubernetes service account", async () => {
        // Vault asks the cluster whether the token is genuine; this answers as an API server would.
        const cluster = createServer((_, response) => {
          const user = { username: "system:serviceaccount:ci:deployer", uid: "u" };
          response.writeHead(201, { "content-type": "application/json" });
          response.end(JSON.stringify({ kind: "TokenReview", status: { authenticated: true, user } }));
        });
        await new Promise<void>((resolve) => cluster.listen(0, "127.0.0.1", resolve));
        const folder = mkdtempSync(join(tmpdir(), "vault-k8s-"));
        try {
          const { port } = cluster.address() as AddressInfo;
          const { request } = backend.vault;
          const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
          await request("POST", "sys/auth/kubernetes", { type: "kubernetes" });
          const pem = [publicKey.export({ type: "spki", format: "pem" })];
          const config = {
            kubernetes_host: `http://127.0.0.1:${port}`,
            disable_local_ca_jwt: true,
            kubernetes_ca_cert: "unused over http",
            pem_keys: pem,
          };
          await request("POST", "auth/kubernetes/config", config);
          const bound = { bound_service_account_names: ["deployer"], bound_service_account_namespaces: ["ci"] };
          await request("PUT", "sys/policies/acl/writer", { policy: POLICIES[0] });
          await request("POST", "auth/kubernetes/role/deploy", { ...bound, token_policies: ["writer"] });
          const account = { namespace: "ci", serviceaccount: { name: "deployer", uid: "u" } };
          const claims = { sub: "system:serviceaccount:ci:deployer", "kubernetes.io": account };
          const env = { VAULT_K8S_ROLE: "deploy", VAULT_K8S_TOKEN_FILE: join(folder, "token") };
          writeFileSync(env.VAULT_K8S_TOKEN_FILE, jwt(claims, privateKey));
          await backend.open({ env }).put(`${base}/c`, text(1), "{}", ABSENT);
        } finally {
          cluster.closeAllConnections();
          cluster.close();
          rmSync(folder, { recursive: true });
        }
      });

      it("that are wrong, or missing", async () => {
        const env = { ...(await approle("wrong", {})), VAULT_SECRET_ID: "no-such-secret-id" };
        const failed = await failureOf(backend.open({ env }).find(`${base}/c`));
        expect([failed.reason, failed.message]).to.deep.equal([
          "denied",
          'store "vault": "auth/approle/login": Vault refused the login; check the role and the credentials in the environment',
        ]);
        const none = await failureOf(backend.open({ env: {} }).find(`${base}/c`));
        expect([none.reason, none.message]).to.deep.equal([
          "missing",
          'store "vault": no Vault login found; set VAULT_TOKEN, or the file .vault-token that `vault login` writes; ' +
            "or VAULT_ROLE_ID and VAULT_SECRET_ID; or VAULT_K8S_ROLE, in a pod with a service account " +
            "(or VAULT_K8S_TOKEN_FILE); or VAULT_JWT_ROLE, and VAULT_JWT or VAULT_JWT_FILE",
        ]);
      });
    });

    describe("policies of the documentation", () => {
      it("suffice for a writer", async () => {
        const token = await backend.tokenFor(POLICIES[0]!);
        for (const query of ["", "&keepVersions=true"]) {
          const writer = backend.open({ token, query });
          const key = `${base}/connections/c`;
          const first = await writer.put(key, text(1), "{}", ABSENT);
          const second = await writer.put(key, text(2), '{"a":1}', first);
          expect(await writer.list(`${base}/`)).to.have.length(1);
          expect(await writer.keys("")).to.include(key);
          expect(await writer.listMetadata(`${base}/`)).to.have.length(1);
          await writer.delete(key, second);
        }
      });

      it("let a reader of metadata see no value", async () => {
        await store.put(`${base}/c`, text(1), '{"a":1}', ABSENT);
        const reader = backend.open({ token: await backend.tokenFor(POLICIES[1]!) });
        expect((await reader.listMetadata(`${base}/`)).map((each) => each.metadata)).to.deep.equal(['{"a":1}']);
        const failed = await failureOf(reader.find(`${base}/c`));
        expect([failed.reason, failed.message]).to.deep.equal([
          "denied",
          `store "vault": "secret/data/airflow/${base}/c": Vault denied it; give the token's policy read on this path`,
        ]);
      });
    });

    describe("what only an administrator can mend", () => {
      it("is a sealed Vault", async () => {
        await store.put(`${base}/c`, text(1), "{}", ABSENT);
        await backend.vault.seal();
        try {
          const attempts = [store.find(`${base}/c`), store.list(""), backend.open().find(`${base}/c`)];
          for (const failed of await Promise.all(attempts.map(failureOf))) {
            expect(failed.reason).to.equal("sealed");
            expect(failed.message).to.contain("unseal");
          }
        } finally {
          await backend.vault.unseal();
        }
        expect((await store.find(`${base}/c`))?.text).to.equal(text(1));
      });

      it("is a rate limit", async () => {
        await store.find(`${base}/c`);
        await backend.vault.request("POST", "sys/quotas/rate-limit/airflow", {
          path: "secret/",
          rate: 0.1,
          interval: "60s",
        });
        try {
          const quick = backend.open({ query: "&maxAttempts=2" });
          const attempts = Array.from({ length: 5 }, () => quick.find(`${base}/c`).catch((error: unknown) => error));
          const failed = (await Promise.all(attempts)).find((each) => each instanceof StoreUnavailableError);
          expect(failed).to.have.property("reason", "throttled");
        } finally {
          await backend.vault.request("DELETE", "sys/quotas/rate-limit/airflow");
        }
      });

      it("is a mount that is missing or of version 1", async () => {
        await backend.vault.request("POST", "sys/mounts/old", { type: "kv", options: { version: "1" } });
        const source = { env: { VAULT_TOKEN: backend.vault.rootToken }, home: "/nonexistent" };
        const tables: Record<string, RegExp> = {
          old: /"old" is not a KV version 2 engine/,
          none: /check mount|policy|KV version 2/,
        };
        for (const [mount, expected] of Object.entries(tables)) {
          const options = parseVaultOptions(`vault://${mount}/airflow?address=${backend.vault.address}`);
          const failed = await failureOf(vaultStore(options, timing, () => source).find(`${base}/c`));
          expect(failed).to.be.instanceOf(StoreUnavailableError);
          expect(failed.message, mount).to.match(expected);
        }
      });
    });

    describe("deletion", () => {
      it("removes every trace, or keeps the versions", async () => {
        const key = `${base}/c`;
        await store.delete(key, await store.put(key, text(1), "{}", ABSENT));
        expect((await backend.vault.request("GET", `secret/metadata/airflow/${key}`)).status).to.equal(404);

        const keeping = backend.open({ query: "&keepVersions=true" });
        const first = await keeping.put(key, text(1), "{}", ABSENT);
        await keeping.delete(key, await keeping.put(key, text(2), "{}", first));
        expect(await keeping.find(key)).to.equal(undefined);
        await backend.vault.request("POST", `secret/undelete/airflow/${key}`, { versions: [2] });
        const kept = await backend.vault.request("GET", `secret/data/airflow/${key}?version=2`);
        expect((kept.body as { data: { data: { text: string } } }).data.data.text).to.equal(text(2));
        const again = await keeping.put(key, text(3), "{}", ABSENT);
        expect(again).to.match(/^4@/);
      });

      it("reads as absent once it has begun, and is finished by the next try", async () => {
        const key = `${base}/c`;
        const version = await store.put(key, text(1), "{}", ABSENT);
        breakCall("DELETE metadata", serverError);
        expect((await failureOf(store.delete(key, version))).reason).to.equal("failed");
        expect(await store.find(key)).to.equal(undefined);
        expect(await store.keys(`${base}/`)).to.deep.equal([]);
        backend.proxy.release();
        await store.delete(key, version);
        expect((await backend.vault.request("GET", `secret/metadata/airflow/${key}`)).status).to.equal(404);
      });

      it("that was never finished does not stand in the way of a new document", async () => {
        const key = `${base}/c`;
        breakCall("DELETE metadata", serverError);
        await failureOf(store.delete(key, await store.put(key, text(1), "{}", ABSENT)));
        backend.proxy.release();
        const again = await store.put(key, text(2), "{}", ABSENT);
        expect(await store.find(key)).to.deep.equal({ key, version: again, text: text(2) });
      });

      it("under way makes a new document wait, so that it is not taken along", async () => {
        const key = `${base}/c`;
        const version = await store.put(key, text(1), "{}", ABSENT);
        const hold = new Hold();
        breakCall("DELETE metadata", { kind: "held", hold }, 1);
        const deleting = store.delete(key, version);
        await hold.arrived;
        const creating = backend.open({ client: "creator" }).put(key, text(2), "{}", ABSENT);
        while (Object.keys(backend.proxy.counts("creator")).length === 0) await sleep(5);
        hold.letGo();
        const again = await creating;
        await deleting;
        expect(await store.find(key)).to.deep.equal({ key, version: again, text: text(2) });
      });
    });

    it("heals metadata whose write was lost", async () => {
      const key = `${base}/c`;
      breakCall("POST metadata", serverError);
      await failureOf(store.put(key, text(1), '{"a":1}', ABSENT));
      backend.proxy.release();
      const found = await store.find(key);
      expect(found?.text).to.equal(text(1));
      const version = await store.put(key, text(2), '{"a":2}', found!.version);
      expect(await store.listMetadata(`${base}/`)).to.deep.equal([{ key, version, metadata: '{"a":2}' }]);
    });

    it("keeps entries that others added to custom_metadata", async () => {
      const key = `${base}/c`;
      const version = await store.put(key, text(1), '{"a":1}', ABSENT);
      const path = `secret/metadata/airflow/${key}`;
      const { body } = await backend.vault.request("GET", path);
      const { custom_metadata: custom } = (body as { data: { custom_metadata: object } }).data;
      await backend.vault.request("POST", path, { custom_metadata: { ...custom, team: "b" } });
      await store.put(key, text(2), '{"a":2}', version);
      const after = (await backend.vault.request("GET", path)).body as { data: { custom_metadata: object } };
      expect(after.data.custom_metadata).to.include({ team: "b", "metadata-00": '{"a":2}' });
    });

    it("tells what was overwritten by hand from what is absent", async () => {
      const key = `${base}/c`;
      await store.put(key, text(1), "{}", ABSENT);
      await backend.vault.request("POST", `secret/data/airflow/${key}`, { data: { password: CANARY } });
      const attempts = [store.find(key), store.list(`${base}/`), store.put(key, text(2), "{}", ABSENT)];
      for (const failed of await Promise.all(attempts.map(failureOf))) expect(failed.reason).to.equal("corrupt");
      await backend.vault.request("DELETE", `secret/metadata/airflow/${key}`);
    });

    it("sends the namespace, and takes nothing that is not Vault's for an answer", async () => {
      const seen: (string | undefined)[] = [];
      const record = (_: ProxyCall, request: ProxyRequest) => {
        seen.push(request.headers["x-vault-namespace"]);
        return { status: 200, body: `<html>${CANARY}</html>` };
      };
      backend.proxy.arm({ calls: Infinity, fault: { kind: "reply", reply: record } });
      const failed = await failureOf(backend.open({ query: "&namespace=admin/team-a" }).find(`${base}/c`));
      expect(failed.reason).to.equal("failed");
      expect(new Set(seen)).to.deep.equal(new Set(["admin/team-a"]));
      backend.proxy.arm({
        calls: Infinity,
        fault: { kind: "reply", reply: () => ({ status: 404, body: "no such page" }) },
        only: (call) => call.name === "GET data",
      });
      expect((await failureOf(store.find(`${base}/c`))).reason).to.equal("failed");
    });
  });
}

function jwt(claims: object, key: KeyObject): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const body = `${encode({ alg: "RS256", typ: "JWT" })}.${encode({ iat: now, exp: now + 300, ...claims })}`;
  return `${body}.${createSign("RSA-SHA256").update(body).sign(key, "base64url")}`;
}
