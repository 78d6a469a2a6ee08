import { expect } from "chai";
import type { ConnectionDocument, DeploymentDocument } from "../../../provider/environment/documents";
import type { Kind } from "../../../provider/resources/contract";
import { inputs } from "../../fakes/world";
import { Stack } from "./stack";
import type { Properties } from "../../../provider/resources/declaration/values";

/** Pulumi creates first and deletes last, with the same owner: --replace, or a resource that moves below a component. */
describe("a piece that a later create of the same owner holds", () => {
  const declared: [Kind, Properties][] = [
    ["connection", inputs.connection("warehouse", { host: "db", sharing: "LinkedToAll" })],
    ["connection-link", inputs.link("warehouse", "prod", { login: "linked" })],
    ["override", inputs.override("warehouse", "prod", { schema: "over" })],
    ["deployment", inputs.deployment("prod")],
    ["workspace", inputs.workspace()],
  ];

  async function prepared() {
    const stack = new Stack();
    const resources = new Map<Kind, Awaited<ReturnType<Stack["create"]>>>();
    for (const [kind, news] of [...declared].reverse()) {
      const isPiece = kind === "override" || kind === "connection-link";
      if (!isPiece) resources.set(kind, await stack.create(kind, news));
    }
    for (const [kind, news] of declared.slice(1, 3)) resources.set(kind, await stack.create(kind, news));
    return { stack, resources };
  }

  for (const [kind, news] of declared)
    it(`stays when the earlier record is deleted: ${kind}`, async () => {
      const { stack, resources } = await prepared();
      const before = stack.world.content("prod");
      await stack.create(kind, news);
      await resources.get(kind)!.delete();
      expect(stack.world.content("prod")).to.deep.equal(before);
      expect(stack.world.document("data/workspace")).to.not.equal(undefined);
      const document = stack.world.document<ConnectionDocument>("data/connections/warehouse")!;
      expect(Object.keys(document.links)).to.deep.equal(["prod"]);
      expect(Object.keys(document.overrides)).to.deep.equal(["prod"]);
    });

  for (const [kind, news] of declared.slice(1, 3))
    it(`goes when the later record is deleted: ${kind}`, async () => {
      const { stack, resources } = await prepared();
      const later = await stack.create(kind, news);
      await resources.get(kind)!.delete();
      await later.up({ ...news, [kind === "override" ? "fields" : "overrides"]: { host: "changed" } });
      await later.delete();
      const document = stack.world.document<ConnectionDocument>("data/connections/warehouse")!;
      expect(Object.keys(kind === "override" ? document.overrides : document.links)).to.deep.equal([]);
    });

  it("is removed by a record of a release that knew no instances", async () => {
    const { stack, resources } = await prepared();
    const link = resources.get("connection-link")!;
    delete link.outputs["instance"];
    await link.delete();
    expect(stack.world.document<ConnectionDocument>("data/connections/warehouse")!.links).to.deep.equal({});
  });

  it("keeps its instance while it is updated, and gets it back when it had vanished", async () => {
    const { stack, resources } = await prepared();
    const deployment = resources.get("deployment")!;
    const { instance } = deployment.outputs;
    expect(instance).to.be.a("string");
    await deployment.up(inputs.deployment("prod", { airflowVersion: "3.1.8" }));
    expect(deployment.outputs["instance"]).to.equal(instance);
    await stack.meddle<DeploymentDocument>("data/deployments/prod", () => undefined);
    await deployment.up(inputs.deployment("prod", { airflowVersion: "3.2.0" }));
    expect(stack.world.document<DeploymentDocument>("data/deployments/prod")!.instance).to.equal(instance);
  });
});
