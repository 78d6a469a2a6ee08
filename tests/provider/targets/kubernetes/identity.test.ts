import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { believedSpec, openTarget, readTargets } from "../../../../provider/targets/registry";
import { sameTarget, type SpecTrust, type Target } from "../../../../provider/targets/target";

const CONTEXT = "kubernetes-admin@kubernetes";

/** An API server that answers every reading with a Secret which says which server it is. */
interface FakeCluster {
  port: number;
  requests: string[];
  stop(): Promise<void>;
}

async function startCluster(name: string): Promise<FakeCluster> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const secretName = /secrets\/([^?]+)/.exec(request.url ?? "")?.[1] ?? "airflow-connections";
    const secret = {
      metadata: {
        name: secretName,
        namespace: "airflow",
        uid: `uid-${name}`,
        resourceVersion: "1",
        labels: { "app.kubernetes.io/managed-by": "pulumi-airflow-env", "app.kubernetes.io/component": "connections" },
      },
      data: { "connections.json": Buffer.from(`{"${name}":{}}`).toString("base64") },
    };
    const isOne = /secrets\/[^?]+/.test(request.url ?? "");
    const body = isOne ? secret : { kind: "SecretList", metadata: {}, items: [secret] };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("identity of Kubernetes targets", () => {
  let folder: string;
  let clusters: [FakeCluster, FakeCluster];
  let environment: NodeJS.ProcessEnv;

  beforeEach(async () => {
    environment = { ...process.env };
    folder = mkdtempSync(join(tmpdir(), "kubernetes-identity-"));
    clusters = [await startCluster("one"), await startCluster("two")];
  });
  afterEach(async () => {
    process.env = environment;
    await Promise.all(clusters.map((cluster) => cluster.stop()));
    rmSync(folder, { recursive: true });
  });

  /** A kubeconfig with a context per cluster. */
  function kubeconfig(name: string, contexts: Record<string, FakeCluster>, user: object = { token: "t" }): string {
    const entries = Object.entries(contexts);
    const file = join(folder, name);
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": entries[0]?.[0],
      clusters: entries.map(([context, { port }]) => ({
        name: context,
        cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
      })),
      users: [{ name: "u", user }],
      contexts: entries.map(([context]) => ({ name: context, context: { cluster: context, user: "u" } })),
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }
  const open = (options: object, trust: SpecTrust = { trusted: true }) =>
    openTarget(believedSpec({ kubernetes: { namespace: "airflow", ...options } }, trust));
  const textsOf = async (targets: Target[]) => {
    const readings = await readTargets(targets);
    return targets.map((target) => {
      const reading = readings.get(target);
      return reading && "state" in reading ? reading.state?.files.connections : undefined;
    });
  };

  it("two clusters with one context name are two: groups, identities, addresses, bulk readings", async () => {
    const files = [kubeconfig("a", { [CONTEXT]: clusters[0] }), kubeconfig("b", { [CONTEXT]: clusters[1] })];
    const [a, b] = await Promise.all(files.map((file) => open({ kubeconfig: file, context: CONTEXT })));
    if (!a || !b) throw new Error("not opened");
    expect(a.group).not.to.equal(b.group);
    expect(a.address).not.to.equal(b.address);
    expect(a.address).to.equal(`kubernetes:${CONTEXT}@127.0.0.1:${clusters[0].port}/airflow/airflow-connections`);
    expect(await sameTarget(a, b)).to.equal(false);
    expect(await textsOf([a, b])).to.deep.equal(['{"one":{}}', '{"two":{}}']);
    // Enough of them for listings.
    const many = ["x", "y"].flatMap((name) =>
      files.map((file) => open({ kubeconfig: file, context: CONTEXT, secretName: name })),
    );
    const texts = await textsOf([a, b, ...(await Promise.all(many))]);
    expect(texts).to.deep.equal(['{"one":{}}', '{"two":{}}', '{"one":{}}', '{"two":{}}', '{"one":{}}', '{"two":{}}']);
  });

  it("contexts of EKS, whose names hold slashes and differ at the end, are told apart", async () => {
    const arn = (name: string) => `arn:aws:eks:eu-west-1:123456789012:cluster/${name}`;
    process.env["KUBECONFIG"] = kubeconfig("eks", { [arn("prod")]: clusters[0], [arn("dev")]: clusters[1] });
    const [prod, dev] = [await open({ context: arn("prod") }), await open({ context: arn("dev") })];
    expect(prod.group).not.to.equal(dev.group);
    expect(await sameTarget(prod, dev)).to.equal(false);
    expect(prod.address).to.equal(`kubernetes:${arn("prod")}/airflow/airflow-connections`);
  });

  it("two contexts of one cluster are one place, in one group, also in several files", async () => {
    process.env["KUBECONFIG"] = kubeconfig("own", { admin: clusters[0], team: clusters[0] });
    const [admin, team] = [await open({ context: "admin" }), await open({ context: "team" })];
    const third = await open({ kubeconfig: kubeconfig("third", { other: clusters[0] }) });
    for (const other of [team, third]) {
      expect(other.group).to.equal(admin.group);
      expect(await sameTarget(admin, other)).to.equal(true);
    }
    expect(await sameTarget(admin, await open({ context: "team", secretName: "another" }))).to.equal(false);
    expect(await sameTarget(admin, await open({ context: "team", namespace: "another" }))).to.equal(false);
    const backend = await openTarget({ kubernetesBackend: { namespace: "airflow", context: "team" } });
    expect(backend.group).to.equal(admin.group);
    expect(await sameTarget(admin, backend)).to.equal(false);
  });

  describe("of another stack's document", () => {
    it("never reads the kubeconfig that it names, nor starts the program in it", async () => {
      const proof = join(folder, "was-started");
      const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "touch", args: [proof] };
      const foreign = kubeconfig("foreign", { prod: clusters[1] }, { exec });
      process.env["KUBECONFIG"] = kubeconfig("own", { prod: clusters[0] });
      for (const kind of ["kubernetes", "kubernetesBackend"]) {
        const spec = { [kind]: { namespace: "airflow", context: "prod", kubeconfig: foreign } };
        const target = await openTarget(believedSpec(spec, { trusted: false }));
        await target.read();
        expect(target.address).to.match(/:prod\/airflow\//);
      }
      expect(clusters[0].requests).not.to.deep.equal([]);
      expect(clusters[1].requests).to.deep.equal([]);
      expect(existsSync(proof)).to.equal(false);
    });

    it("looks its context up in our kubeconfig, under the name that we give it", async () => {
      process.env["KUBECONFIG"] = kubeconfig("own", { mine: clusters[0], other: clusters[1] });
      const contexts = { theirs: "mine" };
      const mapped = await open({ context: "theirs" }, { trusted: false, contexts });
      expect((await mapped.read())?.objectId).to.equal("uid-one");
      // Our own word is taken as it is.
      const own = await open({ context: "other" }, { trusted: true, contexts: { other: "mine" } });
      expect((await own.read())?.objectId).to.equal("uid-two");
      const unknown = await open({ context: "constructor" }, { trusted: false, contexts });
      const error = await unknown.read().catch((failure: unknown) => failure);
      expect(error).to.have.property("message").that.contains('no context "constructor"');
    });
  });
});
