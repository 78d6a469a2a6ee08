import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { documentSecret, indexSecret } from "../../../provider/stores/google-secret-manager/names";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import { Hold, type ProxyRequest } from "../../fakes/fault-proxy";
import { payloadOf, request, startBackend, type GoogleBackend } from "./google-backend";
import { isWanted } from "./wanted";

const text = (value: unknown): string => JSON.stringify({ value });

interface Version {
  name: string;
  state: string;
}

function behaves(): void {
  let backend: GoogleBackend;
  let store: SecretsStore;
  let key: string;
  let cases = 0;

  before(async () => {
    backend = await startBackend("airflow", { lagMs: 0 });
  });
  after(() => backend.stop());
  beforeEach(() => {
    backend.proxy.release();
    store = backend.open();
    key = `b${++cases}/connections/c`;
  });

  const versionsOf = async (secret: string): Promise<Record<string, string>> => {
    const { versions } = (await request(backend, "GET", `/${secret}/versions`)) as { versions: Version[] };
    return Object.fromEntries(versions.map(({ name, state }) => [name.split("/").at(-1), state]));
  };
  const addForeign = (secret: string): Promise<unknown> =>
    request(backend, "POST", `/${secret}:addVersion`, { payload: { data: Buffer.from("theirs").toString("base64") } });
  const failureOf = (attempt: Promise<unknown>): Promise<Error> =>
    attempt.then(
      () => expect.fail("succeeded"),
      (error: unknown) => error as Error,
    );

  it("makes few calls for every operation", async () => {
    const base = key.split("/")[0]!;
    // Without the snapshots of the index, which come every 16 versions of it.
    store = backend.open("writer", "", undefined, { snapshotAfter: 1000 });
    await store.put(`${base}/workspace`, text(0), "{}", ABSENT);
    await store.keys("");
    const costs: Record<string, Record<string, number>> = {};
    const count = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      backend.proxy.forget();
      const result = await work();
      costs[what] = backend.proxy.counts();
      return result;
    };
    const first = await count("create", () => store.put(key, text(1), "{}", ABSENT));
    const second = await count("update", () => store.put(key, text(2), "{}", first));
    const third = await count("update that prunes", () => store.put(key, text(3), "{}", second));
    await count("find", () => store.find(key));
    const fresh = backend.open("writer", "", undefined, { snapshotAfter: 1000 });
    await count("find of another process", () => fresh.find(key));
    await count("stale update", () => failureOf(store.put(key, text(4), "{}", first)));
    await count("delete", () => store.delete(key, third));
    expect(costs).to.deep.equal({
      // Two for the log that is not there, and two versions of the index, which all creates at that time share.
      create: { access: 2, create: 1, addVersion: 3 },
      update: { addVersion: 2 },
      "update that prunes": { destroy: 1, addVersion: 2 },
      find: { access: 2 },
      "find of another process": { access: 3 },
      "stale update": { access: 2 },
      delete: { access: 3, destroy: 2, addVersion: 2 },
    });
  });

  it("lists with two accesses per document, and lists metadata without any", async () => {
    const base = key.split("/")[0]!;
    const keys = Array.from({ length: 40 }, (_, at) => `${base}/connections/c${at}`);
    await Promise.all(keys.map((one) => store.put(one, text(one), "{}", ABSENT)));
    const fresh = backend.open();
    await fresh.listMetadata("");
    backend.proxy.forget();
    expect(await fresh.list(`${base}/`)).to.have.length(40);
    const { access = 0, ...rest } = backend.proxy.counts();
    expect(rest).to.deep.equal({});
    // And what of the index is new.
    expect(access).to.be.within(80, 90);
    backend.proxy.forget();
    expect(await fresh.listMetadata(`${base}/`)).to.have.length(40);
    expect(backend.proxy.counts().access).to.be.at.most(2);
  });

  it("keeps the current version and the one before, and destroys what is older", async () => {
    let version = await store.put(key, text(0), "{}", ABSENT);
    for (let i = 1; i <= 4; i++) version = await backend.open().put(key, text(i), "{}", version);
    expect(await versionsOf(documentSecret("airflow", key))).to.deep.equal({
      1: "DESTROYED",
      2: "DESTROYED",
      3: "DESTROYED",
      4: "ENABLED",
      5: "ENABLED",
    });
  });

  it("keeps nothing of what is deleted", async () => {
    const first = await store.put(key, text(1), "{}", ABSENT);
    const second = await store.put(key, text(2), "{}", first);
    await store.delete(key, second);
    const secret = documentSecret("airflow", key);
    expect(await versionsOf(secret)).to.deep.equal({ 1: "DESTROYED", 2: "DESTROYED", 3: "ENABLED" });
    await store.put(key, text(3), "{}", ABSENT);
    expect((await backend.open().find(key))?.text).to.equal(text(3));
  });

  it("keeps the index short", async () => {
    let version = await store.put(key, text(0), "{}", ABSENT);
    for (let i = 1; i <= 30; i++) version = await store.put(key, text(i), `{"i":${i}}`, version);
    const states = Object.values(await versionsOf(indexSecret("airflow")));
    expect(states.length).to.be.greaterThan(30);
    expect(states.filter((state) => state === "ENABLED").length).to.be.at.most(14);
    expect((await backend.open().listMetadata(key.split("/")[0] + "/")).map(({ metadata }) => metadata)).to.deep.equal([
      `{"i":30}`,
    ]);
  });

  it("does not need destroying to be allowed", async () => {
    backend.proxy.arm({
      calls: Infinity,
      fault: { kind: "reply", reply: () => ({ status: 403, body: `{"error":{"status":"PERMISSION_DENIED"}}` }) },
      only: (call) => call.name === "destroy",
    });
    let version = await store.put(key, text(0), "{}", ABSENT);
    for (let i = 1; i <= 3; i++) version = await store.put(key, text(i), "{}", version);
    expect((await backend.open().find(key))?.text).to.equal(text(3));
    backend.proxy.release();
    await store.put(key, text(4), "{}", version);
    const states = await versionsOf(documentSecret("airflow", key));
    expect(states).to.deep.equal({ 1: "DESTROYED", 2: "DESTROYED", 3: "DESTROYED", 4: "ENABLED", 5: "ENABLED" });
  });

  it("refuses what somebody else added on top, and goes on once that is destroyed", async () => {
    const secret = documentSecret("airflow", key);
    const version = await store.put(key, text(1), "{}", ABSENT);
    await addForeign(secret);
    expect(await failureOf(backend.open().find(key))).to.include({ code: "conflict" });
    expect(await failureOf(backend.open().put(key, text(2), "{}", version))).to.include({ code: "conflict" });
    await request(backend, "POST", `/${secret}/versions/2:destroy`, {});
    const second = await backend.open().put(key, text(2), "{}", version);
    for (const one of [backend.open(), store]) {
      expect(await one.find(key)).to.deep.equal({ key, version: second, text: text(2) });
    }
    const third = await store.put(key, text(3), "{}", second);
    await store.put(key, text(4), "{}", third);
    expect((await backend.open().find(key))?.text).to.equal(text(4));
  });

  it("calls a disabled current version damaged, never absent", async () => {
    const secret = documentSecret("airflow", key);
    await store.put(key, text(1), "{}", ABSENT);
    await request(backend, "POST", `/${secret}/versions/1:disable`, {});
    expect(await failureOf(backend.open().find(key))).to.include({ code: "store-unavailable", reason: "corrupt" });
    await request(backend, "POST", `/${secret}/versions/1:enable`, {});
    expect((await backend.open().find(key))?.text).to.equal(text(1));
  });

  it("makes no version of a secret that has its document's name and is somebody else's", async () => {
    const secret = documentSecret("airflow", key);
    await request(backend, "POST", `?secretId=${secret}`, { replication: { automatic: {} }, labels: { team: "b" } });
    expect(await failureOf(store.put(key, text(1), "{}", ABSENT))).to.include({ code: "conflict" });
    expect(await versionsOf(secret)).to.deep.equal({});
  });

  it("asks for the region and the key that the address names", async () => {
    const seen: ProxyRequest[] = [];
    const kmsKey = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
    const note = (_: unknown, one: ProxyRequest): boolean => {
      seen.push(one);
      return false;
    };
    backend.proxy.arm({ calls: 1, fault: { kind: "reset" }, only: note });
    const regional = backend.open("regional", `&location=europe-west1&kmsKey=${kmsKey}`);
    await regional.put(key, text(1), "{}", ABSENT);
    expect(await store.find(key)).to.equal(undefined);
    const global = backend.open("global", `&kmsKey=${kmsKey}`);
    await global.put(key, text(2), "{}", ABSENT);
    expect((await regional.find(key))?.text).to.equal(text(1));
    const made = (client: string) =>
      seen.filter((one) => one.client === client && one.path.includes("secretId=")).map(({ body }) => JSON.parse(body));
    const [inRegion, everywhere] = [made("regional")[0], made("global")[0]];
    expect(inRegion).to.deep.include({ customerManagedEncryption: { kmsKeyName: kmsKey } });
    expect(inRegion).not.to.have.property("replication");
    const automatic = { customerManagedEncryption: { kmsKeyName: kmsKey } };
    expect(everywhere).to.deep.include({ replication: { automatic } });
    expect(everywhere.labels).to.deep.equal({ "managed-by": "pulumi-airflow-env" });
  });

  it("tells a slow writer whether its write counted, after all around it was pruned", async () => {
    const first = await store.put(key, text(0), "{}", ABSENT);
    const hold = new Hold();
    // It lost: two versions name the same one before them, and its answer comes late.
    backend.proxy.arm({
      client: "slow",
      calls: 1,
      fault: { kind: "held", hold },
      only: (call, { body }) => call.name === "addVersion" && payloadOf(body).includes("slow"),
    });
    const attempt = failureOf(backend.open("slow").put(key, `"slow"`, "{}", first));
    await hold.arrived;
    let version = first;
    for (let i = 1; i <= 4; i++) version = await store.put(key, text(i), "{}", version);
    hold.letGo();
    expect(await attempt).to.include({ code: "stale-version" });
    expect((await backend.open().find(key))?.text).to.equal(text(4));
    // It won: its answer is kept back until others have written over it.
    const held = new Hold();
    backend.proxy.arm({
      client: "slow",
      calls: 1,
      fault: { kind: "heldReply", hold: held },
      only: (call, { body }) => call.name === "addVersion" && payloadOf(body).includes("winner"),
    });
    const winning = backend.open("slow").put(key, `"winner"`, "{}", version);
    await held.arrived;
    let next = (await store.find(key))!.version;
    for (let i = 5; i <= 8; i++) next = await store.put(key, text(i), "{}", next);
    held.letGo();
    expect(await winning).to.match(/^\d+\./);
    expect((await backend.open().find(key))?.text).to.equal(text(8));
  });
}

function logsIn(): void {
  let backend: GoogleBackend;
  let login: Server;
  let folder: string;
  let given = 0;
  const before_ = { ...process.env };

  before(async () => {
    backend = await startBackend("login");
    folder = mkdtempSync(join(tmpdir(), "airflow-env-google-"));
    login = createServer((_, reply) => {
      reply.setHeader("content-type", "application/json");
      given += 1;
      const token = { access_token: `token-${given}`, token_type: "Bearer", expires_in: 3600 };
      reply.end(JSON.stringify({ ...token, issued_token_type: "urn:ietf:params:oauth:token-type:access_token" }));
    });
    await new Promise<void>((resolve) => login.listen(0, "127.0.0.1", resolve));
    const { port } = login.address() as AddressInfo;
    writeFileSync(join(folder, "subject"), "subject-token");
    writeFileSync(
      join(folder, "credentials.json"),
      JSON.stringify({
        type: "external_account",
        audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
        subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
        token_url: `http://127.0.0.1:${port}/token`,
        credential_source: { file: join(folder, "subject") },
      }),
    );
    Reflect.deleteProperty(process.env, "GOOGLE_OAUTH_ACCESS_TOKEN");
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = join(folder, "credentials.json");
  });
  after(async () => {
    const credentials = before_["GOOGLE_APPLICATION_CREDENTIALS"];
    if (credentials === undefined) Reflect.deleteProperty(process.env, "GOOGLE_APPLICATION_CREDENTIALS");
    else process.env["GOOGLE_APPLICATION_CREDENTIALS"] = credentials;
    await backend.stop();
    login.close();
    rmSync(folder, { recursive: true });
  });

  it("uses workload identity federation by Google's library, once for many calls", async () => {
    const store = backend.open();
    const version = await store.put("w/workspace", text(1), "{}", ABSENT);
    expect((await store.find("w/workspace"))?.version).to.equal(version);
    expect(given).to.equal(1);
  });

  it("gets a new token when the last is refused, and goes on", async () => {
    const store = backend.open("renewing");
    const authorizations: string[] = [];
    backend.proxy.arm({
      client: "renewing",
      calls: 1,
      fault: { kind: "reply", reply: () => ({ status: 401, body: `{"error":{"status":"UNAUTHENTICATED"}}` }) },
      only: (_, { headers }) => {
        authorizations.push(headers["authorization"] ?? "");
        return true;
      },
    });
    expect((await store.find("w/workspace"))?.text).to.equal(text(1));
    expect(authorizations[0]).to.match(/^Bearer token-/);
    expect(given).to.equal(3);
  });

  it("says what to do when there are no credentials, and when they are damaged", async () => {
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = join(folder, "none.json");
    const error = await backend
      .open()
      .find("w/workspace")
      .catch((reason: unknown) => reason as Error);
    expect(error).to.include({ code: "store-unavailable", reason: "missing" });
  });
}

if (isWanted("google-secret-manager")) {
  describe("Google Secret Manager store", behaves);
  describe("login of the Google Secret Manager store", logsIn);
}
