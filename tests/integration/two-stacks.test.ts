import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionDocument } from "../../provider/environment/documents";
import { canary, scanForCanary } from "./canary";
import { startCluster, type Cluster } from "./cluster";
import { connection, deployment, link, override, workspace } from "./declarations";
import { Engine, Stack, type ResourceSpec } from "./engine";
import { inLocalStore } from "./world";
import { decodeDocument, encodeDocument } from "../../provider/environment/codec";

const FIRST_PASSWORD = canary("first");
const SECOND_PASSWORD = canary("second");

describe("two stacks on one Workspace", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-two-stacks-"));
  const store = join(folder, "store");
  let cluster: Cluster;
  let engine: Engine;
  let platform: Stack;
  let team: Stack;

  before(async () => {
    cluster = await startCluster(["team"]);
    engine = await Engine.create();
    [platform, team] = [await engine.stack("platform", cluster.env), await engine.stack("team", cluster.env)];
    await platform.setSecret("platform:canary", FIRST_PASSWORD);
  });

  after(async () => {
    await cluster?.stop();
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const reference = { name: "data", store: `local:${store}` };
  const foreign = (connId: string) => ({ connection: { workspace: reference, connId } });
  const warehouse = () => connection("warehouse", { password: "$canary" });
  const alerts = (args = {}) => connection("alerts", { connType: "http", sharing: "LinkedToAll", ...args });
  const platformProgram = () => [workspace(`local:${store}`), warehouse(), alerts()];
  const teamLink = (args = {}) => link("warehouse", "team", { ...foreign("warehouse"), ...args });
  const teamProgram = () => [
    deployment("team", { workspace: reference }),
    teamLink({ overrides: { host: "db.team" } }),
    override("warehouse", "team", { login: "team" }, foreign("warehouse")),
  ];
  /** `connections.json` of the team's Deployment. */
  const connections = () => cluster.connections("team");
  const teamWarehouse = (password: string) => ({ conn_type: "postgres", host: "db.team", login: "team", password });
  const teamAlerts = { conn_type: "http", host: "alerts.internal" };

  async function up(stack: Stack, resources: ResourceSpec[], ...flags: string[]): Promise<void> {
    stack.resources = resources;
    await stack.up(...flags);
  }

  /** @returns the message of the failure. */
  async function upFails(stack: Stack, resources: ResourceSpec[]): Promise<string> {
    stack.resources = resources;
    return (await stack.expectFailure(["up", "--yes", "--skip-preview"])).output;
  }

  /** Changes a stored document as another tool would. */
  async function tamper(key: string, change: (document: ConnectionDocument) => ConnectionDocument | undefined) {
    await inLocalStore(store, async (open) => {
      const found = await open.find(key);
      if (!found) throw new Error(`${key} is not stored`);
      const changed = change(decodeDocument(key, found.text) as ConnectionDocument);
      if (changed) await open.put(key, encodeDocument(changed), "{}", found.version);
      else await open.delete(key, found.version);
    });
  }

  const stored = (key: string) =>
    inLocalStore(store, async (open) => {
      const found = await open.find(key);
      return found && (decodeDocument(key, found.text) as ConnectionDocument);
    });

  it("gives the team's Deployment the platform's connections", async () => {
    await up(platform, platformProgram());
    await up(team, teamProgram());
    expect(await connections()).to.deep.equal({ alerts: teamAlerts, warehouse: teamWarehouse(FIRST_PASSWORD) });
    expect([await platform.preview(), await team.preview()]).to.deep.equal([[], []]);
  });

  it("brings a rotated password to the other stack's Secret in the same up, keeping its link and override", async () => {
    await platform.setSecret("platform:canary", SECOND_PASSWORD);
    const [step] = await platform.preview();
    expect(step?.newInputs["appliesTo"]).to.match(/^team \(change \d+: password\)$/);
    await platform.up();
    expect(await connections()).to.deep.equal({ alerts: teamAlerts, warehouse: teamWarehouse(SECOND_PASSWORD) });
    expect(await team.preview()).to.deep.equal([]);
  });

  it("refuses what belongs to the other stack, and says to whom", async () => {
    const message = await upFails(team, [
      ...teamProgram(),
      connection("warehouse", { workspace: reference, host: "x" }),
    ]);
    expect(message).to.contain(
      "Connection resource 'warehouse' has a problem: already exists and belongs to organization/platform/test::warehouse",
    );
    expect(message).to.contain("adopt: true");
    const pair = { connection: "$connection:warehouse", deployment: "team" };
    const second = { kind: "link" as const, name: "mine", args: { ...pair, overrides: { host: "mine" } } };
    expect(await upFails(platform, [...platformProgram(), second])).to.contain(
      'link of connection "warehouse" in Deployment "team": already exists and belongs to organization/team/test::warehouse-team',
    );
    expect((await connections())?.["warehouse"]).to.deep.equal(teamWarehouse(SECOND_PASSWORD));
  });

  it("refuses to delete what the other stack holds, and names the holders", async () => {
    const message = await upFails(platform, [workspace(`local:${store}`), alerts()]);
    expect(message).to.contain(
      'connection "warehouse" is still used by link to "team" (organization/team/test::warehouse-team)',
    );
    expect(message).to.contain('override in "team" (organization/team/test::warehouse-team-override)');
    await up(platform, [...platformProgram(), override("alerts", "team", { host: "noisy" }, { deployment: "team" })]);
    expect(await connections()).to.deep.include({ alerts: { ...teamAlerts, host: "noisy" } });
    expect((await team.expectFailure(["destroy", "--yes", "--skip-preview"])).output).to.contain(
      'Deployment "team" is still used by an override of connection "alerts" (organization/platform/test::alerts-team-override)',
    );
    await up(platform, platformProgram());
    await up(team, teamProgram());
    expect(await connections()).to.deep.equal({ alerts: teamAlerts, warehouse: teamWarehouse(SECOND_PASSWORD) });
  });

  it("adopts on request; the former owner then neither changes nor deletes it", async () => {
    const adopted = alerts({ workspace: reference, host: "adopted", adopt: true });
    await up(team, [...teamProgram(), adopted]);
    expect(await connections()).to.deep.include({ alerts: { ...teamAlerts, host: "adopted" } });
    expect(await team.preview()).to.deep.equal([]);
    expect(await upFails(platform, platformProgram())).to.contain("belongs to organization/team/test::alerts");
    await up(platform, [workspace(`local:${store}`), warehouse()]);
    expect(await connections()).to.deep.include({ alerts: { ...teamAlerts, host: "adopted" } });
    await up(team, teamProgram());
    expect(await connections()).to.have.all.keys("warehouse");
    await up(platform, platformProgram());
  });

  it("changes the owner in place when a resource is renamed with an alias", async () => {
    const renamed = {
      ...teamLink({ overrides: { host: "db.team" } }),
      name: "wh",
      opts: { aliases: [{ name: "warehouse-team" }] },
    };
    team.resources = teamProgram().map((one) => (one.kind === "link" ? renamed : one));
    expect((await team.preview()).map(({ op, name }) => ({ op, name }))).to.deep.equal([{ op: "update", name: "wh" }]);
    await team.up();
    expect((await stored("data/connections/warehouse"))?.links["team"]?.owner).to.equal("organization/team/test::wh");
    expect(await team.preview()).to.deep.equal([]);
    const back = { ...teamLink({ overrides: { host: "db.team" } }), opts: { aliases: [{ name: "wh" }] } };
    await up(
      team,
      teamProgram().map((one) => (one.kind === "link" ? back : one)),
    );
    expect(await connections()).to.deep.equal({ alerts: teamAlerts, warehouse: teamWarehouse(SECOND_PASSWORD) });
  });

  it("changes the owner in place when a stack is renamed", async () => {
    await team.expectOk(["stack", "rename", "production"]);
    team = new Stack(engine, team.folder, "production", team.env);
    team.resources = teamProgram();
    expect((await team.preview()).map(({ op }) => op)).to.deep.equal(["update", "update", "update"]);
    await team.up();
    const { links, overrides } = (await stored("data/connections/warehouse"))!;
    expect(links["team"]?.owner).to.equal("organization/team/production::warehouse-team");
    expect(overrides["team"]?.owner).to.equal("organization/team/production::warehouse-team-override");
    expect((await cluster.secret("team"))?.metadata.annotations).to.satisfy((annotations: Record<string, string>) =>
      Object.values(annotations).includes("organization/team/production::team"),
    );
    expect(await connections()).to.deep.equal({ alerts: teamAlerts, warehouse: teamWarehouse(SECOND_PASSWORD) });
    expect(await team.preview()).to.deep.equal([]);
  });

  it("keeps what is replaced without another reason than the user's wish: Pulumi creates first and deletes last", async () => {
    const before = await connections();
    const replace = (stack: Stack, ...names: string[]) =>
      stack.up(...names.flatMap((name) => ["--replace", `**::${name}`]));
    await replace(team, "team", "warehouse-team", "warehouse-team-override");
    expect(await connections()).to.deep.equal(before);
    await replace(platform, "warehouse", "alerts");
    expect(await connections()).to.deep.equal(before);
    expect([await platform.preview(), await team.preview()]).to.deep.equal([[], []]);
  });

  it("obeys --target, protect and retainOnDelete", async () => {
    const extra = (host: string, opts = {}) => [
      connection("one", { sharing: "LinkedToAll", host }),
      connection("two", { sharing: "LinkedToAll", host }, opts),
    ];
    await up(platform, [...platformProgram(), ...extra("old", { protect: true })]);
    await up(platform, [...platformProgram(), ...extra("new", { protect: true })], "--target", "**::one");
    expect(await connections()).to.deep.include({
      one: { conn_type: "postgres", host: "new" },
      two: { conn_type: "postgres", host: "old" },
    });
    expect(await upFails(platform, platformProgram())).to.match(/two.*cannot be deleted|cannot be deleted.*two/s);
    expect(await connections()).to.include.keys("two");
    await up(platform, [...platformProgram(), ...extra("new", { retainOnDelete: true, protect: false })]);
    await up(platform, platformProgram());
    expect(await connections()).to.have.all.keys("alerts", "warehouse", "two");
    // Still stored as the platform's: declaring it again takes it back without adopt.
    await up(platform, [...platformProgram(), ...extra("again").slice(1)]);
    await up(platform, platformProgram());
    expect(await connections()).to.have.all.keys("alerts", "warehouse");
  });

  it("shows and absorbs by refresh what was changed outside", async () => {
    const key = "data/connections/warehouse";
    const before = await connections();
    await tamper(key, (document) => ({ ...document, base: { ...document.base, host: "elsewhere" } }));
    const [drift, ...more] = await platform.preview("--refresh");
    expect(more).to.deep.equal([]);
    expect(drift).to.deep.include({ op: "update", name: "warehouse" });
    expect([drift?.oldInputs["host"], drift?.newInputs["host"]]).to.deep.equal(["elsewhere", "warehouse.internal"]);
    await platform.expectOk(["refresh", "--yes", "--skip-preview"]);
    platform.resources = platformProgram().map((one) =>
      one.name === "warehouse" ? { ...one, args: { ...one.args, host: "elsewhere" } } : one,
    );
    expect(await platform.preview(), "absorbed").to.deep.equal([]);
    await up(platform, platformProgram());
    expect(await platform.preview(), "healed").to.deep.equal([]);
    expect(await connections()).to.deep.equal(before);

    await tamper("data/connections/alerts", () => undefined);
    expect((await platform.preview("--refresh")).map(({ op, name }) => ({ op, name }))).to.deep.equal([
      { op: "create", name: "alerts" },
    ]);
    await platform.up("--refresh");
    expect(await connections()).to.have.all.keys("alerts", "warehouse");
    expect(await platform.preview()).to.deep.equal([]);
  });

  it("is removed stack by stack, and leaves no secret anywhere", async () => {
    const places = { files: [folder], kube: cluster.kube, namespaces: ["team"] };
    await scanForCanary(engine, [FIRST_PASSWORD, SECOND_PASSWORD], places);
    await team.destroy();
    expect(await connections()).to.equal(undefined);
    await platform.destroy();
    expect(await inLocalStore(store, (open) => open.keys("data/"))).to.deep.equal([]);
    await scanForCanary(engine, [FIRST_PASSWORD, SECOND_PASSWORD], places);
  });
});
