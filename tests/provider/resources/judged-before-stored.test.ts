import { expect } from "chai";
import type { ConnectionDocument } from "../../../provider/environment/documents";
import type { Kind } from "../../../provider/resources/contract";
import { inputs, ownerOf, type ProcessOptions } from "../../fakes/world";
import { CANARY, failing, Stack, unreachable, writesOf } from "./stack";
import { UNKNOWN_ON_THE_WIRE as UNKNOWN } from "../../../provider/pulumi/wire";
import type { Properties } from "../../../provider/resources/declaration/values";

const toAll = { sharing: "LinkedToAll" };
const fromEnv = (env: string) => ({ valueFrom: { env } });
const fromFile = (file: string) => ({ valueFrom: { file } });
const EMPTY = "is empty, which Airflow reads as no password; leave it out or use null";
const backend = (name: string) => inputs.deployment(name, { target: { kubernetesBackend: { namespace: "airflow" } } });

/** What the preview says, and what an `up` without its preview says, which must have stored nothing. */
async function refusals(stack: Stack, kind: Kind, news: Properties, options: ProcessOptions = {}) {
  const { checked } = await stack.resource(kind).preview(news, options);
  expect(checked.failures.map(({ property }) => property).join("")).to.equal("");
  const process = stack.process(options);
  const { code, message } = await stack.refusal(process.handlers[kind].create(news));
  expect([code, writesOf(process)]).to.deep.equal(["input", []]);
  return { preview: checked.failures.map(({ reason }) => reason), up: message };
}

describe("what is declared is judged before it is stored", () => {
  it("refuses the empty value of a variable, and other connections of the Deployment go on", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const news = inputs.connection("wh", { ...toAll, password: fromEnv("PW"), extra: { deep: [fromEnv("HALF")] } });
    const environment = { PW: "", HALF: `${CANARY}\ud83d` };
    const { preview, up } = await refusals(stack, "connection", news, { environment });
    expect(preview).to.have.length(2);
    expect(preview[0]).to.equal(`password: ${EMPTY} (its value is that of environment variable PW)`);
    expect(preview[1]).to.match(/^extra\.deep\[0\]: has half of .* environment variable HALF\)$/);
    expect(up).to.contain(preview[0]);
    await stack.create("connection", inputs.connection("other", toAll));
    expect(stack.world.content("prod")).to.have.all.keys("other");
    await stack.create("connection", news, { environment: { PW: CANARY, HALF: "x" } });
    expect(stack.world.content("prod")?.["wh"]).to.include({ password: CANARY });
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("refuses an update with such a value, and the one before stays everywhere", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const news = inputs.connection("wh", { ...toAll, password: fromEnv("PW") });
    const connection = await stack.create("connection", news, { environment: { PW: "first" } });
    const process = stack.process({ environment: { PW: "" } });
    const { code, message } = await stack.refusal(
      process.handlers.connection.update(connection.id ?? "", connection.outputs, news),
    );
    expect([code, writesOf(process)]).to.deep.equal(["input", []]);
    expect(message).to.equal(`connection "wh": password: ${EMPTY} (its value is that of environment variable PW)`);
    expect(stack.world.content("prod")?.["wh"]).to.include({ password: "first" });
  });

  it("refuses it while other values are unknown", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const news = inputs.connection("wh", { ...toAll, host: UNKNOWN, password: fromEnv("PW") });
    const { checked } = await stack.resource("connection").preview(news, { environment: { PW: "" } });
    expect(checked.failures.map(({ reason }) => reason)).to.have.length(1);
  });

  for (const [kind, valuesKey, noun, piece] of [
    ["connection-link", "overrides", "link", (values: object) => inputs.link("wh", "prod", values)],
    ["override", "fields", "override", (values: object) => inputs.override("wh", "prod", values)],
  ] as const)
    it(`refuses the empty value of a variable in a ${kind}`, async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      await stack.create("connection", inputs.connection("wh"));
      if (kind === "override") await stack.create("connection-link", inputs.link("wh", "prod"));
      const environment = { PW: "" };
      const { preview, up } = await refusals(stack, kind, piece({ password: fromEnv("PW") }), { environment });
      const what = `${noun} of connection "wh" in Deployment "prod": ${valuesKey}.password: ${EMPTY}`;
      expect(preview).to.deep.equal([`${what} (its value is that of environment variable PW)`]);
      expect(up).to.equal(preview[0]);
    });

  it("refuses a link and an Override by what they make of the connection in that Deployment", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    await stack.create("deployment", backend("k8s"));
    await stack.create("connection", inputs.connection("wh", { port: 1 }));
    const port = 'port: Airflow reads port 0 as no port; leave it out, or use the kubernetes target (Deployment "k8s")';
    const link = await refusals(stack, "connection-link", inputs.link("wh", "k8s", { port: 0 }));
    expect(link.preview).to.deep.equal([`link of connection "wh" in Deployment "k8s": ${port}`]);
    await stack.create("connection-link", inputs.link("wh", "k8s"));
    const override = await refusals(stack, "override", inputs.override("wh", "k8s", { port: 0 }));
    expect(override.up).to.equal(`override of connection "wh" in Deployment "k8s": ${port}`);
  });

  it("refuses what a kubernetesBackend target cannot hold, where one gets it", async () => {
    const stack = new Stack();
    await stack.createWorkspace("files");
    await stack.create("deployment", backend("k8s"));
    const typed = await refusals(stack, "connection", inputs.connection("wh", { ...toAll, connType: "my-type" }));
    expect(typed.preview).to.deep.equal([
      'connType: Airflow reads "-" in connType as "_", and "postgresql" as "postgres"; ' +
        'write it that way, or use the kubernetes target (Deployment "k8s")',
    ]);
    expect(typed.up).to.equal(`connection "wh": ${typed.preview[0]}`);
    const long = "x".repeat(64);
    const named = await refusals(stack, "connection", inputs.connection(long, toAll));
    expect(named.preview[0]).to.match(/connId: the id must be a Kubernetes label value: .*\(Deployment "k8s"\)$/);
    await stack.create("connection", inputs.connection("wh", { ...toAll, connType: "my-type", exclude: ["k8s"] }));
    expect(stack.world.content("files")).to.have.all.keys("wh");
    const { checked } = await stack
      .resource("connection")
      .preview(inputs.connection("else", { ...toAll, connType: "my-type", exclude: [UNKNOWN] }));
    expect(checked.failures, "who gets it is not known").to.deep.equal([]);
  });

  it("refuses the connection that makes a Secret too large, by the names of the largest", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const target = { kubernetes: { namespace: "airflow" } };
    await stack.create("deployment", inputs.deployment("prod", { target }));
    const big = (connId: string) => inputs.connection(connId, { ...toAll, extra: { big: fromFile("big") } });
    const files = { big: CANARY + "x".repeat(600_000), small: "s" };
    await stack.create("connection", big("first"), { files });
    const { preview, up } = await refusals(stack, "connection", big("second"), { files });
    expect(preview).to.have.length(1);
    expect(preview[0]).to.match(
      /^the file would have 12\d+ bytes, and the target takes at most 1048576; largest: connection "(first|second)" \(6\d+ bytes\), .*\(Deployment "prod"\)$/,
    );
    expect(up).to.equal(`connection "second": ${preview[0]}`);
    await stack.create("connection", inputs.connection("third", toAll), { files });
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("refuses one of two that are too large together and are created at once", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    await stack.create("deployment", inputs.deployment("prod", { target: { kubernetes: { namespace: "airflow" } } }));
    const { handlers } = stack.process({ files: { big: "x".repeat(600_000) } });
    const big = (connId: string) => inputs.connection(connId, { ...toAll, extra: { big: fromFile("big") } });
    const settled = await Promise.allSettled(
      ["first", "second"].map((connId) => handlers.connection.create(big(connId))),
    );
    expect(settled.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
    expect(stack.world.documents().filter(({ kind }) => kind === "connection")).to.have.length(1);
  });

  describe("a Deployment", () => {
    it("that is to get another kind of target, by the connections that it gets", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      const prod = await stack.create("deployment", inputs.deployment("moving"));
      await stack.create("connection", inputs.connection("wh", { ...toAll, connType: "my-type" }));
      const { checked } = await prod.preview(backend("moving"));
      const reason =
        'target: connection "wh": connType: Airflow reads "-" in connType as "_", and ' +
        '"postgresql" as "postgres"; write it that way, or use the kubernetes target';
      expect(checked.failures).to.deep.equal([{ property: "", reason }]);
      const process = stack.process();
      const { code, message } = await stack.refusal(
        process.handlers.deployment.update(prod.id ?? "", prod.outputs, backend("moving")),
      );
      expect([code, message, writesOf(process)]).to.deep.equal(["input", `Deployment "moving": ${reason}`, []]);
      const created = await refusals(stack, "deployment", backend("new"));
      expect(created.up).to.equal(`Deployment "new": ${reason}`);
    });

    it("that stays where it is, not at all: what is there is the projection's business", async () => {
      const stack = new Stack();
      await stack.createWorkspace();
      const k8s = await stack.create("deployment", backend("k8s"));
      await stack.create("connection", inputs.connection("wh", toAll));
      await stack.meddle<ConnectionDocument>("data/connections/wh", badly("connType", "my-type"));
      const { checked } = await k8s.preview(backend("k8s"));
      expect(checked.failures).to.deep.equal([]);
    });
  });

  describe("what is in the store already", () => {
    it("is not held against another connection", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      await stack.create("connection", inputs.connection("bad", toAll));
      await stack.meddle<ConnectionDocument>("data/connections/bad", badly("password", ""));
      const { checked } = await stack.resource("connection").preview(inputs.connection("good", toAll));
      expect(checked.failures).to.deep.equal([]);
      const { message } = await stack.refusal(stack.create("connection", inputs.connection("good", toAll)));
      expect(message).to.match(
        /"good" is stored, but Deployment "prod" is not up to date: .*"bad": password: is empty/,
      );
    });

    it("is not held against the connection of which it is another owner's piece", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      const wh = await stack.create("connection", inputs.connection("wh", toAll));
      await stack.create("override", inputs.override("wh", "prod", { password: "x" }));
      await stack.meddle<ConnectionDocument>("data/connections/wh", (document) => ({
        ...document,
        overrides: { prod: { owner: ownerOf("theirs"), fields: { password: "" } } },
      }));
      const { checked } = await wh.preview(inputs.connection("wh", { ...toAll, host: "new" }));
      expect(checked.failures).to.deep.equal([]);
    });

    it("may not be brought to one more Deployment", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      await stack.create("connection", inputs.connection("bad"));
      await stack.meddle<ConnectionDocument>("data/connections/bad", badly("password", ""));
      const { up } = await refusals(stack, "connection-link", inputs.link("bad", "prod"));
      expect(up).to.equal(`link of connection "bad" in Deployment "prod": password: ${EMPTY} (Deployment "prod")`);
    });
  });

  it("leaves values alone in previews that may not read the store", async () => {
    const stack = new Stack();
    const before = failing("store", unreachable());
    const news = inputs.connection("wh", { ...toAll, liveDiff: false, password: fromEnv("PW") });
    const { checked } = await stack.resource("connection").preview(news, { environment: { PW: "" }, before });
    expect(checked.failures).to.deep.equal([]);
  });
});

/** As an earlier release stored it. */
function badly(field: "connType" | "password", value: string): (document: ConnectionDocument) => ConnectionDocument {
  return (document) => ({ ...document, base: { ...document.base, [field]: value } });
}
