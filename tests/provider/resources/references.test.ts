import { expect } from "chai";
import type { ConnectionDocument, ValueDocument } from "../../../provider/environment/documents";
import { inputs } from "../../fakes/world";
import { CANARY, expectUnchanged, Stack } from "./stack";
import { documentKeys } from "../../../provider/environment/keys";
import { findReferences, isReference, withReferences } from "../../../provider/resources/declaration/references";

const env = { valueFrom: { env: "PG_PASSWORD" } };
const file = { valueFrom: { file: "secrets/pg" } };
const store = { valueFrom: { store: "pg" } };
const VALUE_KEY = documentKeys.value("data", "pg");

async function withValue(stack: Stack, value: string): Promise<void> {
  const { documents } = stack.process().open();
  await documents.snapshot();
  await documents.change<ValueDocument>(VALUE_KEY, () => ({ kind: "value", name: "pg", owner: "cli", value }));
}

describe("value references", () => {
  for (const value of [env, file, store, { valueFrom: { file: "/a b/../c" } }])
    it(`are recognised: ${JSON.stringify(value)}`, () => expect(isReference(value)).to.equal(true));

  for (const value of [
    null,
    "text",
    {},
    { valueFrom: null },
    { valueFrom: {} },
    { valueFrom: { env: "" } },
    { valueFrom: { env: 1 } },
    { valueFrom: { url: "x" } },
    { valueFrom: { env: "A", file: "b" } },
    { valueFrom: { env: "A" }, more: 1 },
    { valueFrom: { store: "a/b" } },
    { valueFrom: { store: "a..b" } },
  ])
    it(`are nothing else: ${JSON.stringify(value)}`, () => expect(isReference(value)).to.equal(false));

  it("are found and replaced at any depth", () => {
    const fields = { password: env, port: 1, extra: { a: file, list: [store, "x"], none: null } };
    expect(findReferences(fields).map(({ path }) => path)).to.deep.equal([
      ["password"],
      ["extra", "a"],
      ["extra", "list", 0],
    ]);
    expect(withReferences(fields, "*")).to.deep.equal({
      password: "*",
      port: 1,
      extra: { a: "*", list: ["*", "x"], none: null },
    });
  });
});

describe("a connection by reference", () => {
  const declared = (more: object) => inputs.connection("warehouse", { sharing: "LinkedToAll", ...more });

  for (const [what, reference] of Object.entries({ env, file, store }))
    it(`gets the value from ${what}, and Pulumi keeps the reference only`, async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      await withValue(stack, CANARY);
      const sources = { environment: { PG_PASSWORD: CANARY }, files: { "secrets/pg": `${CANARY}\n` } };
      const news = declared({ password: reference, extra: { deep: { token: reference } } });
      const connection = await stack.create("connection", news, sources);
      const written = stack.world.content("prod")?.["warehouse"];
      expect(written).to.include({ password: CANARY });
      expect(written?.["extra"]).to.deep.equal({ deep: { token: CANARY } });
      expect(JSON.stringify([connection.inputs, connection.outputs])).to.not.contain(CANARY);
      expect(connection.outputs["password"]).to.deep.equal(reference);
      expect(connection.inputs["fingerprints"]).to.have.all.keys("password", "extra.deep.token");
      const { diff } = await connection.preview(news, sources);
      expect(diff?.changes).to.equal(false);
      expect(stack.shown()).to.not.contain(CANARY);
    });

  it("follows a value that changes behind the reference, and shows which", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    await withValue(stack, CANARY);
    const news = declared({ password: store });
    const connection = await stack.create("connection", news);
    const before = connection.inputs["fingerprints"];
    await expectUnchanged(connection, news);
    await withValue(stack, `${CANARY}2`);
    const { checked, diff } = await connection.preview(news);
    expect(diff?.changes).to.equal(true);
    expect(checked.inputs["fingerprints"]).to.not.deep.equal(before);
    expect(checked.inputs["appliesTo"]).to.contain("password");
    await connection.up(news);
    expect(stack.world.content("prod")?.["warehouse"]).to.include({ password: `${CANARY}2` });
    await expectUnchanged(connection, news);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  for (const [reference, message] of [
    [env, "password: environment variable PG_PASSWORD is not set; export it before running pulumi"],
    [file, "password: file secrets/pg cannot be read (ENOENT)"],
    [
      store,
      'password: the store has no value "pg"; write it with: airflow-env value set pg --store ADDRESS --workspace NAME',
    ],
  ] as const)
    it(`is refused where ${JSON.stringify(reference)} leads nowhere`, async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      const error = await stack.refusal(stack.create("connection", declared({ password: reference })));
      expect(error).to.include({ code: "input", message: `connection "warehouse": ${message}` });
      const piece = inputs.link("warehouse", "prod", { password: reference });
      await stack.create("connection", inputs.connection("warehouse"));
      const refused = await stack.refusal(stack.create("connection-link", piece));
      const link = 'link of connection "warehouse" in Deployment "prod"';
      expect(refused).to.include({ code: "input", message: `${link}: ${message}` });
      expect(
        stack.world.document<ConnectionDocument>(documentKeys.connection("data", "warehouse"))?.links,
      ).to.deep.equal({});
    });

  it("is resolved in links and overrides", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    await withValue(stack, CANARY);
    await stack.create("connection", inputs.connection("warehouse"));
    const link = inputs.link("warehouse", "prod", { password: store });
    const override = inputs.override("warehouse", "prod", { login: store });
    const pieces = [await stack.create("connection-link", link), await stack.create("override", override)] as const;
    expect(stack.world.content("prod")?.["warehouse"]).to.include({ password: CANARY, login: CANARY });
    await expectUnchanged(pieces[0], link);
    await expectUnchanged(pieces[1], override);
    expect(JSON.stringify(pieces.map(({ inputs, outputs }) => [inputs, outputs]))).to.not.contain(CANARY);
  });

  it("can still be deleted when the reference leads nowhere any more", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared({ password: env }), {
      environment: { PG_PASSWORD: CANARY },
    });
    await connection.delete();
    expect(stack.world.content("prod")).to.deep.equal({});
  });

  it("can be given another reference when the old one leads nowhere any more", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared({ password: env }), {
      environment: { PG_PASSWORD: CANARY },
    });
    const link = await stack.create("connection-link", inputs.link("warehouse", "prod", { password: env }), {
      environment: { PG_PASSWORD: CANARY },
    });
    await withValue(stack, CANARY);
    await connection.up(declared({ password: store }));
    await link.up(inputs.link("warehouse", "prod", { password: store }));
    expect(stack.world.content("prod")?.["warehouse"]).to.include({ password: CANARY });
  });
});
