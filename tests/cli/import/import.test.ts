import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { CANARY, contents, namedStore, run, type Outcome } from "../harness";

const root = join(__dirname, "../../..");

/** What the compiler says of a program; it need not exist as a file. */
function compile(text: string): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const file = join(__dirname, "imported-program.ts");
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, language, ...rest) =>
    name === file ? ts.createSourceFile(name, text, language) : getSourceFile.call(host, name, language, ...rest);
  const program = ts.createProgram([file], { ...options, types: ["node"] }, host);
  const own = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(own), ...program.getSemanticDiagnostics(own)].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, "\n"),
  );
}

describe("airflow-env import", function () {
  this.timeout(60_000);
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  const at = (name: string) => join(folder, name);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cli-import-"));
    const fake = join(__dirname, "fake-pulumi.mjs");
    await chmod(fake, 0o755);
    await symlink(fake, at("pulumi"));
    environment = {
      PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`,
      FAKE_PULUMI_CONFIG: at("config.json"),
      FAKE_PULUMI_LOG: at("calls.log"),
    };
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function importFrom(flag: string, name: string, content: unknown, ...more: string[]): Promise<Outcome> {
    await writeFile(at(name), typeof content === "string" ? content : JSON.stringify(content));
    return run([namedStore("a")], ["import", flag, at(name), "--output", at("index.ts"), ...more], {
      environment,
      workingFolder: folder,
    });
  }
  const program = () => readFile(at("index.ts"), "utf8");
  const config = async () => {
    const stored = JSON.parse(await readFile(at("config.json"), "utf8")) as Record<string, { value: string }>;
    return Object.fromEntries(Object.entries(stored).map(([key, { value }]) => [key.slice(2), value]));
  };

  const EXPORT = {
    warehouse: {
      conn_type: "postgres",
      description: null,
      login: "etl",
      password: `${CANARY}-1`,
      host: "db.internal",
      port: 5432,
      schema: "dw",
      extra: '{"sslmode": "require"}',
    },
    "gcp-main": {
      conn_type: "google_cloud_platform",
      extra: JSON.stringify({ project: "p", keyfile_dict: { private_key: `${CANARY}\n`, type: "service_account" } }),
    },
    custom: {
      conn_type: "my_own",
      host: `https://u:${CANARY}@h`,
      extra: { token: `${CANARY}\r\n`, nested: [{ a: true, b: null }], "a:b/c": { password: CANARY }, __proto__x: 1 },
    },
    hidden: { conn_type: "airbyte", port: 1 },
  };

  it("writes a program that compiles, with typed classes, and no secret in it", async () => {
    const { code, stdout, stderr } = await importFrom("--connections", "connections.json", EXPORT);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.contain("4 connections and 0 Variables written").and.to.contain("5 secrets set");
    const text = await program();
    expect(text).not.to.contain(CANARY);
    expect(text).to.contain(`new airflow.connections.Postgres("warehouse", {
  workspace,
  host: "db.internal",
  login: "etl",
  password: config.requireSecret("connection/warehouse/password"),
  schema: "dw",
  port: 5432,
  extra: {
    sslmode: "require",
  },
  sharing: "LinkedToAll",
});`);
    expect(text).to.contain('new airflow.Connection("custom", {\n  workspace,\n  connType: "my_own"');
    expect(text).to.contain('new airflow.Connection("hidden"');
    expect(compile(text)).to.deep.equal([]);
    const stored = await config();
    expect(Object.keys(stored).sort()).to.deep.equal([
      "connection/custom/extra/a%3Ab%2Fc",
      "connection/custom/extra/token",
      "connection/custom/host",
      "connection/gcp-main/extra/keyfile_dict",
      "connection/warehouse/password",
    ]);
    expect(stored["connection/custom/extra/token"]).to.equal(`${CANARY}\r\n`);
    expect(JSON.parse(stored["connection/gcp-main/extra/keyfile_dict"] ?? "")).to.deep.equal({
      private_key: `${CANARY}\n`,
      type: "service_account",
    });
    expect(await readFile(at("calls.log"), "utf8")).not.to.contain(CANARY);
  });

  it("gives the same bytes for the same input, and sets nothing twice", async () => {
    await importFrom("--connections", "connections.json", EXPORT);
    const [first, calls] = [await program(), (await readFile(at("calls.log"), "utf8")).split("\n").length];
    const backwards = Object.fromEntries(Object.entries(EXPORT).reverse());
    const again = await importFrom("--connections", "connections.json", backwards);
    expect(again.code).to.equal(0);
    expect(await program()).to.equal(first);
    expect((await readFile(at("calls.log"), "utf8")).split("\n").length).to.equal(calls + 1);
  });

  it("replaces neither a program nor a secret that is there, and then writes nothing", async () => {
    await writeFile(at("index.ts"), "// mine\n");
    const refused = await importFrom("--connections", "connections.json", EXPORT);
    expect(refused.code).to.equal(3);
    expect(refused.stderr).to.contain("is another program");
    expect(await program()).to.equal("// mine\n");
    await rm(at("index.ts"));
    await writeFile(at("config.json"), JSON.stringify({ "p:connection/warehouse/password": { value: "newer" } }));
    const secret = await importFrom("--connections", "connections.json", EXPORT);
    expect(secret.code).to.equal(3);
    expect(secret.stderr).to.contain("connection/warehouse/password").and.to.contain("pulumi config rm");
    expect(await config()).to.deep.equal({ "connection/warehouse/password": "newer" });
    expect(await program().catch(({ code }: NodeJS.ErrnoException) => code)).to.equal("ENOENT");
  });

  it("writes the language that the file's ending tells, and no other", async () => {
    const into = async (output: string) =>
      run([namedStore("a")], ["import", "--connections", at("c.json"), "--output", at(output)], {
        environment,
        workingFolder: folder,
      });
    await importFrom("--connections", "c.json", EXPORT);
    for (const [output, text] of [
      ["__main__.py", 'airflow.connections.Postgres(\n    "warehouse",\n    workspace=workspace,'],
      ["Main.yaml", "  warehouse:\n    type: airflow-env:connections:Postgres\n"],
    ] as const) {
      expect((await into(output)).code, output).to.equal(0);
      const written = await readFile(at(output), "utf8");
      expect(written).to.contain(text).and.to.contain("connection/warehouse/password");
      expect(written).not.to.contain(CANARY);
    }
    for (const [output, message] of [
      ["index.js", "must end in .ts (TypeScript), .py (Python), .yaml (YAML)"],
      ["Pulumi.yaml", "as Main.yaml"],
    ] as const) {
      const refused = await into(output);
      expect(refused.code, output).not.to.equal(0);
      expect(refused.stderr).to.contain(message);
    }
  });

  it("says why there is no writing the program, before any secret is set", async () => {
    await writeFile(at("c.json"), JSON.stringify(EXPORT));
    for (const [output, message] of [
      ["no/index.ts", "its folder does not exist"],
      ["c.json/index.ts", "its folder is not a folder"],
    ] as const) {
      const refused = await run([namedStore("a")], ["import", "--connections", at("c.json"), "--output", at(output)], {
        environment,
        workingFolder: folder,
      });
      expect(refused.code, output).to.equal(2);
      expect(refused.stderr).to.contain(`cannot write ${at(output)}: ${message}`);
    }
    expect(await readFile(at("calls.log"), "utf8").catch(({ code }: NodeJS.ErrnoException) => code)).to.equal("ENOENT");
  });

  it("writes nothing in a dry run", async () => {
    const { code, stdout } = await importFrom("--connections", "c.json", EXPORT, "--dry-run", "--json");
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({
      dryRun: true,
      connections: ["custom", "gcp-main", "hidden", "warehouse"],
    });
    expect(await program().catch(({ code }: NodeJS.ErrnoException) => code)).to.equal("ENOENT");
    expect(await readFile(at("calls.log"), "utf8")).not.to.contain("set");
  });

  it("puts secrets into the store when asked to", async () => {
    const store = namedStore("a");
    await writeFile(at("c.json"), JSON.stringify({ pg: { conn_type: "postgres", password: CANARY } }));
    const args = ["import", "--connections", at("c.json"), "--output", at("index.ts"), "--secrets", "store"];
    expect((await run([store], args, { environment, workingFolder: folder })).code).to.equal(2);
    const { code } = await run([store], [...args, "--store", "memory:a"], { environment, workingFolder: folder });
    expect(code).to.equal(0);
    expect(await program())
      .to.contain('airflow.valueFrom.store("connection-pg-password")')
      .and.not.to.contain("config");
    expect(Object.keys(await contents(store))).to.deep.equal(["airflow/values/connection-pg-password"]);
    const objects = await importFrom("--connections", "d.json", EXPORT, "--secrets", "store", "--store", "memory:a");
    expect(objects.code).to.equal(2);
    expect(objects.stderr).to.contain("--secrets pulumi");
  });

  it("lists what cannot survive by name, and leaves out only that", async () => {
    const { stdout } = await importFrom(
      "--connections",
      "c.json",
      {
        "a b": { conn_type: "http" },
        none: { host: "h" },
        number: 5,
        odd: {
          conn_type: "http",
          port: "80x",
          extra: "text",
          team_name: "t",
          password: "",
          description: "",
          host: "\ud800",
          is_encrypted: true,
        },
        big: { conn_type: "http", port: "443", extra: '{"n": 12345678901234567890, "ok": 1}' },
        uri: "http://u:p@h/x?flag=true#cut",
        bad: `http://u:${CANARY}#@h`,
      },
      "--json",
    );
    const { losses, connections } = JSON.parse(stdout);
    expect(connections).to.deep.equal(["big", "odd", "uri"]);
    expect(
      losses.map(({ id, field }: { id: string; field?: string }) => (field ? `${id}: ${field}` : id)).sort(),
    ).to.deep.equal([
      "a b",
      "bad",
      "big: extra.n",
      "none",
      "number",
      "odd: extra",
      "odd: host",
      "odd: port",
      "odd: team_name",
      "uri: extra.flag",
      "uri: uri",
    ]);
    const text = await program();
    expect(text).to.contain('new airflow.connections.Http("odd", {\n  workspace,\n  sharing');
    expect(text).to.contain("port: 443,\n  extra: {\n    ok: 1,\n  },");
    expect(text).to.contain('flag: "true"');
  });

  it("reads Variables as Airflow's own import does, digit for digit", async () => {
    await importFrom(
      "--variables",
      "variables.json",
      `{"text": "plain", "one": 1.0, "long": 12345678901234567890, "flag": true, "nothing": null, "list": [1.50, "a"],
        "described": {"value": {"k": "v"}, "description": "what it is"}, "object": {"a": {"b": 1e5}}, "a b": 1}`,
    );
    expect(await config()).to.deep.equal({
      "variable/text": "plain",
      "variable/one": "1.0",
      "variable/long": "12345678901234567890",
      "variable/flag": "true",
      "variable/nothing": "null",
      "variable/list": '[1.50,"a"]',
      "variable/described": '{"k":"v"}',
      "variable/object": '{"a":{"b":1e5}}',
    });
    expect(await program()).to.contain(`new airflow.Variable("described", {
  workspace,
  value: config.requireSecret("variable/described"),
  description: "what it is",
  sharing: "LinkedToAll",
});`);
  });

  it("reads exports in every form, airflow_settings.yaml and env files alike", async () => {
    const passwords = async () => Object.values(await config()).sort();
    const lines = `# comment\nA_B=postgres://u:p%40@h:1/db\nBroken\n`;
    const env = await importFrom("--connections", "c.env", lines);
    expect(env.stderr).to.contain("line 3 is no id=value");
    expect(await passwords()).to.deep.equal(["p@"]);
    expect(await program())
      .to.contain('Postgres("A_B"')
      .and.to.contain('host: "h"');
    await rm(at("index.ts"));

    await importFrom(
      "--connections",
      "c.yaml",
      `pg:\n  conn_type: postgres\n  password: '2024-01-01'\n  extra: '{"a": "b"}'\n`,
    );
    expect(await passwords()).to.deep.equal(["2024-01-01", "p@"]);
    await rm(at("index.ts"));

    const settings = `airflow:
  connections:
    - conn_id: astro
      conn_type: snowflake
      conn_host:
      conn_login: u
      conn_password: three
      conn_port:
      conn_extra:
        account: acme
    - conn_id:
      conn_type:
  pools:
    - pool_name: p
  variables:
    - variable_name: v
      variable_value: four
`;
    const astro = await importFrom("--airflow-settings", "airflow_settings.yaml", settings);
    expect(astro.stderr).to.contain("1 pools");
    expect(await passwords()).to.deep.equal(["2024-01-01", "four", "p@", "three"]);
    expect(await program())
      .to.contain('Snowflake("astro"')
      .and.to.contain('account: "acme"');
    await rm(at("index.ts"));

    await importFrom(
      "--env-file",
      ".env",
      `AIRFLOW_CONN_ENV='{"conn_type": "my-type", "password": "five"}'\nexport AIRFLOW_VAR_X="a\\nb" # c\nOTHER=1\nAIRFLOW_VAR_Y=plain # c\n`,
    );
    expect(await passwords()).to.include.members(["five", "a\nb", "plain"]);
    expect(await program())
      .to.contain('connType: "my_type"')
      .and.to.contain('Variable("x"');
  });

  it("reads the process's own environment", async () => {
    const args = ["import", "--environment", "--output", at("index.ts")];
    const own = { ...environment, AIRFLOW_CONN_PG: `postgres://u:${CANARY}@h`, AIRFLOW_VAR_KEY: CANARY };
    expect((await run([], args, { environment: own, workingFolder: folder })).code).to.equal(0);
    expect(Object.keys(await config()).sort()).to.deep.equal(["connection/pg/password", "variable/key"]);
  });

  it("says what is wrong with a file without its text", async () => {
    const stderr = async (flag: string, name: string, content: string) =>
      (await importFrom(flag, name, content)).stderr;
    expect(await stderr("--connections", "c.json", `{"a": "${CANARY}`)).to.contain("c.json: is not JSON");
    expect(await stderr("--variables", "v.json", `[1]`)).to.contain("ids and entries at the top");
    expect(await stderr("--connections", "c.txt", "x")).to.contain(".json, .yaml, .yml or .env");
    expect(await stderr("--airflow-settings", "s.yaml", `a: "${CANARY}\n b: [`)).to.contain("is not YAML: line");
    const missing = await run([], ["import", "--connections", at("no.json"), "--output", at("x.ts")]);
    expect(missing).to.deep.include({ code: 2, stderr: `error: cannot read ${at("no.json")}: it does not exist\n` });
    expect((await run([], ["import", "--output", at("x.ts")])).code).to.equal(2);
  });

  it("refuses an id that two sources have", async () => {
    await writeFile(at("d.env"), "AIRFLOW_CONN_WAREHOUSE=http://h\n");
    const { code, stderr } = await importFrom("--connections", "c.json", EXPORT, "--env-file", at("d.env"));
    expect(code).to.equal(2);
    expect(stderr).to.contain('connection "warehouse" is in two of the sources');
  });

  it("says what to do without pulumi", async () => {
    environment["PATH"] = "/nowhere";
    const { code, stderr } = await importFrom("--connections", "c.json", EXPORT);
    expect(code).to.equal(1);
    expect(stderr).to.contain("pulumi is not found on PATH").and.to.contain("--secrets store");
  });
});
