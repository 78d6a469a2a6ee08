import { expect } from "chai";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canary } from "./canary";
import { connection, deployment, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";

const PASSWORD = canary("uri");
const URI = `postgres://etl:${encodeURIComponent(PASSWORD)}@db.internal:5433/dw?sslmode=require`;
const HIDDEN = canary("host");

/** What an export of a stack's state shows of a resource's inputs and outputs, secrets as they are kept. */
interface Shown {
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** Pulumi shows a message while it comes, and again in its list. */
const listed = (output: string): string => output.split("Diagnostics:")[1] ?? "";

describe("what programs declare, on the real engine", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-inputs-"));
  const target = { directory: { path: join(folder, "airflow") } };
  let engine: Engine;
  let stack: Stack;

  before(async () => {
    engine = await Engine.create();
    stack = await engine.stack("inputs", { AIRFLOW_CONN_FROM_ENV: URI });
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const declare = (...resources: ResourceSpec[]) =>
    (stack.resources = [
      workspace(`local:${join(folder, "store")}`),
      deployment("prod", { target }),
      ...resources.map(({ args, ...spec }) => ({ ...spec, args: { sharing: "LinkedToAll", ...args } })),
    ]);
  const byUri = (name: string, uri: string): ResourceSpec => ({
    kind: "connection",
    name,
    args: { workspace: "$workspace:data", uri },
  });
  const written = () =>
    JSON.parse(readFileSync(join(folder, "airflow/connections.json"), "utf8")) as Record<string, object>;
  function recorded(name: string): Shown {
    const found = stack.readState().checkpoint.latest.resources?.find(({ urn }) => urn.endsWith(`::${name}`));
    return found as unknown as Shown;
  }

  it("a URI is recorded by its fields, without its password, and read back as Airflow reads it", async () => {
    declare(
      byUri("plain", URI),
      byUri("hidden", `$secret:http://${HIDDEN}@${HIDDEN}`),
      byUri("from_env", "$env:AIRFLOW_CONN_FROM_ENV"),
    );
    const preview = await stack.expectOk(["preview", "--diff"]);
    expect(preview.output).to.contain("db.internal").and.not.contain("warning");
    await stack.up();
    const fields = { conn_type: "postgres", host: "db.internal", login: "etl", password: PASSWORD, schema: "dw" };
    const all = { ...fields, port: 5433, extra: { sslmode: "require" } };
    expect(written()).to.deep.equal({
      plain: all,
      from_env: all,
      hidden: { conn_type: "http", host: HIDDEN.toLowerCase(), login: HIDDEN },
    });
    const { inputs, outputs } = recorded("plain");
    for (const shown of [inputs, outputs]) {
      expect(shown).to.include({ connType: "postgres", host: "db.internal", port: 5433 });
      expect(shown["password"]).to.have.property("ciphertext");
      expect(shown).to.not.have.any.keys("uri", "secretUri");
    }
    expect(recorded("from_env").inputs).to.deep.include({ uri: { valueFrom: { env: "AIRFLOW_CONN_FROM_ENV" } } });
    expect(recorded("hidden").inputs["host"]).to.have.property("ciphertext");
    for (const value of [PASSWORD, HIDDEN, HIDDEN.toLowerCase(), encodeURIComponent(PASSWORD)])
      expect([readFileSync(stack.stateFile(), "utf8"), ...engine.transcript].join("")).to.not.contain(value);
  });

  it("is unchanged in the next preview and after a refresh, which keeps what is secret", async () => {
    expect(await stack.preview()).to.deep.equal([]);
    await stack.expectOk(["refresh", "--yes", "--skip-preview"]);
    expect(await stack.preview()).to.deep.equal([]);
    const state = readFileSync(stack.stateFile(), "utf8");
    for (const value of [PASSWORD, HIDDEN, HIDDEN.toLowerCase()]) expect(state).to.not.contain(value);
  });

  it("a warning is shown once, says how to silence it, and is silent then", async () => {
    const short = (more = {}) => declare(connection("short", { password: "$secret:abc", ...more }));
    short();
    const { output } = await stack.expectOk(["preview"]);
    expect(listed(output).split("does not mask secrets").length - 1, output).to.equal(1);
    expect(output).to.contain('ignoreWarnings: ["short-password"]');
    short({ ignoreWarnings: ["short-password"] });
    expect((await stack.expectOk(["preview"])).output).to.not.contain("warning");
  });

  it("a mistake that shows when outputs are known is one sentence, without stack or Pulumi's own text", async () => {
    const twice = { connId: "$secret:twice" };
    declare(connection("first", twice), connection("second", twice));
    const { output } = await stack.expectFailure(["preview"]);
    expect(output).to.contain('declare the same connection "twice"; rename one');
    expect(output)
      .to.not.contain("serializing")
      .and.not.match(/\n\s+at /);
    expect(listed(output).split("declare the same connection").length - 1, output).to.equal(1);
  });

  it("destroys", async () => {
    await stack.destroy();
    expect(existsSync(join(folder, "airflow/connections.json"))).to.equal(false);
  });
});
