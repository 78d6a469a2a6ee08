import { expect } from "chai";
import type { ProviderError } from "../../../provider/errors";
import { fileText } from "../../../provider/airflow/file";
import { kubernetesBackendOptions } from "../../../provider/targets/kubernetes-backend/options";
import { kubernetesBackendDriver } from "../../../provider/targets/kubernetes-backend/driver";
import type { Target, TargetMarks, TargetState } from "../../../provider/targets/target";
import type { Airflow } from "../../../tools/servers/airflow.mjs" with { "resolution-mode": "import" };
import type { KubeServer } from "../../../tools/servers/kube.mjs" with { "resolution-mode": "import" };
import { describeTargetConformance } from "../../conformance/target";
import { type FaultyProxy, startFaultyProxy } from "./faulty-proxy";
import { renderConnections, type EffectiveConnection } from "../../fakes/effective";

const LABEL = "airflow.apache.org/connection-id";
const VARIABLE_LABEL = "airflow.apache.org/variable-key";
const marks: TargetMarks = { workspace: "w", workspaceUid: "u", deployment: "d", owner: "o/p/s::d" };
const connection = (connId: string, host = "h"): EffectiveConnection => ({
  connId,
  connType: "http",
  host,
  password: "s3cr3t-canary",
});
const render = (connections: EffectiveConnection[]) => ({ connections: renderConnections(connections) });
const content = (...ids: string[]) => render(ids.map((connId) => connection(connId)));
const base64 = (text: string) => Buffer.from(text).toString("base64");

interface SecretObject {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  data?: Record<string, string>;
}

let kube: KubeServer;
let namespaces = 0;

async function newNamespace(): Promise<string> {
  const namespace = `backend-target-${++namespaces}`;
  await kube.createNamespace(namespace);
  return namespace;
}

async function open(namespace: string, user = "admin", options: object = {}): Promise<Target> {
  return kubernetesBackendDriver.open(
    kubernetesBackendOptions.parse({ namespace, kubeconfig: kube.kubeconfig(user), context: user, ...options }),
  );
}

const secretsPath = (namespace: string, name = "") =>
  `/api/v1/namespaces/${namespace}/secrets/${name}`.replace(/\/$/, "");

async function list(namespace: string): Promise<SecretObject[]> {
  return (await kube.request("GET", secretsPath(namespace))).body.items as SecretObject[];
}

async function plant(
  namespace: string,
  name: string,
  connId: string,
  value: string,
  labels: object = {},
): Promise<void> {
  const metadata = { name, labels: { [LABEL]: connId, ...labels } };
  await kube.request("POST", secretsPath(namespace), { metadata, data: { value: base64(value) } });
}

/** The Secret of a connection. */
async function secretOf(namespace: string, connId: string): Promise<SecretObject> {
  const found = (await list(namespace)).find((secret) => secret.metadata.labels?.[LABEL] === connId);
  if (!found) throw new Error(`no Secret of ${connId}`);
  return found;
}

async function refusal(action: Promise<unknown>): Promise<ProviderError & { reason?: string }> {
  try {
    await action;
  } catch (error) {
    expect(`${(error as Error).stack}`).not.to.contain("canary");
    return error as ProviderError;
  }
  throw new Error("expected a failure");
}

describe("on a real API server", () => {
  before(async () => {
    const { startKubeApiserver } = await import("../../../tools/servers/kube.mjs");
    kube = await startKubeApiserver({ audit: true, users: [{ name: "nobody" }] });
  });
  after(() => kube?.stop());

  describeTargetConformance("kubernetesBackend", {
    refusesLogins: true,
    severalObjects: true,
    async make() {
      const namespace = await newNamespace();
      const [target, denied] = [await open(namespace), await open(namespace, "nobody")];
      return {
        open: () => target,
        openDenied: () => denied,
        async seen(kind = "connections") {
          const secrets = (await list(namespace)).filter(({ metadata }) => !metadata.labels?.["neighbour"]);
          const label = kind === "connections" ? LABEL : VARIABLE_LABEL;
          const entries = secrets
            .filter(({ metadata }) => metadata.labels?.[label])
            .map(({ metadata, data }) => {
              const text = Buffer.from(data?.["value"] ?? "", "base64").toString();
              return [metadata.labels?.[label], kind === "connections" ? text : JSON.stringify(text)];
            });
          const isAbsent = secrets.length === 0 || (kind === "variables" && entries.length === 0);
          return isAbsent ? undefined : fileText(Object.fromEntries(entries));
        },
        async plant(text) {
          const secrets = await list(namespace);
          for (const [connId, entry] of Object.entries(JSON.parse(text) as object)) {
            const value = JSON.stringify(entry);
            const existing = secrets.find(({ metadata }) => metadata.labels?.[LABEL] === connId);
            if (!existing) await plant(namespace, `made-by-hand-${connId}`, connId, value);
            else
              await kube.request("PATCH", secretsPath(namespace, existing.metadata.name), {
                data: { value: base64(value) },
              });
          }
        },
        async plantNeighbours() {
          await plant(namespace, "a-neighbour", "other", "http://other", { neighbour: "1" });
          await plant(namespace, "team-neighbour", "c0", "http://team", {
            neighbour: "1",
            "airflow.apache.org/team": "t",
          });
          const before = (await list(namespace)).filter(({ metadata }) => metadata.labels?.["neighbour"]);
          return async () => {
            const now = (await list(namespace)).filter(({ metadata }) => metadata.labels?.["neighbour"]);
            expect(now).to.deep.equal(before);
          };
        },
        async expectNothingLeft() {
          expect(await list(namespace)).to.deep.equal([]);
        },
      };
    },
  });

  describe("kubernetesBackend target", function () {
    let namespace: string;
    let target: Target;
    beforeEach(async () => {
      namespace = await newNamespace();
      target = await open(namespace);
    });

    const verbsDuring = async (action: () => Promise<unknown>): Promise<string[]> => {
      const before = kube.auditEvents("admin").length;
      await action();
      return kube
        .auditEvents("admin")
        .slice(before)
        .map(({ verb }) => verb);
    };

    it("keeps each connection in a labelled Secret of its own, and an index", async () => {
      await target.write(content("My_Conn", "my-conn", "my.conn"), marks, undefined);
      const secrets = await list(namespace);
      expect(secrets).to.have.length(4);
      for (const connId of ["My_Conn", "my-conn", "my.conn"]) {
        const { metadata, data } = await secretOf(namespace, connId);
        expect(metadata.name).to.match(/^airflow-connection-my-conn-[0-9a-f]{10}$/);
        expect(metadata.labels).to.include({ "app.kubernetes.io/managed-by": "pulumi-airflow-env" });
        expect(metadata.annotations).to.include({ "pulumi-airflow-env/owner": marks.owner });
        expect(JSON.parse(Buffer.from(data?.["value"] ?? "", "base64").toString())).to.deep.equal({
          conn_type: "http",
          host: "h",
          password: "s3cr3t-canary",
        });
      }
      expect(JSON.stringify(secrets.map(({ metadata }) => metadata))).not.to.contain("canary");
    });

    it("writes only what changed", async () => {
      const many = Array.from({ length: 30 }, (_, index) => connection(`c${index}`));
      let state: TargetState = await target.write(render(many), marks, undefined);
      const change = async (connections: EffectiveConnection[]) => {
        const verbs = await verbsDuring(async () => {
          state = await target.write(render(connections), marks, state);
        });
        expect(await target.read()).to.deep.equal(state);
        return verbs.sort();
      };
      expect(await change(many)).to.deep.equal(["patch"]);
      const rotated = many.map((one) => (one.connId === "c7" ? { ...one, password: "new-canary" } : one));
      expect(await change(rotated)).to.deep.equal(["get", "patch", "patch"]);
      expect(await change([...rotated.slice(1), connection("new")])).to.deep.equal([
        "create",
        "delete",
        "get",
        "patch",
      ]);
    });

    it("tells which ids and values it cannot hold, before writing", async () => {
      const bad: [EffectiveConnection, string][] = [
        [connection("x".repeat(64)), "at most 63 characters"],
        [connection("_x"), "a letter or digit at both ends"],
        [connection("x."), "a letter or digit at both ends"],
        [{ ...connection("x"), connType: "postgresql" }, "postgres"],
        [{ ...connection("x"), connType: "my-type" }, '"-" in connType'],
        [{ ...connection("x"), port: 0 }, "port 0"],
      ];
      for (const [one, text] of bad) {
        const error = await refusal(target.write(render([connection("ok"), one]), marks, undefined));
        expect(error.code).to.equal("input");
        expect(error.message).to.contain(text).and.contain(`"${one.connId}"`);
      }
      const large = render([{ ...connection("large"), host: "h".repeat(1_048_576) }]);
      const error = await refusal(target.write(large, marks, undefined));
      expect(error.code).to.equal("input");
      expect(error.message).to.contain('"large"').and.contain("is larger than");
      expect(await list(namespace)).to.deep.equal([]);
    });

    it("refuses an id that another's Secret claims, and takes it over when adopting", async () => {
      await plant(namespace, "by-hand", "a", "http://by-hand");
      await plant(namespace, "by-hand-b", "b", "http://by-hand");
      const unmanaged = await target.read();
      expect(unmanaged?.marks).to.equal(undefined);
      expect(unmanaged?.files.connections).to.equal('{\n  "a": "http://by-hand",\n  "b": "http://by-hand"\n}\n');
      const adopted = await target.write(content("a", "c"), marks, unmanaged);
      expect(adopted.files.connections).to.equal(content("a", "c").connections.text);
      expect(await target.read()).to.deep.equal(adopted);
      expect((await secretOf(namespace, "a")).metadata.name).to.equal("by-hand");
      expect(Buffer.from((await secretOf(namespace, "b")).data?.["value"] ?? "", "base64").toString()).to.equal(
        "http://by-hand",
      );

      await plant(namespace, "a-rival", "c", "http://rival");
      const shadowed = await target.read();
      expect(shadowed?.files.connections).to.contain("http://rival");
      const error = await refusal(target.write(content("a", "c"), marks, shadowed));
      expect(error.code).to.equal("conflict");
      expect(error.message).to.contain('Secret "a-rival"').and.contain("delete it");
    });

    it("heals what others deleted, unlabelled or hid", async () => {
      let state: TargetState | undefined = await target.write(content("a", "b", "c", "d"), marks, undefined);
      const name = async (connId: string) => secretsPath(namespace, (await secretOf(namespace, connId)).metadata.name);
      await kube.request("DELETE", await name("a"));
      await kube.request("PATCH", await name("b"), { metadata: { labels: { [LABEL]: null } } });
      await kube.request("PATCH", await name("c"), { metadata: { labels: { "pulumi-airflow-env/index": null } } });
      await kube.request("PATCH", await name("d"), { metadata: { labels: { "airflow.apache.org/team": "t" } } });
      state = await target.read();
      expect(state?.files.connections).to.equal(content("c").connections.text);
      expect(state?.marks).to.deep.equal(marks);
      state = await target.write(content("a", "b", "c", "d"), marks, state);
      expect(await target.read()).to.deep.equal(state);
      expect(state.files.connections).to.equal(content("a", "b", "c", "d").connections.text);
      await kube.request("DELETE", secretsPath(namespace, "airflow-connection-index"));
      const withoutIndex = await target.read();
      expect(withoutIndex?.marks).to.deep.equal(marks);
      expect(withoutIndex?.unanchored, "only its own stack may put it back").to.equal(true);
      state = await target.write(content("a"), marks, withoutIndex);
      expect(await list(namespace)).to.have.length(2);
      await target.remove(state);
      expect(await list(namespace)).to.deep.equal([]);
    });

    it("keeps each Variable in a labelled Secret of its own that no look-up of a connection finds", async () => {
      const variables = { text: "", entries: { "My.Key": '"ünï {\\"a\\": 1}"' } };
      const state = await target.write({ ...content("a"), variables }, marks, undefined);
      const found = (await list(namespace)).filter(({ metadata }) => metadata.labels?.[VARIABLE_LABEL]);
      expect(found).to.have.length(1);
      const [{ metadata, data }] = found as [SecretObject];
      expect(metadata.name).to.match(/^airflow-connection-variable-my-key-[0-9a-f]{10}$/);
      expect(metadata.labels).to.include({ [LABEL]: "", [VARIABLE_LABEL]: "My.Key" });
      expect(Buffer.from(data?.["value"] ?? "", "base64").toString()).to.equal('ünï {"a": 1}');
      expect(await target.read()).to.deep.equal(state);
      expect((await kubernetesBackendDriver.readMany([target])).get(target)).to.deep.equal({ state });
    });

    it("refuses a key that another's Secret claims, and takes it over when adopting", async () => {
      const plantVariable = (name: string) =>
        kube.request("POST", secretsPath(namespace), {
          metadata: { name, labels: { [VARIABLE_LABEL]: "v" } },
          data: { value: base64("theirs") },
        });
      const variables = { text: "", entries: { v: '"ours"' } };
      const plain = await target.write(content("a"), marks, undefined);
      await plantVariable("a-rival");
      const seen = await target.read();
      expect(seen, "of no concern without Variables").to.deep.equal(plain);
      const error = await refusal(target.write({ ...content("a"), variables }, marks, seen));
      expect(error.code).to.equal("conflict");
      expect(error.message).to.contain('Secret "a-rival"').and.contain('Variable "v"').and.contain(VARIABLE_LABEL);
      await target.remove(plain);

      const unmanaged = await target.read();
      expect(unmanaged?.marks).to.equal(undefined);
      const state = await target.write({ ...content("a"), variables }, marks, unmanaged);
      expect(await target.read()).to.deep.equal(state);
      expect((await list(namespace)).map(({ metadata }) => metadata.name)).to.include("a-rival");
      expect(state.files.variables).to.contain('"v": "ours"');
    });

    it("does not take a Secret of the index's name for its own", async () => {
      await kube.request("POST", secretsPath(namespace), { metadata: { name: "airflow-connection-index" } });
      const error = await refusal(target.write(content("a"), marks, await target.read()));
      expect(error.code).to.equal("conflict");
      expect(error.message).to.contain("choose another namePrefix");
    });

    it("keeps two Deployments of one namespace apart by their prefix", async () => {
      const second = await open(namespace, "admin", { namePrefix: "second" });
      const first = await target.write(content("a"), marks, undefined);
      const other = { ...marks, deployment: "other" };
      expect((await refusal(second.write(content("a"), other, undefined))).code).to.equal("conflict");
      const state = await second.write(content("b"), other, await second.read());
      expect(await target.read()).to.deep.equal(first);
      await target.remove(first);
      expect(await second.read()).to.deep.equal(state);
    });

    it("starts over when another writer claims midway, and both end with everything", async () => {
      const proxy = await startFaultyProxy(kube);
      try {
        const slow = await open(namespace, "admin", { kubeconfig: await proxy.kubeconfig("admin") });
        const before = await target.write(content("a"), marks, undefined);
        // The other writer claims between this one's claim and its first connection.
        proxy.next("POST", "lose request", async () => {
          await target.write(content("a", "theirs"), marks, await target.read());
        });
        const error = await refusal(slow.write(content("a", "ours"), marks, before));
        expect(error.code).to.equal("stale-version");
        const seen = await target.read();
        expect(Object.keys(JSON.parse(seen?.files.connections ?? "") as object)).to.include.members(["a", "theirs"]);
        const state = await slow.write(content("a", "ours", "theirs"), marks, seen);
        expect(await target.read()).to.deep.equal(state);
      } finally {
        await proxy.stop();
      }
    });

    describe("behind a faulty network", () => {
      let proxy: FaultyProxy;
      beforeEach(async () => {
        proxy = await startFaultyProxy(kube);
      });
      afterEach(() => proxy.stop());

      for (const fault of ["lose reply", "lose request", "429", "503"] as const)
        it(`creates, updates and removes once each despite: ${fault}`, async () => {
          const own = await open(namespace, "admin", { kubeconfig: await proxy.kubeconfig("admin") });
          for (const method of ["POST", "POST"]) proxy.next(method, fault);
          const created = await own.write(content("a", "b"), marks, undefined);
          for (const method of ["PATCH", "PATCH", "DELETE"]) proxy.next(method, fault);
          const updated = await own.write(render([connection("a", "new")]), marks, created);
          expect(await target.read()).to.deep.equal(updated);
          for (const method of ["PATCH", "DELETE", "DELETE"]) proxy.next(method, fault);
          await own.remove(updated);
          expect(await list(namespace)).to.deep.equal([]);
          expect(proxy.pending()).to.equal(0);
        });
    });

    it("reads many namespaces with one listing", async () => {
      const spaces = [namespace, await newNamespace(), await newNamespace(), await newNamespace()];
      const targets = await Promise.all(spaces.map((space) => open(space)));
      for (const one of targets.slice(0, 3)) await one.write(content("a", "b"), marks, undefined);
      let readings = new Map<Target, unknown>();
      const verbs = await verbsDuring(async () => {
        readings = await kubernetesBackendDriver.readMany(targets);
      });
      expect(verbs).to.have.length.within(1, 2);
      for (const one of targets) expect(readings.get(one)).to.deep.equal({ state: await one.read() });
      const denied = await open(namespace, "nobody");
      readings = await kubernetesBackendDriver.readMany([denied]);
      expect(readings.get(denied)).to.have.nested.property("error.reason", "denied");
    });

    it("is read by Airflow's own backend, field by field", async () => {
      const { startAirflow } = await import("../../../tools/servers/airflow.mjs");
      const airflow: Airflow = await startAirflow("3.3.2");
      try {
        const connections: EffectiveConnection[] = [
          { connId: "plain", connType: "http" },
          {
            connId: "Full_1.x",
            connType: "google_cloud_platform",
            description: 'say "hi"\nagain',
            host: "https://host/ü?x=1#y",
            login: "日本",
            password: "p%40:@/ 👩🏽‍🚀",
            schema: "",
            port: 99999,
            extra: { nested: { list: [1, 2.5, null, true, "{"], __proto: {} }, key: "value" },
          },
        ];
        await target.write(render(connections), marks, undefined);
        const found = await airflow.readFromKubernetes(kube.kubeconfig("admin"), namespace, [
          "plain",
          "Full_1.x",
          "none",
        ]);
        expect(Object.keys(found)).to.have.members(["plain", "Full_1.x"]);
        for (const { connId, connType, extra, ...fields } of connections) {
          const { conn_id, conn_type, extra_dejson, ...actual } = found[connId]!;
          expect({ conn_id, conn_type, extra_dejson }).to.deep.equal({
            conn_id: connId,
            conn_type: connType,
            extra_dejson: extra ?? {},
          });
          const unset = { description: null, host: null, login: null, password: null, schema: null, port: null };
          expect(actual).to.deep.include({ ...unset, ...fields });
        }
      } finally {
        await airflow.stop();
      }
    });
  });
});
