import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { documentKeys } from "../../../provider/environment/keys";
import type { Imported } from "../../../cli/import/imported";
import { readConnectionsExport, readVariablesExport } from "../../../cli/import/read-export";
import { openStore } from "../../../provider/stores/registry";
import type { SecretsStore } from "../../../provider/stores/store";
import { fill, sampleDocuments } from "../../cli/harness";
import { inputs } from "../../fakes/world";
import { Stack } from "../../provider/resources/stack";

const root = join(__dirname, "../../..");

/** Hard for one form of an export or another. */
const CONNECTIONS: Record<string, Record<string, unknown>> = {
  plain: { conn_type: "postgres", host: "db.internal", login: "etl", password: "pw", schema: "dw", port: 5432 },
  hard: {
    conn_type: "google_cloud_platform",
    description: "ünï: 'quoted' \"twice\" #5\nsecond line",
    host: "https://Host.Example/Path",
    login: "user@example.com",
    password: "p:/?#[]@!$&'()*+,;= %41\\é日本👩🏽‍🚀",
    schema: "a/b c",
    port: 65535,
    extra: {
      text: "x",
      flag: true,
      none: null,
      number: 1.5,
      deep: { list: [1, { a: "ß" }], pem: "-----\nkey\n-----\n" },
    },
  },
  ipv6: { conn_type: "http", host: "2001:db8::1", port: 80 },
  texts: { conn_type: "http", host: "h", extra: { a: "5", b: "true", "c d": "e&f=g", __extra: "{}" } },
  socket: { conn_type: "mysql", host: "/var/run/Sock", login: "", password: "p" },
};

/** Texts of Variables; Airflow's export loses the form of some, but not what they mean. */
const VARIABLES: Record<string, string> = {
  text: "a 'b' \"c\" é\nsecond line",
  number: "1.50",
  long: "12345678901234567890",
  object: '{"a": [1, 2.0, null, "x"]}',
  word: "true",
  empty: "",
};

/** A DAG that tells what its task was given. */
const PROBE = `import os
from datetime import datetime

try:
    from airflow.sdk import DAG, Connection, Variable, task
    connection = Connection.get
except ImportError:
    from airflow import DAG
    from airflow.decorators import task
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable
    connection = BaseHook.get_connection

with DAG("probe", start_date=datetime(2024, 1, 1), schedule=None):

    @task
    def look():
        with open(os.environ["PROBE_RESULT"], "w") as result:
            result.write(f"{connection('warehouse').host} {Variable.get('region')}")

    look()
`;

for (const version of ["3.3.2", "2.11.2"] as const)
  describe(`airflow-env beside Airflow ${version}`, function () {
    this.timeout(600_000);
    let folder: string;
    let python: string;
    let environment: NodeJS.ProcessEnv;
    let address: string;
    const at = (name: string) => join(folder, name);

    before(async () => {
      const { ensureAirflow } = await import("../../../tools/toolchain.mjs");
      ({ python } = await ensureAirflow(version));
      folder = await mkdtemp(join(tmpdir(), "airflow-cli-"));
      await mkdir(at("home"));
      address = `local:${at("store")}`;
      environment = {
        PATH: `${dirname(python)}:${process.env["PATH"]}`,
        HOME: folder,
        XDG_CONFIG_HOME: at("config"),
        AIRFLOW_HOME: at("home"),
        AIRFLOW__CORE__LOAD_EXAMPLES: "False",
        AIRFLOW__LOGGING__LOGGING_LEVEL: "ERROR",
        PYTHONWARNINGS: "ignore",
        LANG: "C.UTF-8",
      };
    });
    after(() => folder && rm(folder, { recursive: true }));

    async function inStore(work: (store: SecretsStore) => Promise<void>): Promise<void> {
      const before = process.env["XDG_CONFIG_HOME"];
      process.env["XDG_CONFIG_HOME"] = at("config");
      const store = await openStore(address);
      try {
        await work(store);
      } finally {
        await store.close();
        if (before === undefined) delete process.env["XDG_CONFIG_HOME"];
        else process.env["XDG_CONFIG_HOME"] = before;
      }
    }

    async function command(
      file: string,
      args: string[],
      input = "",
    ): Promise<{ code: number | null; stdout: string; stderr: string }> {
      const child = spawn(file, args, { cwd: root, env: environment });
      child.stdin.end(input);
      const code = new Promise<number | null>((resolve) => child.on("close", resolve));
      const [stdout, stderr, ended] = await Promise.all([text(child.stdout), text(child.stderr), code]);
      return { code: ended, stdout, stderr };
    }

    it("imports what Airflow exports, in every form", async () => {
      await writeFile(at("seed.json"), JSON.stringify(CONNECTIONS));
      const forms = ["json", "yaml", "env"];
      const request = {
        before: [
          ["db", "migrate"],
          ["connections", "import", at("seed.json")],
        ],
        variables: VARIABLES,
        after: [
          ...forms.map((form) => ["connections", "export", at(`connections.${form}`)]),
          ["connections", "export", at("json.env"), "--serialization-format", "json"],
          ["variables", "export", at("variables.json")],
        ],
      };
      const exported = await command(python, [join(__dirname, "airflow_cli.py")], JSON.stringify(request));
      expect(exported.code, exported.stderr).to.equal(0);

      for (const form of [...forms.map((name) => `connections.${name}`), "json.env"]) {
        const imported = await readConnectionsExport(at(form));
        expect(fieldsOf(imported), form).to.deep.equal(wanted(form === "connections.env"));
      }
      await expectTakenAsExported(JSON.parse(await readFile(at("connections.json"), "utf8")) as Record<string, object>);
      const { variables, losses } = await readVariablesExport(at("variables.json"));
      expect(losses).to.deep.equal([]);
      const texts = Object.fromEntries(variables.map(({ id, value }) => [id, value]));
      const { object, ...others } = texts;
      const { object: wantedObject, ...wantedOthers } = VARIABLES;
      expect(JSON.parse(object ?? "")).to.deep.equal(JSON.parse(wantedObject ?? ""));
      // Airflow itself exports 1.50 as a number, which is 1.5.
      expect(others).to.deep.equal({ ...wantedOthers, number: "1.5" });
    });

    it("runs Airflow with the overridden connection and the Variable of a Deployment", async () => {
      await inStore((store) =>
        fill(store, [
          ...sampleDocuments(),
          [
            documentKeys.object("data", { collection: "variables" }, "region"),
            {
              kind: "variable",
              id: "region",
              owner: "o",
              base: { value: "eu" },
              sharing: "LinkedToAll",
              exclude: [],
              links: {},
              overrides: {},
            },
          ],
        ]),
      );

      const run = (...args: string[]) =>
        command(process.execPath, [
          ...["--import", "tsx", join(root, "cli/main.ts"), "run", "--store", address, "--deployment", "prod", "--"],
          ...args,
        ]);
      const connection = await run("airflow", "connections", "get", "warehouse", "--output", "json");
      expect(connection.code, connection.stderr).to.equal(0);
      expect(connection.stdout).to.contain("db.prod").and.to.contain("etl_prod");
      const variable = await run("airflow", "variables", "get", "region");
      expect(variable.code, variable.stderr).to.equal(0);
      expect(variable.stdout.trim().split("\n").at(-1)).to.equal("eu");

      // The database is there: the export before made it.
      await mkdir(at("home/dags"), { recursive: true });
      await writeFile(at("home/dags/probe.py"), PROBE);
      environment["PROBE_RESULT"] = at("probe.txt");
      const dag = await run("airflow", "dags", "test", "probe");
      expect(dag.code, dag.stderr + dag.stdout).to.equal(0);
      expect(await readFile(at("probe.txt"), "utf8")).to.equal("db.prod eu");

      // What pulumi up leaves of an unlinked connection and a Variable that is gone.
      await inStore(async (store) => {
        const documents = new Map(sampleDocuments());
        const warehouse = documents.get(documentKeys.connection("data", "warehouse"));
        await fill(store, [
          [documentKeys.connection("data", "warehouse"), { ...warehouse, links: {}, overrides: {} } as never],
        ]);
        const region = await store.find(documentKeys.object("data", { collection: "variables" }, "region"));
        if (region) await store.delete(region.key, region.version);
      });
      expect((await run("airflow", "connections", "get", "warehouse")).code).not.to.equal(0);
      expect((await run("airflow", "variables", "get", "region")).code).not.to.equal(0);
    });
  });

/** What Airflow exports is a connection's declaration as it is. */
async function expectTakenAsExported(exported: Record<string, object>): Promise<void> {
  expect(Object.keys(exported)).to.include.members(Object.keys(CONNECTIONS));
  const stack = new Stack();
  await stack.createWorkspace();
  for (const [connId, entry] of Object.entries(exported)) {
    const { connType: _, ...declared } = inputs.connection(connId, entry);
    const { checked } = await stack.resource("connection").preview(declared);
    expect(checked.failures, connId).to.deep.equal([]);
  }
}

/** A URI has no description, and its empty texts are unset ones. */
function wanted(isUri: boolean): Record<string, unknown> {
  const entries = Object.entries(CONNECTIONS).map(([id, { description, login, ...fields }]) => {
    const kept = {
      ...fields,
      ...(description !== undefined && !isUri && { description }),
      ...(login !== undefined && !(isUri && login === "") && { login }),
    };
    return [id, kept];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function fieldsOf({ connections }: Imported): Record<string, unknown> {
  return Object.fromEntries(
    connections.map(({ id, fields: { connType, ...fields } }) => [id, { conn_type: connType, ...fields }]),
  );
}
