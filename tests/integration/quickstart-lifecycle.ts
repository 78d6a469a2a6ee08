import { expect } from "chai";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canary, scanForCanary } from "./canary";
import { connection } from "./declarations";
import { Engine, type Stack } from "./engine";
import { copyExample, edit, type Edit, type Quickstart } from "./quickstart-languages";

const PASSWORD = canary("quickstart");
const ROTATED = canary("quickstart-rotated");
const DEPLOYMENTS = ["prod", "staging", "dev"];

type Expected = Record<string, Record<string, unknown>>;

/** Files of a run by what was done before, then by Deployment: the same in every language. */
export type Written = Map<string, Record<string, string>>;

/**
 * The life of the quickstart in one language: what its page promises, on the real engine.
 *
 * @param written - files of the languages before; those of the first one are taken in.
 */
export function describeQuickstart(quickstart: Quickstart, written: Written): void {
  const { language, program, isDynamic = false } = quickstart;
  describe(`the quickstart in ${language}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "airflow-env-quickstart-"));
    let engine: Engine;
    let stack: Stack;
    let project: string;

    before(async () => {
      engine = await Engine.create();
      project = join(engine.root, `airflow-env-${language.toLowerCase()}`);
      copyExample(quickstart, project);
      quickstart.installed?.(project, folder);
      change(...quickstart.secretPassword);
      const env = await quickstart.environment(folder, engine.environment({})["PATH"] ?? "");
      stack = await engine.stackIn(project, "test", env);
      await stack.setSecret("warehousePassword", PASSWORD);
      if (!isDynamic) await stack.expectOk(["config", "set", "airflow-env:store", "local:.airflow-env"]);
    });

    after(() => {
      engine?.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    const file = (deployment: string) => join(project, "deployments", deployment, "connections.json");
    const connections = (deployment: string) => JSON.parse(readFileSync(file(deployment), "utf8")) as Expected;

    function change(...edits: Edit[]): void {
      edit(join(project, program), ...edits);
      quickstart.compiled?.(project);
    }

    /** Each language writes the same bytes after the same step. */
    function expectSameBytes(step: string): void {
      const files = Object.fromEntries(DEPLOYMENTS.map((name) => [name, readFileSync(file(name), "utf8")]));
      const first = written.get(step);
      if (first) expect(files).to.deep.equal(first);
      else written.set(step, files);
    }

    it("makes what it says; the next preview is empty", async () => {
      await stack.up();
      const alerts = { conn_type: "http", host: "https://alerts.internal", password: "alerts-token" };
      const warehouse = { conn_type: "postgres", password: PASSWORD, port: 5432, schema: "dw" };
      const staging = { host: "warehouse.internal", login: "etl", extra: { sslmode: "require" } };
      const prod = { host: "warehouse-prod.internal", login: "etl_prod", extra: { sslmode: "verify-full" } };
      expect(connections("dev")).to.deep.equal({ alerts });
      expect(connections("staging")).to.deep.equal({ alerts, warehouse: { ...warehouse, ...staging } });
      expect(connections("prod")).to.deep.equal({ alerts, warehouse: { ...warehouse, ...prod } });
      expectSameBytes("first up");
      // The dynamic provider's code is in its resources' state.
      if (!isDynamic) expect(readFileSync(stack.stateFile(), "utf8")).to.not.contain("__provider");
      expect(await stack.preview()).to.deep.equal([]);
    });

    it("names the one field that changes, and whom it reaches", async () => {
      change(["warehouse.internal", "warehouse2.internal"]);
      const [step, ...more] = await stack.preview();
      expect(more).to.deep.equal([]);
      expect(step).to.include({ op: "update", name: "warehouse" });
      expect(step?.newInputs["appliesTo"]).to.equal("staging; unchanged by overrides: prod (change 1: host)");
      if (!isDynamic) expect(step?.detailedDiff).to.have.all.keys("host", "appliesTo");
      await stack.up();
      expectSameBytes("another host");
    });

    it("rotates the password, of which only a fingerprint is shown", async () => {
      await stack.setSecret("warehousePassword", ROTATED);
      const [step, ...more] = await stack.preview();
      expect(more).to.deep.equal([]);
      expect(step?.oldInputs["fingerprints"]).to.have.all.keys("password");
      expect(step?.newInputs["fingerprints"]).to.not.deep.equal(step?.oldInputs["fingerprints"]);
      await stack.up();
      expect(connections("staging")["warehouse"]).to.include({ password: ROTATED });
      expectSameBytes("another password");
    });

    it("clears a field of one Deployment", async () => {
      change(quickstart.cleared);
      await stack.up();
      expect(connections("prod")["warehouse"]).to.not.have.property("extra");
      expectSameBytes("sslmode cleared");
    });

    it("shows in a plain preview what somebody changed by hand, and puts it right", async () => {
      const right = readFileSync(file("staging"), "utf8");
      writeFileSync(file("staging"), right.replace("warehouse2.internal", "elsewhere"));
      const [step, ...more] = await stack.preview();
      expect(more).to.deep.equal([]);
      expect(step).to.include({ op: "update", name: "staging" });
      expect(JSON.stringify(step?.newInputs["drift"])).to.contain("host differs from the store");
      await stack.up();
      expect(readFileSync(file("staging"), "utf8")).to.equal(right);
    });

    it("finds nothing to refresh where nothing has changed", async () => {
      const { stdout } = await stack.expectOk(["refresh", "--yes", "--skip-preview"]);
      expect(stdout)
        .to.match(/\d+ unchanged/)
        .and.not.to.match(/\d+ updated/);
    });

    it("points at a wrong value by its property, and does not show it", async () => {
      const right = readFileSync(join(project, program), "utf8");
      change(quickstart.wrong);
      const { output } = await stack.expectFailure(["preview"]);
      expect(output).to.contain("host: must be").and.not.contain("31337");
      writeFileSync(join(project, program), right);
    });

    if (!isDynamic)
      it("imports what another stack has made, takes it over with the next up, and reads it by the functions", async () => {
        const other = await engine.stack("other");
        const store = `local:${join(project, ".airflow-env")}`;
        other.resources = [connection("shared", { workspace: { name: "data", store }, connType: "http" })];
        await other.up();
        const what = ["airflow-env:index:Connection", "shared", "data/connections/shared"];
        await stack.expectOk([
          "import",
          ...what,
          "--generate-code=false",
          "--protect=false",
          "--yes",
          "--skip-preview",
        ]);
        change(quickstart.more);
        await stack.up();
        expect(await stack.preview()).to.deep.equal([]);
        const { stdout } = await stack.expectOk(["stack", "output", "--json"]);
        expect(JSON.parse(stdout)).to.deep.include({
          received: "[secret]",
          connections: ["alerts", "shared", "warehouse"],
        });
        const host = await stack.expectOk(["stack", "output", "host", "--show-secrets"]);
        expect(host.stdout.trim()).to.equal("warehouse2.internal");
      });

    it("removes everything in one go, and has left no secret anywhere", async () => {
      await stack.destroy();
      for (const name of DEPLOYMENTS) expect(existsSync(file(name)), name).to.equal(false);
      expect(stack.readState().checkpoint.latest.resources ?? []).to.have.lengthOf(0);
      await scanForCanary(engine, [PASSWORD, ROTATED], { files: [folder] });
    });
  });
}
