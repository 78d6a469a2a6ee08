import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { listConnectionTypes } from "../../../catalog/lookup";
import { secretName, writeCode } from "../../../cli/ui/form/code";
import { inputs, readForm, type Filled } from "../../../cli/ui/form/draft";
import { formFields, ownFields, type FormField } from "../../../cli/ui/form/fields";
import { Engine } from "../engine";

const root = join(__dirname, "..", "..", "..");
const STORE = "local:.airflow-env";

/** A text that the field takes. */
function sample({ types, choices, path }: FormField): string {
  if (choices) return String(choices[0]);
  if (path === "host") return "db.internal";
  const texts = { boolean: "true", integer: "1", number: "1", array: '["x"]', object: '{"x": "y"}', string: "x" };
  return texts[types[0] ?? "string"];
}

/** Every field of a type, and a link to prod with every value of its own. */
function everything(connType: string): Filled {
  const fields = formFields(connType) ?? [];
  return Object.fromEntries([
    [inputs.id, connType],
    [inputs.link("prod"), "yes"],
    ...fields.map((field) => [field.isSecret ? inputs.secret(field) : inputs.value(field), sample(field)]),
    ...ownFields(fields).map((field) => [
      field.isSecret ? inputs.ownSecret("prod", field) : inputs.ownValue("prod", field),
      sample(field),
    ]),
  ]);
}

/** Values for the secrets of a type, by their names in the stack's configuration. */
function secretsOf(connType: string, fields: FormField[]): [name: string, value: string][] {
  const ofOwn = ownFields(fields).map((field) => ({ field, path: [connType, "prod"] }));
  return [...fields.map((field) => ({ field, path: [connType] })), ...ofOwn]
    .filter(({ field }) => field.isSecret)
    .map(({ field, path }) => [
      `form:${secretName(path, field)}`,
      sample({ ...field, path: "" }).replace("x", "secret-x"),
    ]);
}

function compile(files: string[], folder: string): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    strict: true,
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules", "@types")],
    outDir: folder,
    rootDir: folder,
  };
  const program = ts.createProgram(files, options);
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(
    ({ file, messageText }) => `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
  );
}

describe("code of the form, with every field of every connection type", function () {
  this.timeout(300_000);
  let engine: Engine;
  before(async () => (engine = await Engine.create()));
  after(() => engine.dispose());

  it("type-checks in a program that has the package, and previews without an error", async () => {
    const folder = join(engine.root, "form");
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(root, join(folder, "node_modules", "pulumi-airflow-env"));
    symlinkSync(join(root, "node_modules", "@pulumi"), join(folder, "node_modules", "@pulumi"));
    const types = listConnectionTypes().map(({ id }) => id);
    const config = new Map([["airflow-env:store", STORE]]);
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const files = types.map((connType) => {
      const read = readForm(connType, everything(connType), ["prod"], []);
      expect([...read.problems], connType).to.deep.equal([]);
      const { text, commands } = writeCode(read.draft, { workspace: "data", store: STORE });
      const secrets = secretsOf(connType, formFields(connType) ?? []);
      expect(commands.slice(1)).to.have.members(
        secrets.map(([name]) => name.replace("form:", "pulumi config set --secret ")),
      );
      for (const [name, value] of secrets) config.set(name, value);
      return write(`${connType}.ts`, text);
    });
    const base = write(
      "base.ts",
      `import * as airflow from "pulumi-airflow-env";
const workspace = new airflow.Workspace("data");
new airflow.Deployment("prod", { workspace, target: { directory: { path: "prod" } } });
`,
    );
    const index = write("index.ts", ["base", ...types].map((name) => `import "./${name}.js";\n`).join(""));
    expect(compile([base, index, ...files], folder)).to.deep.equal([]);

    // The page is over a store that holds the Workspace and its Deployments.
    write("package.json", JSON.stringify({ name: "form" }));
    write("Pulumi.yaml", "name: form\nruntime: nodejs\nmain: base.js\n");
    const stack = await engine.stackIn(folder, "test");
    write("Pulumi.test.yaml", JSON.stringify({ config: Object.fromEntries(config) }));
    expect((await stack.run(["up", "--yes", "--skip-preview"])).code).to.equal(0);
    write("Pulumi.yaml", "name: form\nruntime: nodejs\nmain: index.js\n");
    const { code, output } = await stack.run(["preview"]);
    expect(code, output.slice(-4000)).to.equal(0);
    expect(output).to.contain(`+ ${2 * types.length} to create`);
    // Of drivers, Airflow must be configured to take them: the preview says so.
    const warnings = output.split("\n").filter((line) => / {4}warning: /.test(line));
    expect(warnings.filter((line) => !line.includes("driver-in-extra"))).to.deep.equal([]);
  });
});
