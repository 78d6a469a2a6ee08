import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { listConnectionTypes } from "../../catalog/lookup";

const root = join(__dirname, "../..");
const docs = join(root, "docs/connections");

/** The code of every page, as files of their own that exist only for the compiler. */
function examples(): Map<string, string> {
  const files = new Map<string, string>();
  for (const page of readdirSync(docs)) {
    const blocks = [...readFileSync(join(docs, page), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)];
    blocks.forEach((block, index) => files.set(join(docs, `${page}.${index}.ts`), block[1] ?? ""));
  }
  return files;
}

const virtual = examples();
const typeTest = join(__dirname, "connections.types.ts");
const completion = join(__dirname, "completion.ts");
virtual.set(
  completion,
  `import * as airflow from "pulumi-airflow-env";
   declare const workspace: airflow.Workspace;
   new airflow.connections./*class*/;
   new airflow.Connection("x", { workspace, connType: "/*type*/" });
   new airflow.connections.Snowflake("x", { workspace, /*field*/ });
   new airflow.connections.Redis("x", { workspace, sslCertReqs: "/*enum*/" });`,
);

function languageService(): ts.LanguageService {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile) as { config: object };
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const read = (file: string): string | undefined => virtual.get(file) ?? ts.sys.readFile(file);
  return ts.createLanguageService({
    getCompilationSettings: () => ({ ...parsed.options, noUnusedLocals: false, types: ["node"] }),
    getScriptFileNames: () => [typeTest, ...virtual.keys()],
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const text = read(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => virtual.has(file) || ts.sys.fileExists(file),
    readFile: read,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
}

describe("types of the connection classes", () => {
  let service: ts.LanguageService;

  before(() => {
    service = languageService();
  });
  after(() => service.dispose());

  function problems(file: string): string[] {
    return [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].map((problem) => {
      const line = problem.file ? problem.file.getLineAndCharacterOfPosition(problem.start ?? 0).line + 1 : 0;
      return `${file}:${line} ${ts.flattenDiagnosticMessageText(problem.messageText, " ")}`;
    });
  }

  function completions(marker: string): string[] {
    const position = (virtual.get(completion) ?? "").indexOf(`/*${marker}*/`);
    const found = service.getCompletionsAtPosition(completion, position, {}) ?? { entries: [] };
    return found.entries.map((entry) => entry.name);
  }

  it("accept what is right and refuse what is wrong", () => {
    expect(problems(typeTest)).to.deep.equal([]);
  });

  it("fit every example of the reference pages, one per type", () => {
    const pages = [...virtual.keys()].filter((file) => file.startsWith(docs));
    expect(pages).to.have.lengthOf(listConnectionTypes().length);
    expect(pages.flatMap(problems)).to.deep.equal([]);
  });

  it("complete class names, connection types, inputs and enum values", () => {
    expect(completions("class")).to.include.members(["Snowflake", "Postgres", "GoogleCloudPlatform"]);
    expect(completions("type")).to.include.members(listConnectionTypes().map((type) => type.id));
    expect(completions("field")).to.include.members(["account", "insecureMode", "login", "extra", "description"]);
    expect(completions("field")).to.not.include.members(["host"]);
    expect(completions("enum")).to.have.members(["none", "optional", "required"]);
  });
});
