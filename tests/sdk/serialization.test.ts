import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");
const compiled = join(root, "dist/sdk/dynamic-provider.js");
const KINDS = ["workspace", "deployment", "connection", "connection-link", "override", "variable", "variable-link"];
const VERBS = ["check", "diff", "create", "read", "update", "delete"];
/** Every resource in every state holds this text. */
const MAX_BYTES = 3_072;
const CANARY = "canary-5e1d";

/** A shell as Pulumi's host finds it in a state, with handlers that only say who was called. */
const CALL_ALL = `
const { handler } = require("require-from-string")(require("node:fs").readFileSync("shell.txt", "utf8"));
(async () => {
  const shell = handler();
  const calls = [];
  for (const verb of ${JSON.stringify(VERBS)}) calls.push(await shell[verb]("first", "second", "third"));
  console.log(JSON.stringify(calls));
})();`;

const HANDLERS = `
const handler = (kind) => Object.fromEntries(
  ${JSON.stringify(VERBS)}.map((verb) => [verb, async (...args) => [kind, verb, ...args]]),
);
exports.handlers = Object.fromEntries(${JSON.stringify(KINDS)}.map((kind) => [kind, handler(kind)]));`;

describe("the code that Pulumi stores in state", () => {
  const texts = new Map<string, string[]>();
  const textOf = (kind: string) => texts.get(kind)?.[0] ?? "";
  let folder: string;

  before(() => {
    if (!existsSync(compiled)) throw new Error("dist/sdk is missing: run npm run build first");
    folder = mkdtempSync(join(tmpdir(), "airflow-env-shell-"));
    const output = execFileSync(process.execPath, [join(__dirname, "serialize-shells.cjs"), compiled], {
      cwd: root,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], VAULT_TOKEN: CANARY, AWS_SECRET_ACCESS_KEY: CANARY, AIRFLOW_ENV_KEY: CANARY },
    });
    for (const { kind, text } of JSON.parse(output) as { kind: string; text: string }[])
      texts.set(kind, [...(texts.get(kind) ?? []), text]);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("exists for every kind and is the same each time", () => {
    expect([...texts.keys()]).to.have.members(KINDS);
    for (const [kind, all] of texts) {
      expect(all, kind).to.have.lengthOf(3);
      expect(new Set(all), kind).to.have.property("size", 1);
    }
  });

  for (const kind of KINDS) {
    it(`${kind}: is small, loads the handlers by the package's name and nothing else`, () => {
      const text = textOf(kind);
      expect(Buffer.byteLength(text)).to.be.within(500, MAX_BYTES - 1);
      expect(text).not.to.contain("require(");
      expect(text).not.to.contain("process");
      expect(text.match(/import\([^)]*\)/g)).to.deep.equal(['import("pulumi-airflow-env/provider/handlers")']);
    });

    it(`${kind}: holds nothing of the environment and no path of this machine`, () => {
      expect(textOf(kind)).not.to.contain(CANARY).and.not.to.contain(root);
    });

    it(`${kind}: calls the handler of its kind, verb by verb, with the arguments that the host gives`, () => {
      const project = join(folder, kind);
      const installed = join(project, "node_modules/pulumi-airflow-env");
      mkdirSync(join(installed, "provider"), { recursive: true });
      const manifest = { name: "pulumi-airflow-env", exports: { "./provider/handlers": "./provider/handlers.js" } };
      writeFileSync(join(installed, "package.json"), JSON.stringify(manifest));
      writeFileSync(join(installed, "provider/handlers.js"), HANDLERS);
      writeFileSync(join(project, "shell.txt"), textOf(kind));
      writeFileSync(join(project, "host.cjs"), CALL_ALL);
      const output = execFileSync(process.execPath, ["host.cjs"], {
        cwd: project,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], NODE_PATH: join(root, "node_modules") },
      });
      const given = { check: 2, diff: 3, create: 1, read: 2, update: 3, delete: 2 };
      const expected = Object.entries(given).map(([verb, count]) => [
        kind,
        verb,
        ...["first", "second", "third"].slice(0, count),
      ]);
      expect(JSON.parse(output)).to.deep.equal(expected);
    });
  }

  it("is the reviewed text: a change of it makes Pulumi update every resource of every user", () => {
    const reviewed = readFileSync(join(__dirname, "shell.snapshot.txt"), "utf8");
    for (const kind of KINDS)
      expect(textOf(kind), kind).to.equal(reviewed.replace('kind: "connection"', `kind: "${kind}"`));
  });
});
