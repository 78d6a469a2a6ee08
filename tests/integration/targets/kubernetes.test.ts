import { expect } from "chai";
import type { ProviderError } from "../../../provider/errors";
import { kubernetesOptions } from "../../../provider/targets/kubernetes/options";
import { kubernetesDriver } from "../../../provider/targets/kubernetes/target";
import type { Target, TargetMarks } from "../../../provider/targets/target";
import type { KubeServer } from "../../../tools/servers/kube.mjs" with { "resolution-mode": "import" };
import { describeTargetConformance } from "../../conformance/target";
import { type FaultyProxy, startFaultyProxy } from "./faulty-proxy";
import { renderConnections } from "../../fakes/effective";

const marks: TargetMarks = { workspace: "w", workspaceUid: "u", deployment: "d", owner: "o/p/s::d" };
const content = (host: string) => ({
  connections: renderConnections([{ connId: "c", connType: "http", host, password: "s3cr3t-canary" }]),
});
const base64 = (text: string) => Buffer.from(text).toString("base64");

let kube: KubeServer;
let namespaces = 0;

async function newNamespace(): Promise<string> {
  const namespace = `kubernetes-target-${++namespaces}`;
  await kube.createNamespace(namespace);
  return namespace;
}

const secretPath = (namespace: string, name = "airflow-connections") =>
  `/api/v1/namespaces/${namespace}/secrets/${name}`;

async function open(namespace: string, user = "admin", options: object = {}): Promise<Target> {
  return kubernetesDriver.open(
    kubernetesOptions.parse({ namespace, kubeconfig: kube.kubeconfig(user), context: user, ...options }),
  );
}

async function refusal(action: Promise<unknown>): Promise<ProviderError & { reason?: string }> {
  try {
    await action;
  } catch (error) {
    return error as ProviderError;
  }
  throw new Error("expected a failure");
}

describe("on a real API server", () => {
  before(async () => {
    const { startKubeApiserver } = await import("../../../tools/servers/kube.mjs");
    kube = await startKubeApiserver({ audit: true, users: [{ name: "nobody" }, { name: "team" }] });
  });
  after(() => kube?.stop());

  describeTargetConformance("kubernetes", {
    refusesLogins: true,
    async make() {
      const namespace = await newNamespace();
      const [target, denied] = [await open(namespace), await open(namespace, "nobody")];
      const path = secretPath(namespace);
      return {
        open: () => target,
        openDenied: () => denied,
        async seen(kind = "connections") {
          const { status, body } = await kube.request("GET", path);
          const encoded = status === 404 ? undefined : body.data?.[`${kind}.json`];
          return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString();
        },
        async plant(text) {
          const data = { "connections.json": base64(text) };
          const patched = await kube.request("PATCH", path, { data });
          if (patched.status !== 404) return;
          await kube.request("POST", `/api/v1/namespaces/${namespace}/secrets`, {
            metadata: { name: "airflow-connections" },
            data,
          });
        },
        async plantNeighbours() {
          await kube.request("POST", `/api/v1/namespaces/${namespace}/secrets`, {
            metadata: { name: "neighbour", labels: { "app.kubernetes.io/managed-by": "pulumi-airflow-env" } },
            data: { "connections.json": base64("theirs") },
          });
          await kube.request("POST", `/api/v1/namespaces/${namespace}/secrets`, {
            metadata: {
              name: "airflow-connections",
              labels: { theirs: "label" },
              annotations: { theirs: "annotation" },
              finalizers: ["example.com/theirs"],
            },
            data: { "variables.json": base64("{}") },
          });
          return async () => {
            const { body: neighbour } = await kube.request("GET", secretPath(namespace, "neighbour"));
            expect(neighbour.data["connections.json"]).to.equal(base64("theirs"));
            const { body: shared } = await kube.request("GET", path);
            expect(shared.metadata.labels).to.include({ theirs: "label" });
            expect(shared.metadata.annotations).to.include({ theirs: "annotation" });
            expect(shared.metadata.finalizers).to.deep.equal(["example.com/theirs"]);
            expect(shared.data["variables.json"]).to.equal(base64("{}"));
          };
        },
        async expectNothingLeft() {
          const { body } = await kube.request("GET", `/api/v1/namespaces/${namespace}/secrets`);
          expect(body.items).to.deep.equal([]);
        },
      };
    },
  });

  describe("kubernetes target", () => {
    it("labels and annotates the Secret, type Opaque", async () => {
      const namespace = await newNamespace();
      await (await open(namespace)).write(content("h"), { ...marks, owner: "ünï/p/s::d" }, undefined);
      const { body } = await kube.request("GET", secretPath(namespace));
      expect(body.type).to.equal("Opaque");
      expect(body.metadata.labels).to.deep.equal({
        "app.kubernetes.io/managed-by": "pulumi-airflow-env",
        "app.kubernetes.io/part-of": "airflow",
        "app.kubernetes.io/component": "connections",
      });
      expect(body.metadata.annotations).to.include({
        "pulumi-airflow-env/workspace": "w",
        "pulumi-airflow-env/workspace-uid": "u",
        "pulumi-airflow-env/deployment": "d",
        "pulumi-airflow-env/owner": "ünï/p/s::d",
      });
      expect(JSON.stringify(body.metadata)).not.to.contain("canary");
    });

    it("gives a Secret with other tools' keys back without ours", async () => {
      const namespace = await newNamespace();
      await kube.request("POST", `/api/v1/namespaces/${namespace}/secrets`, {
        metadata: { name: "airflow-connections", labels: { theirs: "label" } },
        data: { other: base64("x") },
      });
      const target = await open(namespace);
      const state = await target.write(content("h"), marks, await target.read());
      await target.remove(state);
      const { body } = await kube.request("GET", secretPath(namespace));
      expect(body.data).to.deep.equal({ other: base64("x") });
      expect(body.metadata.labels).to.deep.equal({ theirs: "label" });
      expect(body.metadata.annotations ?? {}).to.deep.equal({});
      expect(await target.read()).to.deep.include({ files: {}, marks: undefined });
    });

    it("leaves another tool's Variables in its Secret alone, refuses to overwrite them, and takes over only all", async () => {
      const namespace = await newNamespace();
      const variables = { text: '{"ours":"v"}', entries: {} };
      const target = await open(namespace);
      let state = await target.write(content("h"), marks, undefined);
      await kube.request("PATCH", secretPath(namespace), { data: { "variables.json": base64("theirs") } });
      state = (await target.read())!;
      expect(state).to.deep.include({ files: { connections: content("h").connections.text }, foreign: ["variables"] });
      const error = await refusal(target.write({ ...content("i"), variables }, marks, state));
      expect(error.code).to.equal("conflict");
      expect(error.message).to.contain('"variables.json"').and.contain("remove the key");
      state = await target.write(content("i"), marks, state);
      await target.remove(state);
      const { body } = await kube.request("GET", secretPath(namespace));
      expect(body.data).to.deep.equal({ "variables.json": base64("theirs") });

      state = await target.write({ ...content("j"), variables }, marks, await target.read());
      expect(state.files.variables).to.equal(variables.text);
      await target.remove(state);
      expect(await target.read()).to.equal(undefined);
    });

    it("writes with one request, and touches with one", async () => {
      const namespace = await newNamespace();
      const target = await open(namespace);
      const before = kube.auditEvents("admin").length;
      const state = await target.write(content("h"), marks, undefined);
      await target.write(content("h"), marks, state);
      const verbs = kube
        .auditEvents("admin")
        .slice(before)
        .map(({ verb }) => verb);
      expect(verbs).to.deep.equal(["create", "patch"]);
    });

    it("says that the namespace does not exist", async () => {
      const target = await open("no-such-namespace");
      expect(await target.read()).to.equal(undefined);
      const error = await refusal(target.write(content("h"), marks, undefined));
      expect(error).to.include({ code: "target-unavailable", reason: "missing" });
      expect(error.message).to.contain('namespace "no-such-namespace"').and.contain("create it first");
    });

    it("says that the Secret is immutable, and leaves it", async () => {
      const namespace = await newNamespace();
      await kube.request("POST", `/api/v1/namespaces/${namespace}/secrets`, {
        metadata: { name: "airflow-connections" },
        immutable: true,
        data: { "connections.json": base64("{}") },
      });
      const target = await open(namespace);
      const error = await refusal(target.write(content("h"), marks, await target.read()));
      expect(error.message).to.contain("is immutable; delete it");
      expect((await target.read())?.files.connections).to.equal("{}");
    });

    it("names user, namespace and remedy when access is denied", async () => {
      const namespace = await newNamespace();
      const error = await refusal((await open(namespace, "nobody")).read());
      expect(error).to.include({ code: "target-unavailable", reason: "denied" });
      for (const part of ["nobody", namespace, "airflow-connections", "grant get, list, create, patch and delete"])
        expect(error.message).to.contain(part);
    });

    it("says that the login expired", async () => {
      const namespace = await newNamespace();
      const { mkdtemp, readFile, rm, writeFile } = await import("node:fs/promises");
      const { tmpdir } = await import("node:os");
      const { join } = await import("node:path");
      const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
      const kubeconfig = join(folder, "config");
      const original = await readFile(kube.kubeconfig("nobody"), "utf8");
      await writeFile(kubeconfig, original.replace(kube.token("nobody"), "old-token"));
      const error = await refusal((await open(namespace, "nobody", { kubeconfig })).read());
      expect(error).to.include({ code: "target-unavailable", reason: "expired" });
      expect(error.message).to.contain("log in").and.not.contain("old-token");
      await rm(folder, { recursive: true });
    });

    it("says what is wrong with the kubeconfig at the first call, not when opened", async () => {
      const noContext = await open("any", "admin", { context: "elsewhere" });
      expect(noContext.address).to.equal("kubernetes:elsewhere/any/airflow-connections");
      const error = await refusal(noContext.read());
      expect(error).to.include({ code: "target-unavailable", reason: "missing" });
      expect(error.message).to.contain('no context "elsewhere"');
      const noFile = await open("any", "admin", { kubeconfig: "/no/such/file" });
      expect((await refusal(noFile.write(content("h"), marks, undefined))).message).to.contain("/no/such/file");
    });

    it("gives one object id for two contexts of one cluster", async () => {
      const namespace = await newNamespace();
      const kubeconfig = kube.kubeconfig("admin", "team");
      await grant("team", namespace, ["get"]);
      const [admin, team] = [
        await open(namespace, "admin", { kubeconfig }),
        await open(namespace, "team", { kubeconfig }),
      ];
      const state = await admin.write(content("h"), marks, undefined);
      expect(admin.address).not.to.equal(team.address);
      expect((await team.read())?.objectId).to.equal(state.objectId);
    });

    describe("reading many", () => {
      it("takes one request for a page of a cluster, and one more for each Secret without our label", async () => {
        const targets: Target[] = [];
        for (let count = 0; count < 12; count++) {
          const target = await open(await newNamespace());
          await target.write(content(`h${count}`), { ...marks, deployment: `d${count}` }, undefined);
          targets.push(target);
        }
        const unmanaged = await newNamespace();
        await kube.request("POST", `/api/v1/namespaces/${unmanaged}/secrets`, {
          metadata: { name: "airflow-connections" },
          data: { "connections.json": base64("{}") },
        });
        const absent = await newNamespace();
        targets.push(await open(unmanaged), await open(absent));

        const before = kube.auditEvents("admin").length;
        const readings = await kubernetesDriver.readMany(targets);
        const verbs = kube
          .auditEvents("admin")
          .slice(before)
          .map(({ verb }) => verb);
        expect(verbs).to.deep.equal(["list", "get", "get"]);

        expect(readings.size).to.equal(14);
        for (const target of targets) expect(readings.get(target)).to.deep.equal({ state: await target.read() });
      });

      it("reads page by page", async () => {
        const namespace = await newNamespace();
        const targets = await Promise.all(
          Array.from({ length: 230 }, (_, count) => open(namespace, "admin", { secretName: `s${count}` })),
        );
        await Promise.all(targets.map((target) => target.write(content("h"), marks, undefined)));
        const before = kube.auditEvents("admin").length;
        const readings = await kubernetesDriver.readMany(targets);
        expect(kube.auditEvents("admin").length - before).to.equal(3);
        for (const target of targets)
          expect(readings.get(target)).to.have.nested.property(
            "state.files.connections",
            content("h").connections.text,
          );
      });

      it("falls back to namespaces, then to single Secrets, as far as access reaches", async () => {
        const spaces = [await newNamespace(), await newNamespace(), await newNamespace(), await newNamespace()];
        for (const space of spaces) await (await open(space)).write(content(space), marks, undefined);
        await grant("team", spaces[0] as string, ["get", "list"]);
        await grant("team", spaces[1] as string, ["get", "list"]);
        await grant("team", spaces[2] as string, ["get"]);
        const targets = await Promise.all(spaces.map((space) => open(space, "team")));
        const readings = await kubernetesDriver.readMany(targets);
        for (const index of [0, 1, 2])
          expect(readings.get(targets[index]!)).to.have.nested.property(
            "state.files.connections",
            content(spaces[index]!).connections.text,
          );
        expect(readings.get(targets[3]!)).to.have.nested.property("error.reason", "denied");
      });

      it("gives each cluster's failure to its own targets only", async () => {
        const namespace = await newNamespace();
        const good = await Promise.all(
          ["a", "b", "c", "d"].map((secretName) => open(namespace, "admin", { secretName })),
        );
        const bad = await Promise.all(
          ["a", "b", "c"].map((secretName) => open(namespace, "admin", { secretName, context: "elsewhere" })),
        );
        const readings = await kubernetesDriver.readMany([...good, ...bad]);
        for (const target of good) expect(readings.get(target)).to.deep.equal({ state: undefined });
        for (const target of bad) expect(readings.get(target)).to.have.nested.property("error.reason", "missing");
      });
    });

    describe("behind a faulty network", () => {
      let proxy: FaultyProxy;
      let namespace: string;
      let target: Target;
      beforeEach(async () => {
        proxy = await startFaultyProxy(kube);
        namespace = await newNamespace();
        target = await open(namespace, "admin", { kubeconfig: await proxy.kubeconfig("admin") });
      });
      afterEach(() => proxy.stop());

      for (const fault of ["lose reply", "lose request", "500", "429", "503"] as const)
        it(`creates, updates and removes once each despite: ${fault}`, async () => {
          proxy.next("POST", fault);
          const created = await target.write(content("h"), marks, undefined);
          expect(await (await open(namespace)).read()).to.deep.equal(created);
          proxy.next("PATCH", fault);
          const updated = await target.write(content("i"), marks, created);
          expect(await (await open(namespace)).read()).to.deep.equal(updated);
          proxy.next("DELETE", fault);
          await target.remove(updated);
          expect(await target.read()).to.equal(undefined);
          expect(proxy.pending()).to.equal(0);
        });

      it("takes another's write for another's after a lost request", async () => {
        const created = await target.write(content("h"), marks, undefined);
        proxy.next("PATCH", "lose request", async () => {
          await (await open(namespace)).write(content("theirs"), marks, created);
        });
        expect(await refusal(target.write(content("h"), marks, created))).to.include({ code: "stale-version" });
        expect((await target.read())?.files.connections).to.equal(content("theirs").connections.text);
      });

      it("reports throttling that does not end", async () => {
        for (let count = 0; count < 5; count++) proxy.next("POST", "429");
        const error = await refusal(target.write(content("h"), marks, undefined));
        expect(error).to.include({ code: "target-unavailable", reason: "throttled" });
        expect(error.message).to.contain("try again later").and.not.contain("canary");
      });

      it("sees its write although every reply is lost", async () => {
        for (let count = 0; count < 5; count++) proxy.next("POST", "lose reply");
        const created = await target.write(content("h"), marks, undefined);
        expect(await target.read()).to.deep.equal(created);
      });
    });

    it("fails as unreachable while the API server is down, and works again after", async () => {
      const namespace = await newNamespace();
      const target = await open(namespace);
      const state = await target.write(content("h"), marks, undefined);
      await kube.kill();
      for (const action of [
        () => target.read(),
        () => target.write(content("i"), marks, state),
        () => target.remove(state),
      ]) {
        const error = await refusal(action());
        expect(error).to.include({ code: "target-unavailable", reason: "unreachable" });
        expect(error.message).not.to.contain("canary");
      }
      await kube.restart();
      expect(await target.read()).to.deep.equal(state);
    });
  });
});

async function grant(user: string, namespace: string, verbs: string[]): Promise<void> {
  const api = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await kube.request("POST", `${api}/roles`, {
    metadata: { name: user },
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs }],
  });
  await kube.request("POST", `${api}/rolebindings`, {
    metadata: { name: user },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: user },
    subjects: [{ kind: "User", name: user }],
  });
}
