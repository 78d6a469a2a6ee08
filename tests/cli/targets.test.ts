import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { targetsOfThisProcess } from "../../provider/context";
import { documentKeys } from "../../provider/environment/keys";
import { Projector } from "../../provider/projection/projector";
import type { SecretsStore } from "../../provider/stores/store";
import { WorkspaceStore } from "../../provider/workspace/workspace-store";
import { CANARY, fill, namedStore, run, sampleDocuments } from "./harness";

describe("airflow-env diff and sync", () => {
  let folder: string;
  let store: SecretsStore;
  const file = (deployment: string) => join(folder, deployment, "connections.json");

  /** As the Deployments' own stack does. */
  async function up(...deployments: string[]): Promise<void> {
    const documents = new WorkspaceStore("data", store);
    await documents.snapshot();
    expect(await new Projector(documents, targetsOfThisProcess()).projectAll(deployments)).to.deep.equal([]);
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cli-targets-"));
    store = namedStore("a");
    await fill(
      store,
      sampleDocuments().map(([key, document]) => [
        key,
        document.kind === "deployment" && "name" in document
          ? { ...document, target: { directory: { path: join(folder, document.name) } } }
          : document,
      ]),
    );
  });
  afterEach(() => rm(folder, { recursive: true }));

  const cli = (...args: string[]) => run([store], [...args, "--store", "memory:a"]);

  it("tells equal, different and failed apart, by names and never by values", async () => {
    await up("dev", "prod");
    expect((await cli("diff")).code).to.equal(0);
    const content = JSON.parse(await readFile(file("prod"), "utf8")) as Record<string, Record<string, unknown>>;
    content["warehouse"] = { ...content["warehouse"], password: `${CANARY}-other`, extra: { sslmode: "off", more: 1 } };
    content["stray"] = { conn_type: "http" };
    await writeFile(file("prod"), JSON.stringify(content));
    const different = await cli("diff");
    expect(different.code).to.equal(2);
    expect(different.stdout).to.contain('Deployment "dev"').and.to.contain(": equal");
    expect(different.stdout).to.contain('connection "warehouse" differs: extra.more, extra.sslmode, password');
    expect(different.stdout).to.contain('connection "stray" is there alone');
    expect((await cli("diff", "--deployment", "dev")).code).to.equal(0);
    const { deployments } = JSON.parse((await cli("diff", "--json")).stdout);
    expect(deployments[1].differences).to.deep.include({ file: "connections", id: "stray", change: "unknown" });
    for (const wrong of [
      ["diff", "--nope"],
      ["diff", "--deployment", "x"],
      ["diff", "--deployment", "../x"],
    ])
      expect((await cli(...wrong)).code, wrong.join(" ")).to.equal(1);
    expect((await run([], ["diff"])).code).to.equal(1);
  });

  it("writes targets again, each by itself", async () => {
    await up("dev", "prod");
    await writeFile(file("prod"), "{}");
    const synced = await cli("sync");
    expect(synced).to.deep.include({ code: 0, stderr: "" });
    expect(synced.stdout).to.equal("2 of 2 Deployments are up to date\n");
    expect((await cli("diff")).code).to.equal(0);
  });

  it("makes no target: that is for the Deployment's own stack", async () => {
    await up("dev");
    const missing = await cli("diff", "--json");
    expect(missing.code).to.equal(2);
    expect(JSON.parse(missing.stdout).deployments[1].reason).to.equal(
      "missing; the next pulumi up of the Deployment's own stack (acme/platform/prod::prod) restores it",
    );
    const { code, stdout, stderr } = await cli("sync");
    expect(code).to.equal(1);
    expect(stdout).to.contain("1 of 2 Deployments");
    expect(stderr).to.contain('Deployment "prod"').and.to.contain("pulumi up");
    expect(await readdir(folder)).to.deep.equal(["dev"]);
    const json = JSON.parse((await cli("sync", "--json")).stdout);
    expect(json.upToDate).to.deep.equal(["dev"]);
    expect(json.failed[0].deployment).to.equal("prod");
  });
});

describe("airflow-env list and show", () => {
  let store: SecretsStore;

  beforeEach(async () => {
    store = namedStore("a", {
      before: ({ operation }) => {
        if (operation === "find" || operation === "list") throw new Error("read a secret");
      },
    });
    const source = namedStore("source");
    await fill(source, [
      ...sampleDocuments(),
      [
        documentKeys.object("data", { collection: "variables" }, "region"),
        {
          kind: "variable",
          id: "region",
          owner: "o",
          base: { value: CANARY },
          sharing: "LinkedToAll",
          exclude: [],
          links: { prod: { owner: "o", overrides: { value: CANARY } } },
          overrides: {},
        },
      ],
    ]);
    for (const { key, metadata } of await source.listMetadata("")) await store.put(key, "{}", metadata, "absent");
  });

  const cli = (...args: string[]) => run([store], [...args, "--store", "memory:a"]);

  it("show who gets what, reading metadata only", async () => {
    expect((await cli("list")).stdout).to.equal(`KIND        ID         dev  prod
connection  api        all  -
connection  local      own  -
connection  warehouse  -    link *
variable    region     all  link *
* with values of its own
`);
    const { objects } = JSON.parse((await cli("list", "--json")).stdout);
    expect(objects[2]).to.deep.equal({
      kind: "connection",
      id: "warehouse",
      deployments: { prod: { through: "link", ownValues: true } },
    });
  });

  it("show where each field of a Deployment's objects comes from", async () => {
    expect((await cli("list", "--deployment", "prod")).stdout).to
      .equal(`KIND        ID         TYPE      THROUGH  FIELDS
connection  warehouse  postgres  link     extra host(link) login(override) password
variable    region     -         link     value(link)
`);
    const { objects } = JSON.parse((await cli("list", "--deployment", "dev", "--json")).stdout);
    expect(objects[0]).to.deep.equal({
      kind: "connection",
      id: "api",
      connType: "http",
      through: "all",
      fields: { host: "base", password: "base" },
    });
  });

  it("show one object", async () => {
    const { stdout } = await cli("show", "warehouse");
    expect(stdout).to.contain("postgres").and.to.contain("host(link) login(override)");
    expect(
      JSON.parse((await cli("show", "warehouse", "--deployment", "prod", "--json")).stdout).objects[0].deployments,
    ).to.have.keys(["prod"]);
    const not = await cli("show", "warehouse", "--deployment", "dev");
    expect(not.code).to.equal(1);
    expect(not.stderr).to.contain('Deployment "dev" does not get "warehouse"');
    expect((await cli("show", "nope")).stderr).to.contain("it has api, local, warehouse, region");
    expect((await cli("list", "--deployment", "nope")).stderr).to.contain("it has dev, prod");
  });
});
