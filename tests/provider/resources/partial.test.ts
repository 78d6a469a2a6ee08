import { expect } from "chai";
import { TargetUnavailableError } from "../../../provider/errors";
import { inputs, type Step } from "../../fakes/world";
import { Stack, writesOf } from "./stack";

const shared = (host: string) => inputs.connection("warehouse", { host, sharing: "LinkedToAll" });
const broken = (path: string) => ({
  before: ({ operation, key }: Step) => {
    if (operation === "write" && key === path) throw new TargetUnavailableError("unreachable", `${path} is down`);
  },
});

describe("after an update that reached some Deployments only", () => {
  const names = ["prod", "dev", "test"];

  async function partly() {
    const stack = new Stack();
    await stack.createWorkspace(...names);
    const connection = await stack.create("connection", shared("old"));
    const error = await stack.refusal(connection.up(shared("new"), broken("dev")));
    return { stack, connection, error };
  }

  it("the error names those, and the others are up to date", async () => {
    const { stack, error } = await partly();
    expect(error.code).to.equal("partial");
    expect(error.message).to.equal(
      'connection "warehouse" is stored, but Deployment "dev" is not up to date: dev is down',
    );
    expect(names.map((name) => stack.world.content(name)!["warehouse"]!["host"])).to.deep.equal(["new", "old", "new"]);
  });

  it("the next one writes what is left and nothing else", async () => {
    const { stack, connection } = await partly();
    // Pulumi calls update for a resource that was recorded with an error, whatever diff says.
    const { handlers, ...process } = stack.process();
    await handlers.connection.update(connection.id!, connection.outputs, shared("new"));
    expect(writesOf({ handlers, ...process })).to.deep.equal(["target.write dev"]);
    expect(stack.world.content("dev")!["warehouse"]!["host"]).to.equal("new");
  });

  it("a refresh does not forget it: the next preview still has something to do, for pieces too", async () => {
    const { stack, connection } = await partly();
    const link = await stack.create("connection-link", inputs.link("warehouse", "test"));
    await stack.refusal(link.up(inputs.link("warehouse", "test", { login: "new" }), broken("test")));
    for (const [resource, news] of [
      [connection, shared("new")],
      [link, inputs.link("warehouse", "test", { login: "new" })],
    ] as const) {
      const handler = stack.process().handlers[resource.kind];
      const refreshed = await handler.read(resource.id!, resource.outputs);
      const { inputs: checked } = await handler.check(refreshed.inputs!, news);
      expect((await handler.diff(resource.id!, refreshed.props!, checked)).changes, resource.kind).to.equal(true);
      const { outs } = await handler.update(resource.id!, refreshed.props!, checked);
      expect((await handler.diff(resource.id!, outs, checked)).changes, resource.kind).to.equal(false);
    }
    expect(names.map((name) => stack.world.content(name)!["warehouse"]!["host"])).to.deep.equal(["new", "new", "new"]);
    expect(stack.world.content("test")!["warehouse"]!["login"]).to.equal("new");
  });

  it("another declaration is written everywhere, even where the bytes agree already", async () => {
    const { stack, connection } = await partly();
    const process = stack.process();
    const { outs } = await process.handlers.connection.update(connection.id!, connection.outputs, shared("newer"));
    expect(process.count("target.write")).to.equal(3);
    expect(outs).to.not.have.property("pending");
    // The same once more, as after an interruption: nothing tells which targets have been written since.
    const again = stack.process();
    await again.handlers.connection.update(connection.id!, connection.outputs, shared("newer"));
    expect(writesOf(again)).to.have.members(names.map((name) => `target.write ${name}`));
  });
});
