import { expect } from "chai";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { Engine, type Stack } from "./engine";
import { pythonWithSdk, writePlugin } from "./plugin-tools";

const run = promisify(execFile);
const EXAMPLE = join(__dirname, "../../examples/quickstart-python");

describe("the quickstart in Python", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-quickstart-"));
  let engine: Engine;
  let stack: Stack;
  let python: string;
  let installed: string;

  before(async () => {
    engine = await Engine.create();
    const made = await pythonWithSdk(folder, engine.environment({})["PATH"]);
    ({ python, installed } = made);
    // On PATH, as an npm package that is installed for all projects.
    writePlugin(join(folder, "bin"));
    const project = join(engine.root, "airflow-env-python");
    cpSync(EXAMPLE, project, { recursive: true });
    const PATH = [join(folder, "bin"), made.env["PATH"]].join(delimiter);
    stack = await engine.stackIn(project, "test", { ...made.env, PATH });
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (deployment: string) => join(stack.folder, "deployments", deployment, "connections.json");
  const connections = (deployment: string) => JSON.parse(readFileSync(file(deployment), "utf8")) as unknown;

  it("makes what it says, and removes it", async () => {
    await stack.up();
    const alerts = { conn_type: "http", host: "https://alerts.internal", password: "alerts-token" };
    const warehouse = { conn_type: "postgres", password: "correct-horse-battery-staple", port: 5432, schema: "dw" };
    const staging = { ...warehouse, host: "warehouse.internal", login: "etl", extra: { sslmode: "require" } };
    const prod = {
      ...warehouse,
      host: "warehouse-prod.internal",
      login: "etl_prod",
      extra: { sslmode: "verify-full" },
    };
    expect(connections("dev")).to.deep.equal({ alerts });
    expect(connections("staging")).to.deep.equal({ alerts, warehouse: staging });
    expect(connections("prod")).to.deep.equal({ alerts, warehouse: prod });
    expect(await stack.preview()).to.deep.equal([]);
    await stack.destroy();
    expect(existsSync(file("prod"))).to.equal(false);
  });

  it("passes a type checker, which refuses a field that there is not", async () => {
    const program = readFileSync(join(EXAMPLE, "__main__.py"), "utf8");
    const check = async (name: string, text: string) => {
      const checked = join(folder, name);
      writeFileSync(checked, text);
      // The SDK's own modules are Pulumi's to check.
      const args = ["-m", "mypy", "--follow-imports=silent", "--cache-dir", join(folder, "mypy"), checked];
      return run(python, args, { env: { ...process.env, MYPYPATH: installed } }).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      );
    };
    expect(await check("right.py", program)).to.contain("Success: no issues found");
    const wrong = program.replace('sslmode="require"', 'sslmod="require"');
    expect(await check("wrong.py", wrong)).to.contain('Unexpected keyword argument "sslmod"');
  });
});
