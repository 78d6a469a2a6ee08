import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startSilentProxy, type SilentProxy } from "../fakes/silent-proxy";
import { startCluster, type Cluster } from "./cluster";
import { connection, deployment, override, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";

const NAMESPACES = ["n1", "n2", "n3"];
const ARN = "arn:aws:eks:eu-west-1:111122223333:cluster";

interface Kubeconfig {
  clusters: { name: string; cluster: Record<string, unknown> }[];
  contexts: { name: string; context: Record<string, unknown> }[];
  users: { name: string; user: unknown }[];
}

describe("two clusters with the same names of contexts, namespaces and Secrets", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-two-clusters-"));
  const store = `local:${join(folder, "store")}`;
  let clusters: { a: Cluster; b: Cluster };
  /** In front of a. */
  let proxy: SilentProxy;
  let engine: Engine;
  let stack: Stack;

  before(async () => {
    const [a, b] = [await startCluster(NAMESPACES), await startCluster(NAMESPACES)];
    clusters = { a, b };
    proxy = await startSilentProxy(Number(new URL(a.kube.server).port));
    engine = await Engine.create();
    const [one, other] = [throughProxy(read(a)), read(b)];
    write("a", one);
    write("b", other);
    write("eks", eksOf(one, other));
    stack = await engine.stack("clusters", { KUBECONFIG: join(folder, "eks") });
  });

  after(async () => {
    await proxy?.stop();
    await clusters?.a.stop();
    await clusters?.b.stop();
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const read = ({ env }: Cluster) => JSON.parse(readFileSync(env.KUBECONFIG, "utf8")) as Kubeconfig;
  const write = (name: string, config: Kubeconfig) =>
    writeFileSync(join(folder, name), JSON.stringify(config), { mode: 0o600 });
  const throughProxy = (config: Kubeconfig): Kubeconfig => ({
    ...config,
    clusters: config.clusters.map(({ name, cluster }) => ({
      name,
      cluster: { ...cluster, server: `https://127.0.0.1:${proxy.port}` },
    })),
  });
  /** Both in one kubeconfig, named as EKS names them. */
  const eksOf = (...configs: Kubeconfig[]): Kubeconfig => {
    const names = ["a", "b"].map((name) => `${ARN}/${name}`);
    return {
      clusters: configs.flatMap(({ clusters: [one] }, at) => (one ? [{ ...one, name: names[at] ?? "" }] : [])),
      users: configs.flatMap(({ users: [one] }, at) => (one ? [{ ...one, name: names[at] ?? "" }] : [])),
      contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
    };
  };

  type Access = (cluster: "a" | "b") => Record<string, string>;
  const byFile: Access = (cluster) => ({ kubeconfig: join(folder, cluster) });
  const byArn: Access = (cluster) => ({ context: `${ARN}/${cluster}` });
  const deployments = (access: Access) =>
    (["a", "b"] as const).flatMap((cluster) =>
      NAMESPACES.map((namespace, at) =>
        deployment(`${cluster}${at + 1}`, { target: { kubernetes: { namespace, ...access(cluster) } } }),
      ),
    );
  const program = (access: Access, host = "db"): ResourceSpec[] => [
    workspace(store),
    ...deployments(access),
    connection("warehouse", { sharing: "LinkedToAll", host }),
    override("warehouse", "b1", { login: "b" }),
  ];
  const hosts = async (cluster: Cluster) =>
    Promise.all(NAMESPACES.map(async (namespace) => (await cluster.connections(namespace))?.["warehouse"]?.["host"]));
  const uids = async ({ kube }: Cluster) => {
    const { body } = await kube.request("GET", "/api/v1/secrets?labelSelector=app.kubernetes.io/managed-by");
    return (body as { items: { metadata: { uid: string } }[] }).items.map(({ metadata }) => metadata.uid);
  };

  /** What a preview without changes asks of each. */
  const askedByPreview = async () => {
    const both = [clusters.a, clusters.b];
    const before = both.map((cluster) => cluster.requests().length);
    expect(await stack.preview()).to.deep.equal([]);
    return both.map((cluster, at) =>
      cluster
        .requests()
        .slice(before[at])
        .map(({ verb }) => verb),
    );
  };

  it("are previewed, written and healed each by itself", async () => {
    const { a, b } = clusters;
    stack.resources = program(byFile);
    await stack.up();
    expect(await a.connections("n1")).to.deep.equal({ warehouse: { conn_type: "postgres", host: "db" } });
    expect(await b.connections("n1")).to.deep.equal({ warehouse: { conn_type: "postgres", host: "db", login: "b" } });
    expect(await askedByPreview()).to.deep.equal([
      ["get", "get", "get"],
      ["get", "get", "get"],
    ]);
    const data = { "connections.json": Buffer.from('{"warehouse": {"conn_type": "http"}}').toString("base64") };
    await b.kube.request("PATCH", "/api/v1/namespaces/n2/secrets/airflow-connections", { data });
    const [drifted, ...more] = await stack.preview();
    expect(more).to.deep.equal([]);
    expect(drifted).to.deep.include({ op: "update", name: "b2" });
    const writes = a.secretWrites().length;
    await stack.up();
    expect(await hosts(b)).to.deep.equal(["db", "db", "db"]);
    expect(a.secretWrites().length, "the other is left alone").to.equal(writes);
  });

  it("are told apart by contexts with the ARNs of EKS, and known again as the places that they were", async () => {
    const { a, b } = clusters;
    const before = [await uids(a), await uids(b)];
    stack.resources = program(byArn, "new");
    await stack.up();
    expect([await hosts(a), await hosts(b)]).to.deep.equal([
      ["new", "new", "new"],
      ["new", "new", "new"],
    ]);
    expect([await uids(a), await uids(b)], "the same Secrets").to.deep.equal(before);
    expect(await askedByPreview(), "one listing of each serves its three").to.deep.equal([["list"], ["list"]]);
  });

  it("do not wait for each other: one gets everything while the other is silent", async () => {
    const { b } = clusters;
    const later = deployment("b4", { target: { kubernetes: { namespace: "n1", secretName: "later", ...byArn("b") } } });
    const silent = deployment("a4", {
      target: { kubernetes: { namespace: "n1", secretName: "later", ...byArn("a") } },
    });
    // What is silent comes first: the engine checks one resource after the other.
    stack.resources = [workspace(store), silent, ...program(byArn, "newest").slice(1), later];
    proxy.silence();
    let isUnderWay = true;
    const up = stack.run(["up", "--yes", "--skip-preview"]).finally(() => (isUnderWay = false));
    const isServed = async () => {
      const made = await b.kube.request("GET", "/api/v1/namespaces/n1/secrets/later");
      return made.status === 200 && (await hosts(b)).every((host) => host === "newest");
    };
    while (isUnderWay && !(await isServed())) await sleep(100);
    expect(isUnderWay && proxy.waiting() > 0, "the silent one is still waited for").to.equal(true);
    const requests = b.requests().length;
    expect(proxy.accepted(), "nothing had to be asked again before").to.be.below(5);
    proxy.speak();
    const { code, output } = await up;
    expect(code, output).to.equal(0);
    expect(b.requests().length, "all of the other's requests were done before").to.equal(requests);
    expect(await hosts(clusters.a)).to.deep.equal(["newest", "newest", "newest"]);
    expect(await stack.preview()).to.deep.equal([]);
  });
});
