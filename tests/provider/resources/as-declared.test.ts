import { expect } from "chai";
import { asDeclared } from "../../../provider/resources/declaration/as-declared";
import { toWire } from "../../../provider/pulumi/wire";
import { Secret } from "../../../provider/resources/declaration/values";
import type { ConnectionDocument } from "../../../provider/environment/documents";
import { inputs } from "../../fakes/world";
import { CANARY, Stack } from "./stack";
import { documentKeys } from "../../../provider/environment/keys";

const reference = (env: string) => ({ valueFrom: { env } });

describe("what is stored, as declared", () => {
  const table: [string, unknown, unknown, unknown, unknown][] = [
    ["a value that is as declared", "db", "db", "db", "db"],
    ["a value that differs", "db", "db", "other", "other"],
    ["a reference that holds", reference("A"), "x", "x", reference("A")],
    ["a reference whose value differs", reference("A"), "x", "y", new Secret("y")],
    ["a reference that leads nowhere any more", reference("A"), reference("A"), "y", reference("A")],
    [
      "a reference beside a key that differs, in whatever order",
      { z: reference("A"), a: 1 },
      { z: "x", a: 1 },
      { a: 2, z: "x" },
      { a: 2, z: reference("A") },
    ],
    ["keys that came and went", { a: 1 }, { a: 1 }, { b: 2 }, { b: 2 }],
    ["a reference in a list", { l: [1, reference("A")] }, { l: [1, "x"] }, { l: [2, "x"] }, { l: [2, reference("A")] }],
    ["a list of another length", { l: [1] }, { l: [1] }, { l: [1, 2] }, { l: [1, 2] }],
    ["an object that became a text", { a: { b: 1 } }, { a: { b: 1 } }, { a: "t" }, { a: "t" }],
  ];
  for (const [what, declared, resolved, stored, expected] of table)
    it(what, () => {
      expect(asDeclared(declared, resolved, stored)).to.deep.equal(expected);
    });
});

describe("a refresh of values given by reference", () => {
  const extra = { zone: reference("ZONE"), account: "a" };
  const environment = { ZONE: CANARY };
  const news = inputs.connection("warehouse", { extra });
  const key = documentKeys.connection("data", "warehouse");

  it("keeps the references, although the store has other keys first and others changed", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", news, { environment });
    await stack.meddle<ConnectionDocument>(key, (document) => ({
      ...document,
      base: { ...document.base, extra: { ...document.base.extra, account: "b" } },
    }));
    const read = await stack.process({ environment }).handlers.connection.read(connection.id!, connection.outputs);
    expect(read.inputs!["extra"]).to.deep.equal({ zone: reference("ZONE"), account: "b" });
    expect(JSON.stringify(read)).to.not.contain(JSON.stringify(CANARY).slice(1, -1));
  });

  it("shows that the value behind a reference changed, by its fingerprint", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", news, { environment });
    const { checked, diff } = await connection.preview(news, { environment: { ZONE: "rotated" } });
    expect(diff!.changes).to.equal(true);
    const [before, after] = [connection.inputs, checked.inputs].map(
      (from) => (from["fingerprints"] as Record<string, string>)["extra.zone"],
    );
    expect(before).to.match(/^[0-9a-f]{12}$/);
    expect(after)
      .to.match(/^[0-9a-f]{12}$/)
      .and.not.equal(before);
    expect(checked.inputs["drift"]).to.equal(undefined);
  });

  it("still shows drift of what is behind a reference", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", news, { environment });
    await stack.meddle<ConnectionDocument>(key, (document) => ({
      ...document,
      base: { ...document.base, extra: { ...document.base.extra, zone: "meddled" } },
    }));
    const { checked } = await connection.preview(news, { environment });
    expect(checked.inputs["drift"]).to.deep.equal(["extra.zone: changed outside Pulumi"]);
    const read = await stack.process({ environment }).handlers.connection.read(connection.id!, connection.outputs);
    expect(read.inputs!["extra"]).to.deep.equal({
      zone: toWire({ zone: new Secret("meddled") })["zone"],
      account: "a",
    });
  });

  it("works in links and overrides too", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    await stack.create("connection", inputs.connection("warehouse"));
    const declared = inputs.link("warehouse", "prod", { extra });
    const link = await stack.create("connection-link", declared, { environment });
    const { checked, diff } = await link.preview(declared, { environment: { ZONE: "rotated" } });
    expect(diff!.changes).to.equal(true);
    expect(checked.inputs["drift"]).to.equal(undefined);
    expect(checked.inputs["fingerprints"]).to.not.deep.equal(link.inputs["fingerprints"]);
    expect(await link.refresh()).to.deep.include({ overrides: { extra } });
  });

  it("names the resource, the field and the remedy where a reference leads nowhere", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const missing = "extra.zone: environment variable ZONE is not set; export it before running pulumi";
    const { message } = await stack.refusal(stack.resource("connection").preview(news));
    expect(message).to.equal(`connection "warehouse": ${missing}`);
    await stack.create("connection", inputs.connection("warehouse"));
    const link = stack.resource("connection-link").preview(inputs.link("warehouse", "prod", { extra }));
    expect((await stack.refusal(link)).message).to.equal(
      `link of connection "warehouse" in Deployment "prod": ${missing}`,
    );
  });
});
