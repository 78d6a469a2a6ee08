import { execFileSync } from "node:child_process";
import { appendFile, chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import sinon from "sinon";
import { type ConnectionDocument, type DeploymentDocument } from "../../provider/environment/documents";
import type { SecretsStore } from "../../provider/stores/store";
import { CANARY, fill, namedStore, run, runUnchecked, sampleDocuments } from "./harness";
import { documentKeys } from "../../provider/environment/keys";

function connectionDocument(connId: string): ConnectionDocument {
  const base = { connType: "http", host: "h" };
  return {
    kind: "connection",
    id: connId,
    owner: "o",
    base,
    sharing: "Restricted",
    exclude: [],
    links: {},
    overrides: {},
  };
}

function deploymentDocument(name: string, secretsFetching: boolean): DeploymentDocument & { secretsFetching: boolean } {
  return { secretsFetching, kind: "deployment", name, owner: "o", target: { directory: { path: "out" } } };
}

const where = ["--store", "memory:a", "--workspace", "data"];

describe("airflow-env fetch", () => {
  let folder: string;
  let file: string;
  let store: SecretsStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cli-render-"));
    file = join(folder, "connections.json");
    store = namedStore("a");
    await fill(store, sampleDocuments());
  });
  afterEach(() => rm(folder, { recursive: true }));

  const fetch = (...flags: string[]) => run([store], ["fetch", ...where, ...flags]);
  const switchOff = () =>
    fill(
      store,
      sampleDocuments().flatMap(([key, document]) =>
        document.kind === "workspace" ? [[key, { ...document, secretsFetching: false }]] : [],
      ),
    );
  const written = async () => JSON.parse(await readFile(file, "utf8")) as Record<string, Record<string, unknown>>;

  it("writes what the Deployment gets, for the user's eyes only", async () => {
    const { code, stdout } = await fetch("--deployment", "prod", "--output", file);
    expect(code).to.equal(0);
    expect(stdout).to.equal(`1 connection of Deployment "prod" written to ${file}\n`);
    expect(await written()).to.deep.equal({
      warehouse: {
        conn_type: "postgres",
        host: "db.prod",
        login: "etl_prod",
        password: CANARY,
        extra: { sslmode: "require" },
      },
    });
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const dev = await fetch("--deployment", "dev", "--output", file, "--json");
    expect(JSON.parse(dev.stdout)).to.deep.include({ connections: ["api", "local"], format: "json" });
    expect(Object.keys(await written())).to.deep.equal(["api", "local"]);
    expect(await readdir(folder)).to.deep.equal(["connections.json"]);
  });

  it("makes an existing file private", async () => {
    await fetch("--deployment", "dev", "--output", file);
    await chmod(file, 0o644);
    await fetch("--deployment", "prod", "--output", file);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  it("refuses while the Workspace does not allow it, without reading a connection", async () => {
    await switchOff();
    const list = sinon.spy(store, "list");
    const { code, stderr } = await fetch("--deployment", "prod", "--output", file);
    expect(code).to.equal(3);
    expect(stderr).to.contain("secretsFetching: true");
    expect(list.called).to.equal(false);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it("prints secrets only when told to", async () => {
    const refused = await fetch("--deployment", "prod");
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.contain("--stdout");
    const { code, stdout } = await runUnchecked([store], ["fetch", ...where, "--deployment", "prod", "--stdout"]);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).warehouse.password).to.equal(CANARY);
    expect((await fetch("--deployment", "prod", "--stdout", "--output", file)).code).to.equal(2);
  });

  it("takes store and Workspace from the environment", async () => {
    sinon.stub(process, "env").value({ ...process.env, AIRFLOW_ENV_STORE: "memory:a", AIRFLOW_ENV_WORKSPACE: "data" });
    expect((await run([store], ["fetch", "--deployment", "prod", "--output", file])).code).to.equal(0);
  });

  it("writes an env file that its readers cannot misread", async () => {
    await fetch("--deployment", "dev", "--output", file, "--format", "env");
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => /^[^#]/.test(line));
    expect(lines.map((line) => line.slice(0, line.indexOf("=")))).to.deep.equal([
      "AIRFLOW_CONN_API",
      "AIRFLOW_CONN_LOCAL",
    ]);
    const api = (lines[0] ?? "").slice("AIRFLOW_CONN_API=".length);
    expect(api).not.to.match(/[$#'`]/);
    expect(JSON.parse(api)).to.deep.include({ password: `${CANARY}-$HOME #'\`` });
  });

  it("names what there is when the Deployment or the Workspace is missing", async () => {
    const { code, stderr } = await fetch("--deployment", "test", "--output", file);
    expect(code).to.equal(1);
    expect(stderr).to.contain("it has dev, prod");
    const nowhere = await run(
      [store],
      ["fetch", "--store", "memory:a", "--workspace", "x", "--deployment", "d", "--stdout"],
    );
    expect(nowhere.stderr).to.contain('holds no Workspace "x"');
  });

  it("says why a file cannot be written, and leaves nothing behind", async () => {
    const { code, stderr } = await fetch("--deployment", "prod", "--output", join(folder, "no", "file"));
    expect(code).to.equal(2);
    expect(stderr).to.contain("its folder does not exist");
    expect((await fetch("--deployment", "prod", "--output", folder)).stderr).to.contain("it is a folder");
    expect(await readdir(join(folder, ".."))).not.to.satisfy((names: string[]) =>
      names.some((name) => name.endsWith(".tmp")),
    );
  });

  it("refuses a file that git would take along, and writes nothing", async () => {
    execFileSync("git", ["init", "--quiet", folder]);
    const refused = await fetch("--deployment", "prod", "--output", file);
    expect(refused.code).to.equal(3);
    expect(refused.stderr).to.contain("git would commit").and.to.contain(".gitignore");
    expect(await readdir(folder)).to.deep.equal([".git"]);
    await writeFile(join(folder, ".gitignore"), "connections.json\n");
    expect((await fetch("--deployment", "prod", "--output", file)).stderr).to.equal("");
  });

  it("never replaces a file that is not ours", async () => {
    for (const format of ["json", "airflow-settings"])
      for (const own of ['{"mine": {"conn_type": "http"}}\n', "airflow:\n  connections: []\n", "text"]) {
        await writeFile(file, own);
        const refused = await fetch("--deployment", "prod", "--output", file, "--format", format);
        expect(refused.code).to.equal(3);
        expect(refused.stderr).to.contain("was not written by airflow-env");
        expect(await readFile(file, "utf8")).to.equal(own);
      }
    await writeFile(file, "");
    for (let times = 0; times < 2; times++)
      for (const deployment of ["prod", "dev"])
        expect((await fetch("--deployment", deployment, "--output", file)).code).to.equal(0);
  });

  it("keeps what else an env file holds, byte for byte, and the link to it", async () => {
    const before = Buffer.from("\u00e9 MY=keepme\r\n\xff\nLAST='no newline'", "latin1");
    await writeFile(file, before);
    const link = join(folder, ".env");
    await symlink(file, link);
    const env = (deployment: string) => fetch("--deployment", deployment, "--format", "env", "--output", link);
    expect((await env("dev")).code).to.equal(0);
    const first = await readFile(file);
    expect(first.subarray(0, before.length).equals(before)).to.equal(true);
    expect(first.toString("latin1")).to.contain("AIRFLOW_CONN_LOCAL=");
    await appendFile(file, "AIRFLOW_CONN_WAREHOUSE=mine\n");
    const { code, stderr } = await env("prod");
    expect(code).to.equal(0);
    expect(stderr).to.contain("sets AIRFLOW_CONN_WAREHOUSE outside of our block too");
    const second = await readFile(file, "latin1");
    expect(second).not.to.contain("AIRFLOW_CONN_LOCAL=");
    expect(second.startsWith(before.toString("latin1"))).to.equal(true);
    expect(second.endsWith("\nAIRFLOW_CONN_WAREHOUSE=mine\n")).to.equal(true);
    await env("prod");
    expect(await readFile(file, "latin1")).to.equal(second);
    expect((await lstat(link)).isSymbolicLink()).to.equal(true);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  it("leaves an env file with broken markers alone", async () => {
    for (const broken of ["# >>> airflow-env >>>\nA=1\n", "# <<< airflow-env <<<\n# >>> airflow-env >>>\n"]) {
      await writeFile(file, broken);
      const { code, stderr } = await fetch("--deployment", "dev", "--format", "env", "--output", file);
      expect(code).to.equal(3);
      expect(stderr).to.contain("broken airflow-env markers");
      expect(await readFile(file, "utf8")).to.equal(broken);
    }
  });

  it("names what an env file cannot carry, writes the rest, and exits with 3", async () => {
    await fill(
      store,
      ["etl-own", "a.b", "pg", "PG"].map((connId) => [
        documentKeys.connection("data", connId),
        { ...connectionDocument(connId), sharing: "LinkedToAll" },
      ]),
    );
    const { code, stdout, stderr } = await fetch("--deployment", "dev", "--format", "env", "--output", file, "--json");
    expect(code).to.equal(3);
    for (const id of ["etl-own", "a.b", "pg", "PG"]) expect(stderr).to.contain(`connection "${id}"`);
    expect(stderr).to.contain("--format json");
    const { details } = JSON.parse(stdout).error;
    expect(details.leftOut.map(({ id }: { id: string }) => id)).to.deep.equal(["PG", "a.b", "etl-own", "pg"]);
    expect(details.connections).to.include("api");
    const names = (await readFile(file, "utf8")).split("\n").map((line) => line.split("=")[0]);
    expect(names).to.include.members(["AIRFLOW_CONN_API", "AIRFLOW_CONN_LOCAL"]);
    expect(names.join()).not.to.match(/ETL|PG|A\.B/);
  });

  it("writes Astro's airflow_settings.yaml", async () => {
    const { code, stderr } = await fetch("--deployment", "prod", "--format", "airflow-settings", "--output", file);
    expect([code, stderr]).to.deep.equal([0, ""]);
    const { load } = await import("js-yaml");
    expect(load(await readFile(file, "utf8"))).to.deep.equal({
      airflow: {
        connections: [
          {
            conn_id: "warehouse",
            conn_type: "postgres",
            conn_host: "db.prod",
            conn_login: "etl_prod",
            conn_password: CANARY,
            conn_extra: '{"sslmode":"require"}',
          },
        ],
        pools: [],
        variables: [],
      },
    });
    expect((await fetch("--deployment", "dev", "--format", "airflow-settings", "--output", file)).code).to.equal(0);
  });

  it("gives the Workspace's shared connections when no Deployment is meant", async () => {
    const { code, stdout } = await fetch("--no-deployment", "--output", file);
    expect(code).to.equal(0);
    expect(stdout).to.contain('2 connections of Workspace "data"');
    expect((await written())["warehouse"]).to.deep.include({ host: "db", login: "etl" });
  });

  it("lets a Deployment's own secretsFetching come before the Workspace's", async () => {
    const allow = (allowed: boolean) =>
      fill(store, [[documentKeys.deployment("data", "dev"), deploymentDocument("dev", allowed)]]);
    await allow(false);
    const refused = await fetch("--deployment", "dev", "--output", file);
    expect(refused.code).to.equal(3);
    expect(refused.stderr).to.contain('Deployment "dev" does not allow');
    await switchOff();
    expect((await fetch("--deployment", "prod", "--output", file)).code).to.equal(3);
    await allow(true);
    expect((await fetch("--deployment", "dev", "--output", file)).code).to.equal(0);
    expect((await fetch("--no-deployment", "--output", file)).code).to.equal(3);
  });

  it("still answers to its former name", async () => {
    expect((await run([store], ["render", ...where, "--deployment", "prod", "--output", file])).code).to.equal(0);
  });
});
