import { expect } from "chai";
import sinon from "sinon";
import { fill, namedStore, run, sampleDocuments } from "./harness";

describe("airflow-env store list", () => {
  it("shows names, types, sharing, links and which fields are set", async () => {
    const store = namedStore("a");
    await fill(store, sampleDocuments());
    const { code, stdout } = await run([store], ["store", "list", "memory:a"]);
    expect(code).to.equal(0);
    expect(stdout).to.equal(`Workspace "data" (acme/platform/prod::data, secrets fetching on)

CONNECTION  TYPE      SHARING                FIELDS                     LINKS       OVERRIDES    OWNER
api         http      LinkedToAll less prod  host password              -           -            acme/platform/prod::api
warehouse   postgres  Restricted             extra host login password  prod(host)  prod(login)  acme/platform/prod::warehouse
local       sqlite    only dev               host                       -           -            acme/platform/prod::local

DEPLOYMENT  TARGET     AIRFLOW  OWNER
dev         directory  -        acme/platform/prod::dev
prod        directory  -        acme/platform/prod::prod

VALUE  OWNER
token  cli/ana
`);
  });

  it("reads metadata only", async () => {
    const store = namedStore("a");
    await fill(store, sampleDocuments());
    for (const reading of ["find", "list"] as const) sinon.stub(store, reading).rejects(new Error("read a secret"));
    expect((await run([store], ["store", "list", "memory:a"])).code).to.equal(0);
  });

  it("gives the same to machines", async () => {
    const store = namedStore("a");
    await fill(store, sampleDocuments());
    const { stdout } = await run([store], ["store", "list", "memory:a", "--json"]);
    const [workspace] = JSON.parse(stdout).workspaces;
    expect(workspace).to.deep.include({ name: "data", owner: "acme/platform/prod::data", secretsFetching: true });
    expect(workspace.connections[1]).to.deep.equal({
      connId: "warehouse",
      connType: "postgres",
      sharing: "Restricted",
      exclude: [],
      fields: ["extra", "host", "login", "password"],
      links: { prod: ["host"] },
      overrides: { prod: ["login"] },
      owner: "acme/platform/prod::warehouse",
    });
  });

  it("tells an empty store from a missing Workspace", async () => {
    const store = namedStore("a");
    const empty = await run([store], ["store", "list", "memory:a"]);
    expect(empty).to.deep.include({ code: 0, stdout: 'store "memory:a" holds no Workspace\n' });
    const missing = await run([store], ["store", "list", "memory:a", "--workspace", "data"]);
    expect(missing.code).to.equal(1);
    expect((await run([store], ["store", "list", "memory:a", "--workspace", "../x"])).code).to.equal(2);
  });

  it("says so when the Workspace's own document is not there", async () => {
    const store = namedStore("a");
    await fill(store, sampleDocuments().slice(1));
    expect((await run([store], ["store", "list", "memory:a"])).stdout).to.contain("an unfinished copy");
  });

  it("shows no control characters from the store, and survives foreign metadata", async () => {
    const store = namedStore("a");
    const owner = "x\u001b]0;y\u0007\n";
    await store.put("w/values/v", "{}", JSON.stringify({ kind: "value", owner }), "absent");
    await store.put("w/values/w", "{}", "not json", "absent");
    const { code, stdout } = await run([store], ["store", "list", "memory:a"]);
    expect(code).to.equal(0);
    expect(stdout).to.contain("x?]0;y??");
  });

  it("shows which fields links and Overrides set, where the metadata says so", async () => {
    const store = namedStore("a");
    const metadata = {
      kind: "connection",
      links: { dev: ["host", "password"], prod: [] },
      overrides: { dev: ["port"] },
    };
    await store.put("w/connections/pg", "{}", JSON.stringify(metadata), "absent");
    const { stdout } = await run([store], ["store", "list", "memory:a"]);
    expect(stdout).to.contain("dev(host,password) prod").and.to.contain("dev(port)");
    const [workspace] = JSON.parse((await run([store], ["store", "list", "memory:a", "--json"])).stdout).workspaces;
    expect(workspace.connections[0]).to.deep.include({ links: metadata.links, overrides: metadata.overrides });
  });

  it("takes the store as the other verbs do", async () => {
    const store = namedStore("a");
    expect((await run([store], ["store", "list", "--store", "memory:a"])).code).to.equal(0);
    sinon.stub(process, "env").value({ ...process.env, AIRFLOW_ENV_STORE: "memory:a" });
    expect((await run([store], ["store", "list"])).code).to.equal(0);
  });

  it("fails for a local store that is not there, which a mistyped path looks like", async () => {
    const store = { ...namedStore("x"), kind: "local", address: "local:/no/where" };
    const { code, stdout, stderr } = await run([store], ["store", "list", "local:/no/where", "--json"]);
    expect(code).to.equal(1);
    expect(stderr).to.contain("there is no store at /no/where");
    expect(JSON.parse(stdout).error.code).to.equal("not-found");
  });
});
