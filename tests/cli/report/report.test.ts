import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecretsStore } from "../../../provider/stores/store";
import { CANARY, fill, namedStore, run, sampleDocuments } from "../harness";

const URN = "urn:pulumi:prod::platform::pulumi-nodejs:dynamic/airflow";
const workspace = { name: "data", store: "memory:a" };
const step = (op: string, type: string, name: string, inputs: object, more: object = {}) => ({
  op,
  urn: `${URN}:${type}::${name}`,
  [op === "delete" ? "oldState" : "newState"]: {
    inputs: { workspace, owner: `acme/platform/prod::${name}`, ...inputs },
  },
  ...more,
});
const warehouse = (fields: object) => ({ connId: "warehouse", connType: "postgres", ...fields });

describe("airflow-env report", () => {
  let store: SecretsStore;

  beforeEach(async () => {
    store = namedStore("a");
    await fill(store, sampleDocuments());
  });

  const report = (content: unknown, ...args: string[]) =>
    run([store], ["report", "--store", "memory:a", ...args], { stdin: JSON.stringify(content) });
  const json = async (content: unknown) => JSON.parse((await report(content, "--json")).stdout) as never;

  it("says deletions first and loudly, and refuses them where a rule does", async () => {
    const steps = [
      step("create", "Variable", "region", { key: "region", value: "eu", sharing: "LinkedToAll" }),
      step("delete", "Connection", "api", { connId: "api" }),
      step("delete", "Deployment", "prod", { name: "prod" }),
    ];
    const { code, stdout, stderr } = await report({ steps }, "--fail-on", "delete-in=prod,drift");
    expect(code).to.equal(3);
    expect(stderr).to.equal('error: delete: Deployment "prod" is deleted\n');
    const lines = stdout.split("\n").filter((line) => line !== "");
    expect(lines.slice(0, 7)).to.deep.equal([
      "<!-- pulumi-airflow-env report -->",
      "### Airflow Workspace `data`: 2 of 2 Deployments affected",
      "> [!CAUTION]",
      "> **Deletions:**",
      "> - `dev` loses connection `api` (http)",
      "> - Deployment `prod` is deleted, with all that it gets (1)",
      "> [!CAUTION]",
    ]);
    expect(stdout).to.contain('> **Refused by policy:**\n> - delete: Deployment "prod" is deleted');
    expect((await report({ steps }, "--fail-on", "delete-in=staging,drift")).code).to.equal(0);
    expect((await report({ steps }, "--fail-on", "linked-to-all")).stderr).to.contain(
      'variable "region" reaches every',
    );
  });

  it("counts a field only where no value of its own stands before it, and shows no value", async () => {
    const changed = warehouse({ host: "other", login: "other", password: "[secret]", extra: { sslmode: "require" } });
    const { deployments } = await json({
      steps: [step("update", "Connection", "warehouse", changed, { oldState: { inputs: { change: 1 } } })],
    });
    expect(deployments).to.have.lengthOf(1);
    expect(deployments[0]).to.deep.include({ name: "prod", change: "changed" });
    // Its link sets the host and its Override the login.
    expect(deployments[0]).to.have.nested.property("objects[0].fields").that.deep.equals(["password"]);
  });

  it("reads the plugin's class of a connection type, whose extras are inputs", async () => {
    const inputs = { workspace, owner: "acme/platform/prod::warehouse", connId: "warehouse", sslmode: "verify-ca" };
    const typed = {
      op: "update",
      urn: "urn:pulumi:prod::platform::airflow-env:connections:Postgres::warehouse",
      oldState: { inputs: { change: 1 } },
      newState: { inputs: { ...inputs, host: "other", password: "[secret]" } },
    };
    const { deployments } = await json({ steps: [typed] });
    expect(deployments).to.have.lengthOf(1);
    expect(deployments[0]).to.have.nested.property("objects[0].fields").that.includes("extra.sslmode");
  });

  it("says what moves, drifts, lacks a package, and stays the same by its own values", async () => {
    const target = (path: string) => ({ directory: { path } });
    const deployment = { name: "prod", target: target("out/prod"), providers: ["apache-airflow-providers-http"] };
    const steps = [
      step(
        "update",
        "Deployment",
        "prod",
        { ...deployment, target: target("new"), drift: ["a *b* <c>"] },
        {
          oldState: { inputs: { name: "prod", target: target("out/prod") } },
        },
      ),
      step("update", "Connection", "warehouse", { ...warehouse({ host: "new" }), drift: ["host: changed"] }),
    ];
    const { code, stdout } = await report({ steps }, "--fail-on", "missing-package-in=prod,drift");
    expect(code).to.equal(3);
    expect(stdout)
      .to.contain("#### `prod` (moved)")
      .and.to.contain("- drifted, is brought back: a \\*b\\* \\<c\\>")
      .and.to.contain("**missing provider package** `apache-airflow-providers-postgres` for type `postgres`")
      .and.to.contain("- `warehouse`: host: changed")
      .and.to.contain("missing-package: Deployment");
  });

  it("gives equal text for equal input, and says how much does not fit", async () => {
    const ids = Array.from({ length: 300 }, (_, at) => `connection-${at}`);
    const steps = ids.map((connId) =>
      step("create", "Connection", connId, { connId, connType: "http", sharing: "LinkedToAll" }),
    );
    const whole = await report({ steps }, "--max-length", "1000000");
    const shuffled = await report({ steps: [...steps].reverse() }, "--max-length", "1000000");
    expect(shuffled.stdout).to.equal(whole.stdout);
    const cut = await report({ steps }, "--max-length", "4000");
    expect(cut.stdout.length).to.be.at.most(4000);
    const left = Number(/\*\*(\d+) more lines did not fit/.exec(cut.stdout)?.[1]);
    const linesOf = (text: string) => text.split("\n").filter((line) => line !== "").length;
    expect(linesOf(cut.stdout) - 1 + left).to.equal(linesOf(whole.stdout));
  });

  it("keeps what names hold from being markup", async () => {
    const name = "a`b|c\u202e<img>\n- x";
    const { stdout } = await report({
      steps: [step("create", "Variable", "v", { key: name, value: "x", sharing: "LinkedToAll" })],
    });
    expect(stdout).to.contain("added variable ``a`b\\|c <img> - x``").and.not.match(/^- x/m);
  });

  it("tells why a preview failed, once each, and exits with 1", async () => {
    const diagnostics = ["b", "a", "b"].map((message) => ({ severity: "error", message }));
    const { code, stdout } = await report({ diagnostics });
    expect(code).to.equal(1);
    expect(stdout).to.contain("`data`: the preview failed\n\n> [!CAUTION]\n> **pulumi preview failed:**\n> a\n> b");
  });

  it("takes a preview without changes, and a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "airflow-env-report-"));
    const [file, output] = [join(folder, "preview.json"), join(folder, "comment.md")];
    writeFileSync(file, `warning: printed before\n${JSON.stringify({ steps: [] })}`);
    const { code, stdout } = await run([store], ["report", file, "--store", "memory:a", "--output", output]);
    expect([code, stdout]).to.deep.equal([0, ""]);
    expect(readFileSync(output, "utf8")).to.contain("no Deployment is affected");
    rmSync(folder, { recursive: true });
  });

  for (const [what, stdin, args, message] of [
    ["no JSON", "oops", [], "pass what pulumi preview --json printed"],
    ["other JSON", '{"resources": []}', [], "it has no steps"],
    ["an unknown rule", '{"steps": []}', ["--fail-on", "explode"], 'there is no rule "explode"'],
    ["an unknown Workspace", '{"steps": []}', ["--workspace", "other"], 'no Workspace "other"'],
    ["a plan alone", '{"resourcePlans": {}}', [], "pass --state FILE too"],
    ["a plan of another form", '{"resourcePlans": {"x": 1}}', ["--state", "package.json"], "no plan of pulumi preview"],
    ["another state", '{"resourcePlans": {}}', ["--state", "package.json"], "no output of pulumi stack export"],
    ["a short limit", '{"steps": []}', ["--max-length", "10"], "whole number from 1000"],
  ] as const)
    it(`refuses ${what} without showing it`, async () => {
      const { code, stderr } = await run([store], ["report", "--store", "memory:a", ...args], { stdin });
      expect(code).to.be.oneOf([1, 2]);
      expect(stderr).to.contain(message).and.not.contain("oops");
    });

  it("prints no secret of the store", async () => {
    const steps = [step("delete", "Connection", "warehouse", { connId: "warehouse" })];
    const { stdout } = await report({ steps }, "--json");
    expect(stdout).to.contain('"removed"').and.not.contain(CANARY);
  });
});
