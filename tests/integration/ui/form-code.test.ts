import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { dump, load } from "js-yaml";
import ts from "typescript";
import { listConnectionTypes } from "../../../catalog/lookup";
import type { Language } from "../../../cli/program/languages";
import { secretName, writeCode } from "../../../cli/ui/form/code";
import { inputs, readForm, type Filled } from "../../../cli/ui/form/draft";
import { formFields, ownFields, type FormField } from "../../../cli/ui/form/fields";
import { Engine, type Stack } from "../engine";
import { pythonWithSdk, writePlugin } from "../plugin-tools";

const root = join(__dirname, "..", "..", "..");

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
  this.timeout(600_000);
  const types = listConnectionTypes().map(({ id }) => id);
  let engine: Engine;
  let store: string;

  before(async () => {
    engine = await Engine.create();
    store = `local:${join(engine.root, "store")}`;
  });
  after(() => engine.dispose());

  function codeOf(connType: string, language: Language): string {
    const read = readForm(connType, everything(connType), ["prod"], []);
    expect([...read.problems], connType).to.deep.equal([]);
    const { text, commands } = writeCode(read.draft, { workspace: "data", store }, language);
    const secrets = secretsOf(connType, formFields(connType) ?? []);
    expect(commands.slice(1)).to.have.members(
      secrets.map(([name]) => name.replace("form:", "pulumi config set --secret ")),
    );
    return text;
  }

  function project(name: string, runtime: string, main = ""): (file: string, text: string) => string {
    const folder = join(engine.root, name);
    mkdirSync(folder, { recursive: true });
    const write = (file: string, text: string) => {
      writeFileSync(join(folder, file), text);
      return join(folder, file);
    };
    const secrets = types.flatMap((connType) => secretsOf(connType, formFields(connType) ?? []));
    const config = Object.fromEntries([["airflow-env:store", store], ...secrets]) as Record<string, string>;
    write("Pulumi.test.yaml", JSON.stringify({ config }));
    write("Pulumi.yaml", `name: form\nruntime: ${runtime}\n${main}`);
    return write;
  }

  async function expectPreview(stack: Stack): Promise<void> {
    const { code, output } = await stack.run(["preview"]);
    expect(code, output.slice(-4000)).to.equal(0);
    // A new stack is one more.
    const created = Number(/\+ (\d+) to create/.exec(output)?.[1]);
    expect(created).to.be.oneOf([2 * types.length, 2 * types.length + 1]);
    // Of drivers, Airflow must be configured to take them: the preview says so. The engine says where it found the plugin.
    const warnings = output.split("\n").filter((line) => / {4}warning: /.test(line));
    expect(warnings.filter((line) => !/driver-in-extra|from \$PATH/.test(line))).to.deep.equal([]);
  }

  it("type-checks in a program that has the package, and previews without an error", async () => {
    const write = project("typescript", "nodejs", "main: base.js\n");
    const folder = join(engine.root, "typescript");
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(root, join(folder, "node_modules", "pulumi-airflow-env"));
    symlinkSync(join(root, "node_modules", "@pulumi"), join(folder, "node_modules", "@pulumi"));
    const files = types.map((connType) => write(`${connType}.ts`, codeOf(connType, "typescript")));
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
    const stack = await engine.stackIn(folder, "test");
    project("typescript", "nodejs", "main: base.js\n");
    expect((await stack.run(["up", "--yes", "--skip-preview"])).code).to.equal(0);
    project("typescript", "nodejs", "main: index.js\n");
    await expectPreview(stack);
  });

  it("previews in Python", async () => {
    const write = project("python", "python");
    types.forEach((connType, index) => write(`type_${index}.py`, codeOf(connType, "python")));
    write("__main__.py", types.map((_, index) => `import type_${index}\n`).join(""));
    const { env } = await pythonWithSdk(engine.root, engine.environment({})["PATH"]);
    await expectPreview(await pluginStack("python", env["PATH"] ?? "", env));
  });

  it("previews in YAML", async () => {
    const write = project("yaml", "yaml");
    const programs = types.map((connType) => load(codeOf(connType, "yaml")) as Record<string, object>);
    const all = (section: string): object =>
      Object.assign({}, ...programs.map((program) => program[section])) as object;
    write("Main.yaml", dump({ config: all("config"), variables: all("variables"), resources: all("resources") }));
    const { ensurePulumiYaml } = await import("../../../tools/toolchain.mjs");
    const path = [(await ensurePulumiYaml()).binDir, engine.environment({})["PATH"]];
    await expectPreview(await pluginStack("yaml", path.join(delimiter)));
  });

  /** @param path - of the language's host. */
  async function pluginStack(name: string, path: string, env: Record<string, string> = {}): Promise<Stack> {
    const bin = join(engine.root, "bin");
    writePlugin(bin);
    const settings = readFileSync(join(engine.root, name, "Pulumi.test.yaml"), "utf8");
    const PATH = [bin, path].join(delimiter);
    const stack = await engine.stackIn(join(engine.root, name), name, { ...env, PATH });
    writeFileSync(join(engine.root, name, `Pulumi.${name}.yaml`), settings);
    return stack;
  }
});
