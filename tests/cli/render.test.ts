import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import sinon from "sinon";
import { envFile } from "../../cli/env-file";
import type { SecretsStore } from "../../provider/stores/store";
import { CANARY, fill, namedStore, run, runUnchecked, sampleDocuments } from "./harness";

const where = ["--store", "memory:a", "--workspace", "data"];

describe("airflow-env render", () => {
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

  const render = (...flags: string[]) => run([store], ["render", ...where, ...flags]);
  const written = async () => JSON.parse(await readFile(file, "utf8")) as Record<string, Record<string, unknown>>;

  it("writes what the Deployment gets, for the user's eyes only", async () => {
    const { code, stdout } = await render("--deployment", "prod", "--output", file);
    expect(code).to.equal(0);
    expect(stdout).to.equal(`1 connections of Deployment "prod" written to ${file}\n`);
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
    const dev = await render("--deployment", "dev", "--output", file, "--json");
    expect(JSON.parse(dev.stdout)).to.deep.include({ connections: ["api", "local"], format: "json" });
    expect(Object.keys(await written())).to.deep.equal(["api", "local"]);
    expect(await readdir(folder)).to.deep.equal(["connections.json"]);
  });

  it("makes an existing file private", async () => {
    await writeFile(file, "old");
    await chmod(file, 0o644);
    await render("--deployment", "prod", "--output", file);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  it("refuses while the Workspace does not allow it, without reading a connection", async () => {
    await fill(
      store,
      sampleDocuments().map(([key, document]) => [
        key,
        document.kind === "workspace" ? { ...document, secretsFetching: false } : document,
      ]),
    );
    const list = sinon.spy(store, "list");
    const { code, stderr } = await render("--deployment", "prod", "--output", file);
    expect(code).to.equal(3);
    expect(stderr).to.contain("secretsFetching: true");
    expect(list.called).to.equal(false);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it("prints secrets only when told to", async () => {
    const refused = await render("--deployment", "prod");
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.contain("--stdout");
    const { code, stdout } = await runUnchecked([store], ["render", ...where, "--deployment", "prod", "--stdout"]);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).warehouse.password).to.equal(CANARY);
    expect((await render("--deployment", "prod", "--stdout", "--output", file)).code).to.equal(2);
  });

  it("takes store and Workspace from the environment", async () => {
    sinon.stub(process, "env").value({ ...process.env, AIRFLOW_ENV_STORE: "memory:a", AIRFLOW_ENV_WORKSPACE: "data" });
    expect((await run([store], ["render", "--deployment", "prod", "--output", file])).code).to.equal(0);
  });

  it("writes an env file that its readers cannot misread", async () => {
    await render("--deployment", "dev", "--output", file, "--format", "env");
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => line.slice(0, line.indexOf("=")))).to.deep.equal([
      "AIRFLOW_CONN_API",
      "AIRFLOW_CONN_LOCAL",
    ]);
    const api = (lines[0] ?? "").slice("AIRFLOW_CONN_API=".length);
    expect(api).not.to.match(/[$#'`]/);
    expect(JSON.parse(api)).to.deep.include({ password: `${CANARY}-$HOME #'\`` });
  });

  it("refuses ids that are one environment variable", () => {
    expect(() => envFile({ pg: "{}", PG: "{}" })).to.throw(/"pg" and "PG" are both the variable AIRFLOW_CONN_PG/);
  });

  it("names what there is when the Deployment or the Workspace is missing", async () => {
    const { code, stderr } = await render("--deployment", "test", "--output", file);
    expect(code).to.equal(1);
    expect(stderr).to.contain("it has dev, prod");
    const nowhere = await run(
      [store],
      ["render", "--store", "memory:a", "--workspace", "x", "--deployment", "d", "--stdout"],
    );
    expect(nowhere.stderr).to.contain('holds no Workspace "x"');
  });

  it("says why a file cannot be written, and leaves nothing behind", async () => {
    const { code, stderr } = await render("--deployment", "prod", "--output", join(folder, "no", "file"));
    expect(code).to.equal(2);
    expect(stderr).to.contain("its folder does not exist");
    expect((await render("--deployment", "prod", "--output", folder)).stderr).to.contain("it is a folder");
    expect(await readdir(join(folder, ".."))).not.to.satisfy((names: string[]) =>
      names.some((name) => name.endsWith(".tmp")),
    );
  });

  it("warns when git would take the file along", async () => {
    execFileSync("git", ["init", "--quiet", folder]);
    expect((await render("--deployment", "prod", "--output", file)).stderr).to.contain("git does not ignore");
    await writeFile(join(folder, ".gitignore"), "connections.json\n");
    expect((await render("--deployment", "prod", "--output", file)).stderr).to.equal("");
  });
});
