import { expect } from "chai";
import { type ConnectionDocument } from "../../../provider/environment/documents";
import { inputs, ownerOf, WORKSPACE } from "../../fakes/world";
import { CANARY, expectGone, expectUnchanged, failing, Stack, unreachable, writesOf } from "./stack";
import { documentKeys } from "../../../provider/environment/keys";
import { UNKNOWN_ON_THE_WIRE as UNKNOWN } from "../../../provider/pulumi/wire";

const KEY = documentKeys.connection(WORKSPACE.name, "warehouse");
const WHAT = 'link of connection "warehouse" in Deployment "prod"';
const declared = (overrides?: object, more: object = {}) => inputs.link("warehouse", "prod", overrides, more);

async function prepared(more: object = {}, deployment: object = {}): Promise<Stack> {
  const stack = new Stack();
  await stack.createWorkspace("dev");
  await stack.create("deployment", inputs.deployment("prod", deployment));
  await stack.create("connection", inputs.connection("warehouse", { host: "db", ...more }));
  return stack;
}

const linkOf = (stack: Stack) => stack.world.document<ConnectionDocument>(KEY)?.links["prod"];
const written = (stack: Stack) => stack.world.content("prod")?.["warehouse"];

describe("connection link resource", () => {
  it("lives: created, unchanged, updated, drifted, healed, deleted, gone", async () => {
    const stack = await prepared();
    const link = await stack.create("connection-link", declared());
    expect(link.id).to.equal(`${KEY}#link/prod`);
    expect(written(stack)).to.include({ host: "db" });
    expect(stack.world.content("dev")).to.deep.equal({});
    await expectUnchanged(link, declared());

    const changed = declared({ host: "prod-db", password: CANARY });
    await link.up(changed);
    expect(link.inputs["appliesTo"]).to.equal("prod (change 1: host, password)");
    expect(written(stack)).to.include({ host: "prod-db", password: CANARY });
    await expectUnchanged(link, changed);

    await stack.meddle<ConnectionDocument>(KEY, (document) => ({
      ...document,
      links: { prod: { owner: ownerOf("warehouse-prod"), overrides: { host: "evil" } } },
    }));
    const { checked, diff } = await link.preview(changed);
    expect(checked.inputs["drift"]).to.deep.equal(["host: changed outside Pulumi", "password: changed outside Pulumi"]);
    expect(diff).to.deep.equal({ changes: true, replaces: [], deleteBeforeReplace: false });
    await link.up(changed);
    expect(written(stack)).to.include({ host: "prod-db", password: CANARY });
    await expectUnchanged(link, changed);

    await link.delete();
    expect(stack.world.content("prod")).to.deep.equal({});
    await expectGone(link);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("shows in a preview that it is gone, and comes back with update", async () => {
    const stack = await prepared();
    const link = await stack.create("connection-link", declared());
    await stack.meddle<ConnectionDocument>(KEY, (document) => ({ ...document, links: {} }));
    const { checked } = await link.preview(declared());
    expect(checked.inputs["drift"]).to.deep.equal(["the link is gone from the store"]);
    await link.up(declared());
    await expectUnchanged(link, declared());
  });

  it("is refused to a second owner, adopted on request, and follows a renamed one", async () => {
    const stack = await prepared();
    await stack.create("connection-link", declared());
    const second = declared(undefined, { owner: ownerOf("l", "dev") });
    const error = await stack.refusal(stack.create("connection-link", second));
    expect(error.code).to.equal("conflict");
    expect(error.message).to.contain(`${WHAT} already exists and belongs to ${ownerOf("warehouse-prod")}`);
    expect(error.message).to.contain("adopt: true");
    const adopted = await stack.create("connection-link", { ...second, adopt: true });
    expect(linkOf(stack)?.owner).to.equal(second.owner);
    const renamed = declared(undefined, { owner: ownerOf("l", "renamed") });
    await adopted.up(renamed);
    expect(linkOf(stack)?.owner).to.equal(renamed.owner);
    await expectUnchanged(adopted, renamed);
  });

  it("leaves alone what somebody else owns", async () => {
    const stack = await prepared();
    const link = await stack.create("connection-link", declared());
    await stack.create("connection-link", declared(undefined, { owner: "another", adopt: true }));
    expect(await link.refresh()).to.equal(undefined);
    await link.delete();
    expect(linkOf(stack)?.owner).to.equal("another");
    expect(written(stack)).to.include({ host: "db" });
  });

  it("is replaced when its pair changes", async () => {
    const stack = await prepared();
    const link = await stack.create("connection-link", declared());
    await stack.create("connection", inputs.connection("lake"));
    await stack.create("deployment", inputs.deployment("other"));
    for (const [name, value] of Object.entries({ connId: "lake", deployment: "other" }))
      expect((await link.preview({ ...declared(), [name]: value })).diff).to.deep.equal({
        changes: true,
        replaces: [name],
        deleteBeforeReplace: false,
      });
  });

  it("needs its Workspace, its connection and its Deployment", async () => {
    const empty = new Stack();
    expect((await empty.refusal(empty.create("connection-link", declared()))).message).to.contain("is not in store");
    const stack = await prepared();
    const refusalOf = async (connId: string, deployment: string) =>
      (await stack.refusal(stack.create("connection-link", inputs.link(connId, deployment)))).message;
    expect(await refusalOf("none", "prod")).to.contain('connection "none" does not exist in Workspace "data"');
    expect(await refusalOf("warehouse", "none")).to.contain(
      'Deployment "none" does not exist in Workspace "data"; declare it first',
    );
  });

  it("is refused where the connection excludes the Deployment", async () => {
    const stack = await prepared({ sharing: "LinkedToAll", exclude: ["prod"] });
    const error = await stack.refusal(stack.create("connection-link", declared()));
    expect(error.code).to.equal("conflict");
    expect(error.message).to.equal(
      `${WHAT}: the connection excludes this Deployment (${ownerOf("warehouse")}); remove one of the two`,
    );
  });

  it("is refused where the Deployment has a connection of that id", async () => {
    const stack = await prepared();
    await stack.create("connection", inputs.connection("warehouse", { deployment: "prod", owner: ownerOf("own") }));
    const error = await stack.refusal(stack.create("connection-link", declared()));
    expect(error.message).to.contain('would get two connections "warehouse"').and.contain(ownerOf("own"));
    expect(linkOf(stack)).to.equal(undefined);
  });

  it("is refused where a strict Deployment lacks the package, and warned about elsewhere", async () => {
    const strict = await prepared({}, { providers: [], strict: true });
    const refused = await strict.resource("connection-link").preview(declared());
    expect(refused.checked.failures[0]?.reason).to.contain("apache-airflow-providers-postgres");
    const error = await strict.refusal(strict.process().handlers["connection-link"].create(declared()));
    expect(error.code).to.equal("input");
    const lax = await prepared({}, { providers: [] });
    const { checked, process } = await lax.resource("connection-link").preview(declared());
    expect(checked.failures).to.deep.equal([]);
    expect(process.warnings.join()).to.contain("apache-airflow-providers-postgres");
  });

  it("is recorded when its target fails, and healed by update without another document write", async () => {
    const stack = await prepared();
    const link = stack.resource("connection-link");
    const news = declared({ password: CANARY }, { __provider: "serialised" });
    const error = await stack.refusal(link.up(news, { before: failing("target", unreachable()) }));
    expect(error).to.include({ code: "partial", id: `${KEY}#link/prod` });
    expect(error).to.have.nested.property("properties.__provider", "serialised");
    expect(error).to.have.deep.property("reasons", [
      `${WHAT} is stored, but Deployment "prod" is not up to date: target: no route to host`,
    ]);
    expect(writesOf(await link.up(news))).to.deep.equal(["target.write prod"]);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("touches no store without live comparison, and takes unknown values as changed", async () => {
    const stack = await prepared();
    const link = await stack.create("connection-link", declared({ host: "h" }));
    const offline = await link.preview(declared({ host: "h" }, { liveDiff: false }));
    expect([offline.diff?.changes, offline.process.calls]).to.deep.equal([false, []]);
    for (const news of [
      declared({ host: UNKNOWN }),
      declared({ host: "h", extra: { a: UNKNOWN } }),
      declared({ host: "h" }, { connId: UNKNOWN }),
      declared({ host: "h" }, { workspace: { ...WORKSPACE, store: UNKNOWN } }),
    ]) {
      const { checked, diff, process } = await link.preview(news);
      expect([checked.failures, diff?.changes, writesOf(process)]).to.deep.equal([[], true, []]);
    }
  });

  for (const [overrides, reason] of [
    [{ port: CANARY }, "overrides.port: must be a number, not a string"],
    [{ connType: CANARY }, "overrides.connType: is not a field of this resource"],
    [{ extra: CANARY }, "overrides.extra: must be an object of Airflow extra fields, not a string"],
    [{ port: 1.5 }, "overrides.port: must be a whole number"],
  ] as const)
    it(`fails the preview: ${reason}`, async () => {
      const { checked, process } = await new Stack().resource("connection-link").preview(declared(overrides));
      expect(checked.failures).to.have.length(1);
      expect(checked.failures[0]).to.include({ property: "" });
      expect(checked.failures[0]?.reason).to.contain(`${WHAT}: ${reason}`).and.not.contain(CANARY);
      expect(process.calls).to.deep.equal([]);
    });
});
