import { mkdtempSync, rmSync } from "node:fs";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import ts from "typescript";
import { runCli } from "../../../cli/program";
import { streamTerminal } from "../../../cli/terminal";
import { canary, scanForCanary } from "../canary";
import { Engine, type Stack } from "../engine";

const PASSWORD = canary("import");

/** What an Airflow had; every value that is secret has the canary. */
const CONNECTIONS = {
  warehouse: {
    conn_type: "postgres",
    description: "the warehouse, é",
    host: "db.internal",
    login: "etl",
    password: `${PASSWORD}\n"$x' é`,
    schema: "dw",
    port: 5432,
    extra: { sslmode: "require", nested: { list: [1, true, null] } },
  },
  gcp: {
    conn_type: "google_cloud_platform",
    extra: { project: "p", keyfile_dict: { private_key: `${PASSWORD}\n`, type: "service_account" } },
  },
  "own-type": { conn_type: "my_own", host: `https://u:${PASSWORD}@h/x`, extra: { "a:b": 1, token: `${PASSWORD}\r\n` } },
};
const VARIABLES = { region: `${PASSWORD}-eu`, config: { a: [1, "x"] } };

describe("import, then pulumi up", function () {
  this.timeout(600_000);
  // Inside of the repository, so that the program finds the package by its own name.
  const program = mkdtempSync(join(__dirname, "../program-"));
  let engine: Engine;
  let stack: Stack;

  before(async () => {
    engine = await Engine.create();
    const folder = join(engine.root, "imported");
    await mkdir(folder);
    const main = relative(folder, join(program, "index.js"));
    await writeFile(join(folder, "Pulumi.yaml"), `name: imported\nruntime: nodejs\nmain: ${main}\n`);
    stack = await engine.stackIn(folder, "test");
    await stack.expectOk(["config", "set", "airflow-env:store", `local:${join(engine.root, "store")}`]);
  });
  after(() => {
    engine?.dispose();
    rmSync(program, { recursive: true, force: true });
  });

  it("gives Airflow the same connections and Variables, and leaks nothing on the way", async () => {
    const at = (name: string) => join(stack.folder, name);
    await writeFile(at("connections.json"), JSON.stringify(CONNECTIONS));
    await writeFile(at("variables.json"), JSON.stringify(VARIABLES));
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end();
    const code = await runCli(
      [
        ...["import", "--connections", at("connections.json"), "--variables", at("variables.json")],
        ...["--output", join(program, "index.ts"), "--workspace", "data", "--stack", "test"],
      ],
      {
        openStore: () => Promise.reject(new Error("no store is needed")),
        terminal: streamTerminal(stdin, stdout, stderr, {}),
        workingFolder: stack.folder,
        environment: engine.environment({}),
        userName: () => "ana",
      },
    );
    const printed = `${String(stdout.read())}${String(stderr.read())}`;
    engine.transcript.push(printed);
    expect(code, printed).to.equal(0);

    const target = join(engine.root, "airflow");
    await appendFile(
      join(program, "index.ts"),
      `new airflow.Deployment("dev", { workspace, target: { directory: { path: ${JSON.stringify(target)} } } });\n`,
    );
    const source = await readFile(join(program, "index.ts"), "utf8");
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    await writeFile(join(program, "index.js"), outputText);
    await stack.up();

    expect(JSON.parse(await readFile(join(target, "connections.json"), "utf8"))).to.deep.equal(CONNECTIONS);
    expect(JSON.parse(await readFile(join(target, "variables.json"), "utf8"))).to.deep.equal({
      region: VARIABLES.region,
      config: JSON.stringify(VARIABLES.config),
    });
    await scanForCanary(engine, [PASSWORD], { except: [target, at("connections.json"), at("variables.json")] });
    expect(source).not.to.contain(PASSWORD);
    await stack.destroy();
  });
});
