import { expect } from "chai";
import type { SharedDocument, WorkspaceDocument } from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { inputs, ownerOf, WORKSPACE } from "../../fakes/world";
import { Stack, type Resource } from "./stack";

const KEY = documentKeys.connection(WORKSPACE.name, "warehouse");
const warehouse = (more: object = {}) => inputs.connection("warehouse", { host: "old", ...more });
const team = (resource: string) => ({ owner: ownerOf(resource, "team") });
const said = async (resource: Resource, news: object) =>
  (await resource.preview({ ...news })).checked.inputs["appliesTo"];
const refusals = async (resource: Resource, news: object) =>
  (await resource.preview({ ...news })).checked.failures.map(({ reason }) => reason).join();

describe("what a preview says of Deployments", () => {
  it("names overrides where they hide a change, and nowhere else", async () => {
    const stack = new Stack();
    await stack.createWorkspace("a", "b");
    const connection = await stack.create("connection", warehouse());
    await stack.create("connection-link", inputs.link("warehouse", "a"));
    await stack.create("connection-link", inputs.link("warehouse", "b", { host: "own" }));
    expect(await said(connection, warehouse({ host: "new" }))).to.equal(
      "a; unchanged by overrides: b (change 1: host)",
    );
    expect(await said(connection, warehouse({ sharing: "LinkedToAll" }))).to.equal(
      "no Deployment; unchanged: a, b (change 1: sharing)",
    );
  });

  it("is about what Airflow reads", async () => {
    const stack = new Stack();
    await stack.createWorkspace("a");
    const region = {
      workspace: WORKSPACE,
      key: "region",
      owner: ownerOf("region"),
      value: "eu",
      sharing: "LinkedToAll",
    };
    const variable = await stack.create("variable", region);
    expect(await said(variable, { ...region, description: "where" })).to.equal(
      "no Deployment; unchanged: a (change 2: description)",
    );
  });

  it("says of a link whether its Deployment gets something else", async () => {
    const stack = new Stack();
    await stack.createWorkspace("a");
    await stack.create("connection", warehouse());
    const link = await stack.create("connection-link", inputs.link("warehouse", "a", { host: "one" }));
    const other = inputs.link("warehouse", "a", { host: "two" });
    expect(await said(link, other)).to.equal("a (change 1: host)");
    await stack.create("override", inputs.override("warehouse", "a", { host: "mine" }));
    expect(await said(link, other)).to.equal("no Deployment; unchanged by overrides: a (change 1: host)");
  });

  it("names at once whom the program gives a new object to, and records that the same afterwards", async () => {
    const stack = new Stack();
    await stack.createWorkspace("a");
    const news = warehouse({ declaredReach: ["a", "b"] });
    const connection = await stack.create("connection", news);
    expect(connection.inputs).to.include({ appliesTo: "a, b" }).and.to.not.have.property("declaredReach");
    const shared = { connId: "shared", sharing: "LinkedToAll", owner: ownerOf("shared") };
    const other = warehouse({ ...shared, declaredReach: ["a", "b"] });
    const forAll = await stack.create("connection", other);
    await stack.create("connection-link", inputs.link("warehouse", "a"));
    await stack.create("deployment", inputs.deployment("b"));
    expect(await said(connection, news)).to.equal("a, b");
    // Another text than the recorded one would make the engine write its state again.
    expect(await said(forAll, other))
      .to.equal(forAll.inputs["appliesTo"])
      .and.to.equal("every Deployment: a, b (change 1)");
    expect(await said(connection, warehouse())).to.equal("a");
    expect(await said(connection, warehouse({ host: "new" }))).to.equal("a (change 1: host)");
  });

  it("names the Deployment of a link that was removed outside", async () => {
    const stack = new Stack();
    await stack.createWorkspace("a");
    await stack.create("connection", warehouse());
    const link = await stack.create("connection-link", inputs.link("warehouse", "a"));
    await stack.meddle<SharedDocument>(KEY, (document) => ({ ...document, links: {} }));
    expect(await said(link, inputs.link("warehouse", "a"))).to.equal("a (change 1)");
  });
});

describe("a preview refuses, as up would", () => {
  const first = (kind: "connection" | "deployment" | "connection-link", news: object) => ({ kind, news });
  for (const { kind, news } of [
    first("connection", inputs.connection("wh")),
    first("deployment", inputs.deployment("d")),
    first("connection-link", inputs.link("wh", "d")),
  ])
    it(`a ${kind} of a Workspace that is in no store and no program, and of one that has moved`, async () => {
      const stack = new Stack();
      const nowhere = await stack.resource(kind).preview({ ...news });
      expect(nowhere.checked.failures.map(({ reason }) => reason).join()).to.contain(
        'workspace: Workspace "data" is not in store "memory:"; create it with new airflow.Workspace, or correct',
      );
      await stack.createWorkspace();
      await stack.meddle<WorkspaceDocument>("data/workspace", (document) => ({ ...document, movedTo: "local:new" }));
      const moved = await stack.resource(kind).preview({ ...news });
      expect(moved.checked.failures.map(({ reason }) => reason).join()).to.contain('has moved from store "memory:"');
    });

  it("to move a Deployment to where somebody else's file is", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("z"));
    stack.world.place("taken").plant("{}", undefined);
    const moved = inputs.deployment("z", { target: { directory: { path: "taken" } } });
    const { checked } = await deployment.preview(moved);
    expect(checked.failures.map(({ reason }) => reason).join()).to.contain(
      "target: taken exists and is not managed by airflow-env; choose another target",
    );
    expect((await deployment.preview({ ...moved, adopt: true })).checked.failures).to.deep.equal([]);
  });

  it("what the store cannot hold, in a connection and in a link", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    await stack.create("connection", inputs.connection("wh"));
    const extra = { text: "x".repeat(2_000_000) };
    for (const resource of [
      await stack.resource("connection").preview(inputs.connection("large", { extra })),
      await stack.resource("connection-link").preview(inputs.link("wh", "prod", { extra })),
    ])
      expect(resource.checked.failures.map(({ reason }) => reason).join()).to.match(
        /bytes, the most is 1048576; shorten/,
      );
  });

  it("to replace a connection that another stack holds", async () => {
    const stack = new Stack();
    await stack.createWorkspace("a", "b");
    const connection = await stack.create("connection", warehouse());
    const mine = await stack.create("connection-link", inputs.link("warehouse", "b"));
    const news = warehouse({ connId: "other" });
    expect(await refusals(connection, news), "a link of its own stack is replaced with it").to.equal("");
    const held = await stack.create("connection-link", inputs.link("warehouse", "a", {}, team("link")));
    for (const replacing of [news, warehouse({ deployment: "b" })])
      expect(await refusals(connection, replacing)).to.contain(
        `must be replaced, but is still used by link to "a" (${ownerOf("link", "team")}); remove these first`,
      );
    await mine.delete();
    await stack.refusal(connection.delete());
    await held.delete();
    expect(await refusals(connection, news)).to.equal("");
  });

  it("to replace a Deployment in which another stack has something", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("a"));
    await stack.create("connection", warehouse());
    const link = await stack.create("connection-link", inputs.link("warehouse", "a", {}, team("link")));
    const renamed = { ...inputs.deployment("z"), target: inputs.deployment("a").target, owner: ownerOf("a") };
    expect(await refusals(deployment, renamed)).to.contain(
      `must be replaced, but is still used by a link of connection "warehouse" (${ownerOf("link", "team")})`,
    );
    await link.delete();
    expect(await refusals(deployment, renamed)).to.equal("");
  });

  it("to exclude a Deployment that another stack has linked", async () => {
    const stack = new Stack();
    await stack.createWorkspace("a");
    const connection = await stack.create("connection", warehouse({ sharing: "LinkedToAll" }));
    await stack.create("connection-link", inputs.link("warehouse", "a", {}, team("link")));
    const excluding = warehouse({ sharing: "LinkedToAll", exclude: ["a"] });
    expect(await refusals(connection, excluding)).to.contain(`exclude: names linked Deployments "a" (link of`);
    await stack.refusal(connection.up(excluding));
  });

  it("to keep a link of a connection that becomes one Deployment's own", async () => {
    const stack = new Stack();
    await stack.createWorkspace("a", "b");
    const connection = await stack.create("connection", warehouse());
    const link = await stack.create("connection-link", inputs.link("warehouse", "a"));
    const process = stack.process();
    const { handlers } = process;
    const { inputs: own, failures } = await handlers.connection.check(
      connection.inputs,
      warehouse({ deployment: "b" }),
    );
    expect(failures).to.deep.equal([]);
    expect(await handlers.connection.diff(connection.id ?? "", connection.outputs, own)).to.deep.include({
      replaces: ["deployment"],
      deleteBeforeReplace: true,
    });
    const checked = await handlers["connection-link"].check(link.inputs, inputs.link("warehouse", "a"));
    expect(checked.failures.map(({ reason }) => reason).join()).to.contain('connection "warehouse" does not exist');
  });
});
