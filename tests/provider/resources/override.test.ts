import { expect } from "chai";
import { type ConnectionDocument } from "../../../provider/environment/documents";
import { inputs, ownerOf, WORKSPACE } from "../../fakes/world";
import { CANARY, expectGone, expectUnchanged, failing, Stack, unreachable, writesOf } from "./stack";
import { documentKeys } from "../../../provider/environment/keys";
import { UNKNOWN_ON_THE_WIRE as UNKNOWN } from "../../../provider/pulumi/wire";

const KEY = documentKeys.connection(WORKSPACE.name, "warehouse");
const WHAT = 'override of connection "warehouse" in Deployment "prod"';
const declared = (fields: object, more: object = {}) => inputs.override("warehouse", "prod", fields, more);

async function prepared(more: object = { sharing: "LinkedToAll" }): Promise<Stack> {
  const stack = new Stack();
  await stack.createWorkspace("prod", "dev");
  await stack.create("connection", inputs.connection("warehouse", { host: "db", login: "etl", ...more }));
  return stack;
}

const overrideOf = (stack: Stack) => stack.world.document<ConnectionDocument>(KEY)?.overrides["prod"];
const written = (stack: Stack) => stack.world.content("prod")?.["warehouse"];

describe("override resource", () => {
  it("lives: created, unchanged, updated, drifted, healed, deleted, gone", async () => {
    const stack = await prepared();
    const override = await stack.create("override", declared({ host: "prod-db" }));
    expect(override.id).to.equal(`${KEY}#override/prod`);
    expect(written(stack)).to.include({ host: "prod-db", login: "etl" });
    await expectUnchanged(override, declared({ host: "prod-db" }));

    const changed = declared({ login: null, password: CANARY });
    await override.up(changed);
    expect(override.inputs["appliesTo"]).to.equal("prod (change 1: host, login, password)");
    expect(written(stack)).to.include({ host: "db", password: CANARY }).and.not.have.property("login", "etl");
    await expectUnchanged(override, changed);

    await stack.meddle<ConnectionDocument>(KEY, (document) => ({
      ...document,
      overrides: { prod: { owner: ownerOf("warehouse-prod-override"), fields: { password: "evil" } } },
    }));
    const { checked, diff } = await override.preview(changed);
    expect(checked.inputs["drift"]).to.deep.equal([
      "login: changed outside Pulumi",
      "password: changed outside Pulumi",
    ]);
    expect(diff).to.deep.equal({ changes: true, replaces: [], deleteBeforeReplace: false });
    await override.up(changed);
    expect(written(stack)).to.include({ password: CANARY });
    await expectUnchanged(override, changed);

    await override.delete();
    expect(written(stack)).to.include({ host: "db", login: "etl" });
    await expectGone(override);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("goes over the link's values, and leaves them when it goes", async () => {
    const stack = await prepared({});
    await stack.create("connection-link", inputs.link("warehouse", "prod", { host: "linked", login: "linked" }));
    const override = await stack.create("override", declared({ host: "over" }));
    expect(written(stack)).to.include({ host: "over", login: "linked" });
    await override.delete();
    expect(written(stack)).to.include({ host: "linked", login: "linked" });
  });

  it("is refused where the Deployment does not get the connection", async () => {
    const stack = await prepared({});
    const error = await stack.refusal(stack.create("override", declared({ host: "h" })));
    expect(error).to.include({
      code: "conflict",
      message: `${WHAT}: the Deployment does not get this connection; add a ConnectionLink, or share it with LinkedToAll`,
    });
    expect(overrideOf(stack)).to.equal(undefined);
  });

  it("is refused to a second owner, adopted on request, and follows a renamed one", async () => {
    const stack = await prepared();
    await stack.create("override", declared({ host: "h" }));
    const second = declared({ host: "h" }, { owner: ownerOf("o", "dev") });
    const error = await stack.refusal(stack.create("override", second));
    expect(error.code).to.equal("conflict");
    expect(error.message).to.contain(`${WHAT} already exists and belongs to ${ownerOf("warehouse-prod-override")}`);
    const adopted = await stack.create("override", { ...second, adopt: true });
    const renamed = declared({ host: "h" }, { owner: ownerOf("o", "renamed") });
    await adopted.up(renamed);
    expect(overrideOf(stack)?.owner).to.equal(renamed.owner);
    await expectUnchanged(adopted, renamed);
  });

  it("is recorded when its target fails, and healed by update without another document write", async () => {
    const stack = await prepared();
    const override = stack.resource("override");
    const news = declared({ password: CANARY });
    const error = await stack.refusal(override.up(news, { before: failing("target", unreachable()) }));
    expect(error).to.include({ code: "partial", id: `${KEY}#override/prod` });
    expect(writesOf(await override.up(news))).to.deep.equal(["target.write prod"]);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("touches no store without live comparison, and takes unknown values as changed", async () => {
    const stack = await prepared();
    const override = await stack.create("override", declared({ host: "h" }));
    const offline = await override.preview(declared({ host: "h" }, { liveDiff: false }));
    expect([offline.diff?.changes, offline.process.calls]).to.deep.equal([false, []]);
    const unknown = await override.preview(declared({ host: UNKNOWN }));
    expect([unknown.checked.failures, unknown.diff?.changes]).to.deep.equal([[], true]);
  });

  for (const [fields, reason] of [
    [{}, "fields: must name at least one field"],
    [{ port: CANARY }, "fields.port: must be a number, not a string"],
    [{ host: "h", hots: CANARY }, "fields.hots: is not a field of this resource; did you mean host?"],
    [{ password: 12345 }, "fields.password: must be a string or a value reference, not a number"],
  ] as const)
    it(`fails the preview: ${reason}`, async () => {
      const { checked, process } = await new Stack().resource("override").preview(declared(fields));
      expect(checked.failures).to.deep.equal([{ property: "", reason: `${WHAT}: ${reason}` }]);
      expect(process.calls).to.deep.equal([]);
    });
});
