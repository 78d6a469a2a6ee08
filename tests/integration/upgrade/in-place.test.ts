import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scanForCanary } from "../canary";
import { startCluster, type Cluster } from "../cluster";
import { Engine, Stack } from "../engine";
import { pythonWithSdk, writePluginProject } from "../plugin-tools";
import { inLocalStore } from "../world";
import { BUILDS, builds, EXPECTED, NAMESPACES, restore, SECRETS, upgradeStack } from "./fixture";

for (const build of builds())
  describe(`state, store and Secrets made by build ${build}`, () => {
    let cluster: Cluster;
    let engine: Engine;
    let stack: Stack;
    const folder = mkdtempSync(join(tmpdir(), "airflow-env-upgrade-"));

    after(() => rmSync(folder, { recursive: true, force: true }));

    beforeEach(async () => {
      cluster = await startCluster(NAMESPACES);
      engine = await Engine.create();
      stack = await upgradeStack(engine, cluster);
      await restore(build, stack, cluster);
    });

    afterEach(async () => {
      const except = [join(BUILDS, build, "secrets.json")];
      await scanForCanary(engine, SECRETS, { files: [BUILDS], except, kube: cluster.kube, namespaces: NAMESPACES });
      await cluster?.stop();
      engine?.dispose();
    });

    const connections = async () =>
      Object.fromEntries(await Promise.all(NAMESPACES.map(async (one) => [one, await cluster.connections(one)])));

    it("are destroyed by this one", async () => {
      await stack.destroy();
      expect(await connections()).to.deep.equal({ prod: undefined, dev: undefined });
      expect(await inLocalStore(join(engine.root, "store"), (store) => store.keys("data/"))).to.deep.equal([]);
      expect(stack.readState().checkpoint.latest.resources ?? []).to.have.lengthOf(0);
    });

    it("are taken over in place by the plugin, from programs in JavaScript and Python", async () => {
      const { env } = await pythonWithSdk(folder, engine.environment({})["PATH"]);
      const python = new Stack(engine, stack.folder, stack.name, { ...stack.env, ...env });
      python.resources = stack.resources;
      writePluginProject(stack.folder, "upgrade", "nodejs");
      expect(await stack.preview()).to.deep.equal([]);
      writePluginProject(stack.folder, "upgrade", "python");
      expect(await python.preview()).to.deep.equal([]);
      await python.up();
      expect(await connections()).to.deep.equal(EXPECTED);
      const types = stack.readState().checkpoint.latest.resources?.map(({ type }) => type) ?? [];
      expect(types.filter((type) => type.startsWith("airflow-env:index:"))).to.have.lengthOf(stack.resources.length);
      expect(types.filter((type) => type.startsWith("pulumi-nodejs:dynamic"))).to.deep.equal([]);
      expect(await python.preview()).to.deep.equal([]);
      writePluginProject(stack.folder, "upgrade", "nodejs");
      expect(await stack.preview()).to.deep.equal([]);
      await stack.destroy();
      expect(await connections()).to.deep.equal({ prod: undefined, dev: undefined });
    });

    it("are taken over in place by this one, which brings back what is missing", async () => {
      await cluster.kube.request("DELETE", "/api/v1/namespaces/prod/secrets/airflow-connections");
      const steps = await stack.preview();
      expect(steps.filter(({ op }) => op !== "update")).to.deep.equal([]);
      expect(steps.map(({ name }) => name)).to.include("prod");
      await stack.up();
      expect(await connections()).to.deep.equal(EXPECTED);
      expect(await stack.preview()).to.deep.equal([]);
    });
  });
