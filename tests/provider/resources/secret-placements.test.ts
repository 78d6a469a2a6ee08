import { expect } from "chai";
import * as catalog from "../../../catalog/lookup";
import { toWire } from "../../../provider/pulumi/wire";
import { fingerprintAll } from "../../../provider/resources/declaration/fingerprints";
import { markSecrets, secretPathsOf } from "../../../provider/resources/declaration/secrets";
import { FORMS, READABLE, SECRETS } from "../../catalog/secrecy/placements";
import { inputs } from "../../fakes/world";
import { Stack } from "./stack";

const SIGNATURE = "4dabf18193072939515e22adb298388d";

const KEY = Buffer.alloc(32, 1).toString("base64");

/** What a state shows: Pulumi keeps what is in the wire form of a secret encrypted. */
function inClear(fields: object): string {
  return JSON.stringify(fields, (_key, value: unknown) =>
    typeof value === "object" && value !== null && SIGNATURE in value ? "[secret]" : value,
  );
}

describe("what a refresh reads back from the store", () => {
  const sealed = (connType: string, fields: object) =>
    toWire(markSecrets(fields, secretPathsOf(catalog, connType, fields))) as object;

  for (const [name, { connType, ...fields }] of Object.entries(SECRETS))
    it(`is sealed, and has a fingerprint: ${name}`, () => {
      const shown = inClear(sealed(connType, fields));
      for (const form of FORMS) expect(shown).to.not.contain(form);
      expect(fingerprintAll(KEY, "d", secretPathsOf(catalog, connType, fields), fields)).to.be.an("object");
    });

  for (const [name, { connType, ...fields }] of Object.entries(READABLE))
    it(`stays readable, and has no fingerprint: ${name}`, () => {
      expect(sealed(connType, fields)).to.deep.equal(fields);
      expect(secretPathsOf(catalog, connType, fields)).to.deep.equal([]);
    });
});

describe("secretExtra", () => {
  const extra = { plain: "one", list: [1] };

  it("seals all of extra in what a refresh reads, under one fingerprint, and is itself kept", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", inputs.connection("wh", { extra, secretExtra: true }));
    const link = await stack.create("connection-link", { ...inputs.link("wh", "prod", { extra }), secretExtra: true });
    const override = await stack.create("override", { ...inputs.override("wh", "prod", { extra }), secretExtra: true });
    for (const resource of [connection, link, override]) {
      expect(resource.inputs["fingerprints"]).to.have.all.keys("extra");
      const read = await resource.refresh();
      expect(read?.["secretExtra"]).to.equal(true);
      expect(inClear(read ?? {})).to.contain('"extra":"[secret]"');
    }
  });

  it("changes the record when it is set, and nothing in the targets", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", inputs.connection("wh", { extra }));
    const { checked, diff } = await connection.preview(inputs.connection("wh", { extra, secretExtra: true }));
    expect(diff?.changes).to.equal(true);
    expect(checked.inputs["fingerprints"]).to.have.all.keys("extra");
  });

  it("is true or false", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const { checked } = await stack.resource("connection").preview(inputs.connection("wh", { secretExtra: "yes" }));
    expect(checked.failures.map(({ reason }) => reason)).to.deep.equal([
      "secretExtra: must be true or false, not a string",
    ]);
  });
});

describe("fingerprints by path", () => {
  const declared = (value: string, more = {}) =>
    inputs.connection("wh", { connType: "kafka", extra: { "sasl.password": value, list: [{ token: "t" }] }, ...more });

  it("tell keys with dots from nested ones", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", declared("one"));
    expect(connection.inputs["fingerprints"]).to.have.all.keys('extra["sasl.password"]', "extra.list[0].token");
  });

  it("that an earlier release recorded under a text of dots are replaced without a change of the resource", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", declared("one"));
    connection.inputs = { ...connection.inputs, fingerprints: { "extra.sasl.password": "812deae9d3e8" } };
    const { checked, diff } = await connection.preview(declared("one"));
    expect(diff?.changes).to.equal(false);
    expect(checked.inputs).to.not.have.property("drift");
    expect(checked.inputs["fingerprints"]).to.have.all.keys('extra["sasl.password"]', "extra.list[0].token");
  });

  it("show a change without the store too, at any depth", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", declared("one"));
    const before = connection.inputs["fingerprints"] as Record<string, string>;
    const offline = await connection.preview(declared("two", { liveDiff: false }));
    expect(offline.checked.inputs["fingerprints"]).to.deep.equal({ ...before, 'extra["sasl.password"]': "changed" });
    const deep = inputs.connection("wh", {
      connType: "kafka",
      liveDiff: false,
      extra: { "sasl.password": "one", list: [{ token: "u" }] },
    });
    expect((await connection.preview(deep)).checked.inputs["fingerprints"]).to.deep.equal({
      ...before,
      "extra.list[0].token": "changed",
    });
  });
});
