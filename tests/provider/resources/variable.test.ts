import { expect } from "chai";
import { documentKeys } from "../../../provider/environment/keys";
import type { SharedDocument } from "../../../provider/environment/documents";
import { variableKind } from "../../../provider/objects/variable/kind";
import { inputs, ownerOf, WORKSPACE } from "../../fakes/world";
import { CANARY, expectGone, expectUnchanged, Stack } from "./stack";

const KEY = documentKeys.object(WORKSPACE.name, variableKind, "threshold");
const declared = (more: object = {}) => ({
  workspace: WORKSPACE,
  key: "threshold",
  owner: ownerOf("threshold"),
  value: CANARY,
  ...more,
});
const link = (deployment: string, more: object = {}) => ({
  workspace: WORKSPACE,
  key: "threshold",
  deployment,
  owner: ownerOf(`threshold-${deployment}`),
  ...more,
});
const variablesOf = (stack: Stack, place: string) => {
  const text = stack.world.place(place).object?.files.variables;
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
};

describe("variable resource", () => {
  it("lives: created, unchanged, updated, drifted, healed, deleted, gone", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod", "dev");
    await stack.create("connection", inputs.connection("warehouse", { sharing: "LinkedToAll" }));
    const before = stack.world.place("prod").object?.files;
    expect(before).to.have.all.keys("connections");
    const variable = await stack.create("variable", declared());
    expect(variable.id).to.equal(KEY);
    expect(stack.world.place("prod").object?.files, "nothing is linked").to.deep.equal(before);
    const toProd = await stack.create("variable-link", link("prod"));
    expect(variablesOf(stack, "prod")).to.deep.equal({ threshold: CANARY });
    expect(variablesOf(stack, "dev")).to.equal(undefined);
    await expectUnchanged(variable, declared());
    await expectUnchanged(toProd, link("prod"));

    await toProd.up(link("prod", { value: { limit: 5, tags: ["é"] } }));
    expect(variablesOf(stack, "prod")).to.deep.equal({ threshold: '{"limit":5,"tags":["\\u00e9"]}' });
    await expectUnchanged(toProd, link("prod", { value: { limit: 5, tags: ["é"] } }));

    await stack.meddle<SharedDocument>(KEY, (document) => ({ ...document, base: { value: "evil" } }));
    const { checked, diff } = await variable.preview(declared());
    expect(checked.inputs["drift"]).to.deep.equal(["value: changed outside Pulumi"]);
    expect(diff?.changes).to.equal(true);
    await variable.up(declared());
    await toProd.up(link("prod"));
    expect(variablesOf(stack, "prod")).to.deep.equal({ threshold: CANARY });

    expect((await stack.refusal(variable.delete())).message).to.contain('is still used by link to "prod"');
    await toProd.delete();
    expect(stack.world.place("prod").object?.files).to.deep.equal(before);
    await variable.delete();
    await expectGone(variable);
  });

  it("may have the id of a connection, and collides with its own kind only", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    await stack.create("connection", inputs.connection("threshold", { sharing: "LinkedToAll" }));
    await stack.create("variable", declared({ sharing: "LinkedToAll" }));
    const own = declared({ deployment: "prod", owner: ownerOf("own") });
    const { checked } = await stack.resource("variable").preview(own);
    expect(checked.failures[0]?.reason).to.contain('would get two variables "threshold"').and.contain("exclude");
  });

  it("is secret unless it says otherwise, and always when it is given by reference", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const options = { environment: { V: CANARY } };
    for (const [value, secret, isSecret] of [
      [CANARY, undefined, true],
      ["open", false, false],
      [{ valueFrom: { env: "V" } }, false, true],
    ] as const) {
      const variable = stack.resource("variable");
      const news = declared({ value, ...(secret !== undefined && { secret }) });
      const { checked } = await variable.preview(news, options);
      expect("fingerprints" in checked.inputs, JSON.stringify(secret)).to.equal(isSecret);
    }
  });

  for (const [what, more, reason] of [
    ["no value", { value: undefined }, "value: is needed: a string, or a JSON value"],
    ["half a character", { value: "\ud800" }, "value: has half of a UTF-16 surrogate pair"],
    ["what JSON cannot carry", { value: { at: Infinity } }, "value.at: must be a finite number"],
    ["a bad key", { key: "a b" }, "key: use 1 to 200 letters"],
    ["a field that it does not have", { host: "x" }, "host: is not a field of this resource"],
  ] as const)
    it(`fails the preview for ${what}`, async () => {
      const { checked } = await new Stack().resource("variable").preview(declared(more));
      expect(checked.failures.map((failure) => failure.reason).join()).to.contain(reason);
      expect(JSON.stringify(checked.failures)).to.not.contain(CANARY);
    });
});
