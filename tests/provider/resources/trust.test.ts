import { expect } from "chai";
import {
  isShared,
  type DeploymentDocument,
  type Document,
  type WorkspaceDocument,
} from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { inputs, ownerOf, WORKSPACE } from "../../fakes/world";
import { CANARY, Stack, type Resource } from "./stack";

const ELSEWHERE = "vault://secret/x?address=http://attacker.example";
const toAll = (more: object = {}) => inputs.connection("warehouse", { sharing: "LinkedToAll", ...more });

/** Another stack writes a Deployment's document without ever projecting it. */
async function plantDeployment(stack: Stack, name: string, path: string): Promise<void> {
  const { documents } = stack.process().open();
  await documents.snapshot();
  const planted: DeploymentDocument = {
    kind: "deployment",
    name,
    owner: ownerOf(name, "team"),
    target: { directory: { path: `/program/${path}` } },
  };
  await documents.changeDeployment(name, () => planted);
}

describe("whoever may write the store's documents", () => {
  it("does not choose where the next delete sends its credentials", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace("prod");
    const connection = await stack.create("connection", toAll({ password: CANARY }));
    await stack.meddle<WorkspaceDocument>(documentKeys.workspace(WORKSPACE.name), (document) => ({
      ...document,
      movedTo: ELSEWHERE,
    }));
    const process = stack.process();
    const verbs = process.handlers;
    const error = await stack.refusal(verbs.connection.delete(connection.id ?? "", connection.outputs));
    expect(error.message).to.contain(JSON.stringify(ELSEWHERE)).and.contain("nothing was removed");
    expect([...stack.world.backends.keys()]).to.deep.equal([WORKSPACE.store]);
    expect(stack.world.content("prod")).to.have.all.keys("warehouse");
    await stack.refusal(connection.up(toAll({ host: "new", password: CANARY })));
    await stack.refusal(workspace.delete());
    expect([...stack.world.backends.keys()]).to.deep.equal([WORKSPACE.store]);
  });

  it("makes no other stack create a target, nor believe a kubeconfig", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", toAll());
    await plantDeployment(stack, "evil", "victim");
    const process = stack.process();
    const { checked } = await connection.preview(toAll({ host: "new" }));
    const { outs } = await process.handlers.connection.update(connection.id ?? "", connection.outputs, checked.inputs);
    expect(outs).to.not.have.property("pending");
    expect(process.warnings.join())
      .to.contain('Deployment "evil" is not up to date')
      .and.contain(`the next pulumi up of the Deployment's own stack (${ownerOf("evil", "team")}) restores it`);
    expect(stack.world.place("victim").object).to.equal(undefined);
    expect(process.opened.filter(({ path }) => path === "victim").map(({ trusted }) => trusted)).to.not.include(true);
    // Everybody else has got it.
    expect(stack.world.content("prod")?.["warehouse"]).to.include({ host: "new" });
  });

  it("is served where the Deployment's own stack has made the target", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", toAll());
    const team = inputs.deployment("analytics", { owner: ownerOf("analytics", "team") });
    const deployment = await stack.create("deployment", team);
    await connection.up(toAll({ host: "new" }));
    expect(stack.world.content("analytics")?.["warehouse"]).to.include({ host: "new" });

    stack.world.place("analytics").object = undefined;
    const { warnings } = await connection.up(toAll({ host: "newer" }));
    expect(warnings.join()).to.contain('Deployment "analytics" is not up to date').and.contain("missing");
    const { checked } = await deployment.preview(team);
    expect(checked.inputs["drift"]).to.deep.equal(["analytics: missing"]);
    await deployment.up(team);
    expect(stack.world.content("analytics")?.["warehouse"]).to.include({ host: "newer" });
  });

  it("does not lead a Deployment of ours to another place", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const deployment = await stack.create("deployment", inputs.deployment("dev"));
    const connection = await stack.create("connection", toAll());
    await stack.meddle<DeploymentDocument>(documentKeys.deployment(WORKSPACE.name, "dev"), (document) => ({
      ...document,
      target: { directory: { path: "/program/victim" } },
    }));
    const process = stack.process();
    await process.handlers.deployment.check(deployment.inputs, { ...inputs.deployment("dev") });
    const { checked } = await connection.preview(toAll({ host: "new" }));
    await process.handlers.connection.update(connection.id ?? "", connection.outputs, checked.inputs);
    expect(process.warnings.join()).to.contain('Deployment "dev" is not up to date');
    expect(stack.world.place("victim").object).to.equal(undefined);
    await deployment.up(inputs.deployment("dev"));
    expect(stack.world.place("victim").object).to.equal(undefined);
    expect(stack.world.content("dev")?.["warehouse"]).to.include({ host: "new" });
  });

  it("has no part in where a Deployment of ours is until it has moved: the record says it too", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("dev"));
    const connection = await stack.create("connection", toAll());
    const process = stack.process();
    const { handlers } = process;
    const moved = inputs.deployment("dev", { target: { directory: { path: "elsewhere" } } });
    const { inputs: news } = await handlers.deployment.check(deployment.inputs, moved);
    await handlers.deployment.diff("", deployment.outputs, news);
    const { checked } = await connection.preview(toAll({ host: "new" }));
    const { outs } = await handlers.connection.update(connection.id ?? "", connection.outputs, checked.inputs);
    expect(outs).to.not.have.property("pending");
    expect(process.opened.filter(({ path }) => path === "dev").map(({ trusted }) => trusted)).to.not.include(false);
    expect(stack.world.content("dev")?.["warehouse"]).to.include({ host: "new" });
  });

  it("does not lead the delete of a Deployment to another place's kubeconfig", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("dev"));
    await stack.meddle<DeploymentDocument>(documentKeys.deployment(WORKSPACE.name, "dev"), (document) => ({
      ...document,
      target: { directory: { path: "/program/victim" } },
      retired: [{ directory: { path: "/program/other" } }],
    }));
    const process = await deployment.delete();
    const believed = process.opened.filter(({ trusted }) => trusted).map(({ path }) => path);
    expect(believed).to.not.include("victim").and.not.include("other");
    expect(stack.world.place("dev").object, "our own place").to.equal(undefined);
  });

  it("is not believed on where a Deployment is that leaves a place of ours", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("dev"));
    await stack.meddle<DeploymentDocument>(documentKeys.deployment(WORKSPACE.name, "dev"), (document) => ({
      ...document,
      target: { directory: { path: "/program/victim" } },
      retired: [document.target],
    }));
    const { opened } = await deployment.delete();
    expect(opened.filter(({ trusted }) => trusted).map(({ path }) => path)).to.not.include("victim");
    expect(stack.world.place("dev").object, "our own place").to.equal(undefined);
  });

  it("is not believed after a refresh either: what that takes over is the store's word still", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const evil = { directory: { path: "/program/victim" } };
    const key = documentKeys.deployment(WORKSPACE.name, "dev");
    for (const verb of ["delete", "up", "move"]) {
      const deployment = await stack.create("deployment", inputs.deployment("dev", { adopt: true }));
      await stack.meddle<DeploymentDocument>(key, (document) => ({ ...document, target: evil }));
      await deployment.absorb();
      expect(deployment.inputs["target"]).to.deep.equal(evil);
      const target = { directory: { path: verb === "move" ? "elsewhere" : "dev" } };
      const { opened } = await (verb === "delete"
        ? deployment.delete()
        : deployment.up(inputs.deployment("dev", { target })));
      const believed = opened.filter(({ trusted }) => trusted).map(({ path }) => path);
      expect(believed, verb).to.include("dev").and.not.include("victim");
      expect(stack.world.place("dev").object === undefined, verb).to.equal(verb !== "up");
      if (verb !== "delete") await deployment.delete();
    }
  });

  it("brings into a record, by a refresh, values of what is declared and nothing else", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const more = {
      workspace: { name: "data", store: ELSEWHERE },
      ownTarget: { directory: { path: "/program/victim" } },
      ownTargets: { prod: "x" },
      adopt: true,
      instance: "i",
    };
    const reference = { valueFrom: { file: "/program/fifo" } };
    const secrets = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", path: "/etc/passwd" };
    const planted = <D extends Document>(document: D): D =>
      isShared(document)
        ? {
            ...document,
            ...more,
            base: {
              ...more,
              ...document.base,
              ...(document.kind === "connection" && { extra: { reference, secrets } }),
            },
            links: Object.fromEntries(
              Object.entries(document.links).map(([name, one]) => [
                name,
                { ...one, overrides: { ...one.overrides, ...more } },
              ]),
            ),
          }
        : { ...document, ...more };
    const variable = { workspace: WORKSPACE, key: "region", owner: ownerOf("region"), value: "eu" };
    const resources: [Resource, string][] = [
      [await stack.create("deployment", inputs.deployment("dev")), documentKeys.deployment("data", "dev")],
      [await stack.create("connection", toAll()), documentKeys.connection("data", "warehouse")],
      [await stack.create("variable", variable), documentKeys.object("data", { collection: "variables" }, "region")],
    ];
    const link = { ...variable, deployment: "prod", owner: ownerOf("link"), value: "us" };
    resources.push([await stack.create("variable-link", link), resources[2]?.[1] ?? ""]);
    for (const key of new Set(resources.map(([, one]) => one))) await stack.meddle(key, planted);
    for (const [resource] of resources) {
      await resource.absorb();
      const recorded = { ...resource.inputs, ...resource.outputs };
      expect(recorded["workspace"], resource.kind).to.deep.equal(WORKSPACE);
      expect(recorded, resource.kind).to.not.include({ adopt: true }).and.not.have.property("ownTargets");
      expect(JSON.stringify(recorded), resource.kind).to.not.match(/victim|fifo|c44067f5952c0a294b673a41bacd8c17/);
    }
  });

  it("is told from our own word in a later destroy, where others' targets are limited", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const environment = { AIRFLOW_ENV_TARGETS: "directory:/others" };
    const process = stack.process({ environment });
    const dev = inputs.deployment("dev");
    const warehouse = toAll();
    await process.handlers.deployment.check({}, dev);
    const { checked } = await stack.resource("connection").preview(warehouse);
    await process.handlers.deployment.create(dev);
    const { id, outs } = await process.handlers.connection.create(checked.inputs);
    await plantDeployment(stack, "evil", "victim");
    const later = stack.process({ environment });
    await later.handlers.connection.delete(id, outs);
    const trusts = later.opened.map(({ path, trusted }) => `${path} ${trusted}`);
    expect([...new Set(trusts)].sort()).to.deep.equal(["dev true", "victim false"]);
  });

  it("does not shadow a document with one under another key", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", toAll());
    const { documents } = stack.process().open();
    const prod = stack.world.document<DeploymentDocument>(documentKeys.deployment("data", "prod"));
    if (!prod) throw new Error("not stored");
    await documents.change(documentKeys.deployment("data", "zzz"), () => prod);
    const error = await stack.refusal(connection.up(toAll({ host: "new" })));
    expect(error.message).to.contain(
      'document "data/deployments/zzz" is damaged (its kind or name is that of another key)',
    );
  });
});
