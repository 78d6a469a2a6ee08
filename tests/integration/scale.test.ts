import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster, type Cluster } from "./cluster";
import { connection, deployment, link, variable, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";

/** One kind of shared object. */
interface Shape {
  /** How many objects and Deployments. */
  size: number[];
  declare(name: string, secret: string): ResourceSpec;
  /** The file of one Deployment. */
  read(namespace: string): Promise<object | undefined>;
  secretOf(entry: unknown): unknown;
}

/** `SCALE=full`: the sizes that the figures in the documentation are for; takes half an hour. */
const FULL = process.env["SCALE"] === "full";
const PARALLEL = 16;

describe("scale, counted at the API server and at the store", function () {
  if (FULL) this.timeout(7_200_000);
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-scale-"));
  const log = join(folder, "calls");
  let cluster: Cluster;
  let engine: Engine;

  before(async () => {
    cluster = await startCluster(["links"]);
    engine = await Engine.create();
  });

  after(async () => {
    await cluster?.stop();
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a command, and tells what it cost. */
  async function counted(stack: Stack, args: string[]) {
    rmSync(log, { force: true });
    const before = [cluster.requests().length, cluster.secretWrites().length] as const;
    const preload = `--require ${join(__dirname, "kill-at.cjs")}`;
    const plan = JSON.stringify({ at: 0, moment: "after", only: "all", log });
    const startedAt = Date.now();
    const { code, output } = await stack.run(args, { env: { NODE_OPTIONS: preload, AIRFLOW_ENV_TEST_KILL: plan } });
    expect(code, output).to.equal(0);
    const calls = readFileSync(log, "utf8").trim().split("\n");
    const count = (pattern: RegExp) => calls.filter((call) => pattern.test(call)).length;
    const requests = cluster.requests().slice(before[0]);
    const result = {
      seconds: Math.round((Date.now() - startedAt) / 100) / 10,
      storeReads: count(/^store (find|list|keys)/),
      storeWrites: count(/^store (put|delete)/),
      requests: requests.length,
      pages: requests.filter(({ verb }) => verb === "list").length,
      secretWrites: cluster.secretWrites().length - before[1],
    };
    if (FULL || process.env["FIGURES"]) process.stdout.write(`      ${args[0]}: ${JSON.stringify(result)}\n`);
    return { ...result, output };
  }

  const up = ["up", "--yes", "--skip-preview", "--parallel", String(PARALLEL)];

  it("creates 200 links to one Deployment with few writes of its Secret", async () => {
    const stack = await engine.stack("links", cluster.env);
    const names = Array.from({ length: 200 }, (_, at) => `c${at}`);
    const connections = names.map((name) => connection(name));
    const base = [workspace(`local:${join(folder, "links")}`), deployment("links"), ...connections];
    stack.resources = base;
    await counted(stack, up);
    stack.resources = [...base, ...names.map((name) => link(name, "links"))];
    const { secretWrites } = await counted(stack, up);
    expect(await cluster.connections("links")).to.have.all.keys(names);
    // 13 on a quiet machine; on a busy one the engine itself pauses for longer than is worth waiting for.
    expect(secretWrites).to.be.at.most(200 / 4);
  });

  const shapes: Record<string, Shape> = {
    connections: {
      size: FULL ? [1000, 100] : [100, 20],
      declare: (name: string, password: string) => connection(name, { sharing: "LinkedToAll", password }),
      read: (namespace: string) => cluster.connections(namespace),
      secretOf: (entry: unknown) => (entry as { password?: unknown } | undefined)?.password,
    },
    variables: {
      size: FULL ? [1000, 10] : [100, 10],
      declare: (name: string, value: string) => variable(name, { sharing: "LinkedToAll", value }),
      read: (namespace: string) => cluster.variables(namespace),
      secretOf: (entry: unknown) => entry,
    },
  };
  for (const [what, shape] of Object.entries(shapes)) describeShared(what, shape);

  function describeShared(what: string, { size, declare, read, secretOf }: Shape): void {
    describe(`${what} that are linked to all`, () => {
      const [objects = 0, deployments = 0] = size;
      const names = Array.from({ length: objects }, (_, at) => `c${at}`);
      const namespaces = Array.from({ length: deployments }, (_, at) => `${what[0]}${at}`);
      let stack: Stack;

      before(async () => {
        for (const namespace of namespaces) await cluster.kube.createNamespace(namespace);
        stack = await engine.stack(what, cluster.env);
        await stack.setSecret(`${what}:canary`, "the first");
        stack.resources = [
          workspace(`local:${join(folder, what)}`),
          ...namespaces.map((namespace) => deployment(namespace)),
          ...names.map((name) => declare(name, name === "c0" ? "$canary" : `$secret:${name}-secret`)),
        ];
      });

      it("need one resource each, and one more per Deployment", async () => {
        await counted(stack, up);
        const types = stack.readState().checkpoint.latest.resources?.map(({ type }) => type) ?? [];
        expect(types.filter((type) => type.startsWith("pulumi-nodejs:"))).to.have.lengthOf(objects + deployments + 1);
        for (const namespace of namespaces) expect(await read(namespace)).to.have.all.keys(names);
      });

      it("rotate a secret with one write per Deployment and one of the store", async () => {
        await stack.setSecret(`${what}:canary`, "the second");
        const { secretWrites, storeWrites } = await counted(stack, up);
        expect(secretWrites).to.equal(deployments);
        expect(storeWrites).to.equal(1);
        for (const namespace of namespaces)
          expect(secretOf(((await read(namespace)) as Record<string, unknown> | undefined)?.["c0"])).to.equal(
            "the second",
          );
      });

      it("are previewed with a constant number of reads and pages", async () => {
        const { requests, pages, storeReads, secretWrites, storeWrites, output } = await counted(stack, ["preview"]);
        expect(output).to.contain(`${objects + deployments + 2} unchanged`);
        expect([secretWrites, storeWrites]).to.deep.equal([0, 0]);
        expect(requests).to.be.at.most(pages + 2);
        expect(pages).to.be.at.most(Math.ceil(deployments / 5));
        expect(storeReads).to.be.at.most(1 + 2);
      });

      it("are up to date without a write", async () => {
        const { secretWrites, storeWrites } = await counted(stack, up);
        expect([secretWrites, storeWrites]).to.deep.equal([0, 0]);
      });
    });
  }
});
