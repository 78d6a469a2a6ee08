import { expect } from "chai";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { pythonWithSdk } from "./plugin-tools";
import { copyExample, edit, go, goWithSdk, python, type Edit } from "./quickstart-languages";

const run = promisify(execFile);
const ROOT = join(__dirname, "../..");

/** What a checker prints, whether it passes or not. */
async function printed(command: string, args: string[], options: { cwd?: string; env: object }): Promise<string> {
  const env = { ...process.env, ...options.env };
  return run(command, args, { ...options, env }).then(
    ({ stdout, stderr }) => stdout + stderr,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );
}

describe("the SDKs of the plugin, and the type checkers of their languages", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-types-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Copies an example, changed where it shall be refused. */
  function copied(quickstart: typeof python, name: string, edits: Edit[]): string {
    const project = join(folder, name);
    copyExample(quickstart, project);
    edit(join(project, quickstart.program), ...edits);
    return project;
  }

  it("mypy takes the example in Python, and refuses each wrong field", async () => {
    const tool = await pythonWithSdk(folder);
    const check = (project: string) => {
      // The SDK's own modules are Pulumi's to check.
      const args = ["-m", "mypy", "--follow-imports=silent", "--cache-dir", join(folder, "mypy")];
      return printed(tool.python, [...args, join(project, python.program)], { env: { MYPYPATH: tool.installed } });
    };
    expect(await check(copied(python, "right-python", []))).to.contain("Success: no issues found");
    const wrong = await check(
      copied(python, "wrong-python", [
        ['sslmode="require"', 'sslmod="require"'],
        ['conn_type="http"', "conn_type=5"],
        [
          'fields=airflow.ConnectionValuesArgs(login="etl_prod")',
          'fields=airflow.ConnectionValuesArgs(user="etl_prod")',
        ],
        ["airflow.Sharing.LINKED_TO_ALL", "airflow.Sharing.NOBODY"],
      ]),
    );
    expect(wrong).to.contain('Unexpected keyword argument "sslmod"');
    expect(wrong).to.match(/No overload variant of "Connection" matches argument types .*"int"/);
    expect(wrong).to.contain('Unexpected keyword argument "user" for "ConnectionValuesArgs"');
    expect(wrong).to.contain('has no attribute "NOBODY"');
  });

  it("go vet takes the example in Go, and the compiler refuses each wrong field", async () => {
    const env = await goWithSdk(folder);
    const project = (name: string, edits: Edit[]) => {
      const cwd = copied(go, name, edits);
      go.installed?.(cwd, folder);
      return { cwd, env };
    };
    expect(await printed("go", ["vet", "./..."], project("right-go", []))).to.equal("");
    const wrong = project("wrong-go", [
      ["Sslmode:", "Sslmod:"],
      ["pulumi.Int(5432)", 'pulumi.String("5432")'],
      ['{Login: pulumi.String("etl_prod")}', '{User: pulumi.String("etl_prod")}'],
      ["airflowenv.SharingLinkedToAll", "airflowenv.SharingNobody"],
    ]);
    expect(await printed("go", ["vet", "./..."], wrong)).to.contain("vet: ");
    const refused = await printed("go", ["build", "-o", join(folder, "wrong"), "."], wrong);
    expect(refused).to.contain("unknown field Sslmod in struct literal of type connections.PostgresArgs");
    expect(refused).to.contain("as pulumi.IntPtrInput value in struct literal");
    expect(refused).to.contain("unknown field User in struct literal of type airflowenv.ConnectionValuesArgs");
    expect(refused).to.contain("undefined: airflowenv.SharingNobody");
  });

  it("tsc takes a program over the generated classes, and refuses each wrong field", async () => {
    const { writeSdk } = await import("../../tools/sdk.mjs");
    const packages = join(folder, "node_modules");
    mkdirSync(packages);
    for (const name of ["@pulumi", "@types"]) symlinkSync(join(ROOT, "node_modules", name), join(packages, name));
    const sdk = join(folder, "sdk-nodejs");
    await writeSdk("nodejs", sdk);
    const program = `import * as airflow from "./sdk-nodejs";
const data = new airflow.Workspace("data", { store: "local:.airflow-env" });
const workspace = { name: data.name, store: data.store };
const target = { directory: { path: "dev" } };
const dev = new airflow.Deployment("dev", { workspace, target });
const connection = new airflow.connections.Postgres("warehouse", { workspace, port: 5432, sslmode: "require" });
const pair = { workspace, connId: connection.connId, deployment: dev.name };
new airflow.Override("login", { ...pair, fields: { login: "etl" }, clear: ["extra.sslmode"] });
new airflow.Connection("alerts", { workspace, connType: "http", port: 443, sharing: "LinkedToAll" });
export const host = airflow.getConnectionOutput({ workspace: { name: "data" }, connId: "warehouse" }).host;
`;
    const right = join(folder, "right.ts");
    writeFileSync(right, program);
    const wrong = join(folder, "wrong.ts");
    writeFileSync(wrong, program);
    edit(
      wrong,
      ['sslmode: "require"', 'sslmod: "require"'],
      ["port: 443", 'port: "443"'],
      ['{ login: "etl" }', '{ user: "etl" }'],
      ['"LinkedToAll"', '"Nobody"'],
    );
    const options: ts.CompilerOptions = {
      ...{ strict: true, noEmit: true, skipLibCheck: true, types: ["node"], typeRoots: [join(packages, "@types")] },
      ...{
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.Node16,
        moduleResolution: ts.ModuleResolutionKind.Node16,
      },
    };
    const compiled = ts.createProgram([right, wrong], options);
    const problems = (file: string) =>
      compiled
        .getSemanticDiagnostics(compiled.getSourceFile(file))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
    expect(problems(right)).to.deep.equal([]);
    const refused = problems(wrong).join("\n");
    expect(refused).to.contain("'sslmod' does not exist in type");
    expect(refused).to.contain("Type 'string' is not assignable to type 'Input<number | undefined>'");
    expect(refused).to.contain("'user' does not exist in type");
    expect(refused).to.contain(`Type '"Nobody"' is not assignable to type 'Input<Sharing | undefined>'`);
  });
});
