import { expect } from "chai";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Airflow } from "../../tools/servers/airflow.mjs" with { "resolution-mode": "import" };
import { canary, scanForCanary } from "./canary";
import { startCluster, type Cluster } from "./cluster";
import { connection, deployment, variable, variableLink, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";

const TOKEN = canary("token");
const ROTATED = canary("rotated");
const KEYS = ["token", "limits", "region", "own"];
const SETTINGS = { retries: 3, tags: ["é", "b"], nested: { on: true } };

/** What Airflow finds, by Deployment. */
type Found = Record<"prod" | "labelled" | "local", Record<string, string>>;

describe("Variables, from a program to Airflow", function () {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-variables-"));
  const [store, local] = [join(folder, "store"), join(folder, "local")];
  let cluster: Cluster;
  let engine: Engine;
  let airflows: [Airflow, Airflow];
  let platform: Stack;
  let team: Stack;

  before(async () => {
    const { startAirflow } = await import("../../tools/servers/airflow.mjs");
    airflows = await Promise.all([startAirflow("3.3.2"), startAirflow("2.11.2")]);
    cluster = await startCluster(["prod", "labelled"]);
    engine = await Engine.create();
    [platform, team] = [await engine.stack("platform", cluster.env), await engine.stack("team", cluster.env)];
    await platform.setSecret("platform:canary", TOKEN);
  });

  after(async () => {
    await Promise.all([cluster?.stop(), ...(airflows ?? []).map((airflow) => airflow.stop())]);
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const reference = { name: "data", store: `local:${store}` };
  const shared = (args: object = {}) => variable("token", { value: "$canary", sharing: "LinkedToAll", ...args });
  const platformProgram = (more: ResourceSpec[] = []): ResourceSpec[] => [
    workspace(`local:${store}`),
    deployment("prod"),
    deployment("labelled", { target: { kubernetesBackend: { namespace: "labelled" } } }),
    connection("warehouse", { sharing: "LinkedToAll" }),
    variable("limits", { value: SETTINGS, secret: false }),
    ...more,
  ];
  const linked = () => [
    shared(),
    variableLink("limits", "prod"),
    variableLink("limits", "labelled", { value: "none" }),
  ];
  /** The team's own Deployment and Variable, and a link to the platform's. */
  const teamProgram = (): ResourceSpec[] => [
    deployment("local", { workspace: reference, target: { directory: { path: local } } }),
    variable("own", { workspace: undefined, deployment: "$deployment:local", value: "mine" }),
    {
      kind: "variableLink",
      name: "limits",
      args: { variable: { workspace: reference, key: "limits" }, deployment: "$deployment:local" },
    },
  ];

  /** What both Airflows find in the mounted file and the directory, and the newer one in labelled Secrets. */
  async function found(): Promise<Found> {
    const file = join(folder, "variables.json");
    const data = (await cluster.secret("prod"))?.data["variables.json"];
    writeFileSync(file, Buffer.from(data ?? Buffer.from("{}").toString("base64"), "base64"));
    const inDirectory = join(local, "variables.json");
    const [newer, older] = await Promise.all(
      airflows.map(async (airflow) => ({
        prod: await airflow.readVariables(file, KEYS),
        local: existsSync(inDirectory) ? await airflow.readVariables(inDirectory, KEYS) : {},
      })),
    );
    expect(newer).to.deep.equal(older);
    const labelled = await airflows[0].readVariablesFromKubernetes(cluster.env.KUBECONFIG, "labelled", KEYS);
    return { prod: {}, local: {}, ...newer, labelled };
  }

  async function up(stack: Stack, resources: ResourceSpec[]): Promise<void> {
    stack.resources = resources;
    await stack.up();
    expect(await stack.preview()).to.deep.equal([]);
  }

  /** Equal values give equal texts: sorted, and ASCII as Airflow itself writes them. */
  const limits = '{"nested":{"on":true},"retries":3,"tags":["\\u00e9","b"]}';

  it("gives a Deployment no file while it gets none", async () => {
    await up(platform, platformProgram());
    expect((await cluster.secret("prod"))?.data).to.have.all.keys("connections.json");
    expect(await found()).to.deep.equal({ prod: {}, labelled: {}, local: {} });
  });

  it("reach every target, as text and as JSON, with a link's own value", async () => {
    await up(platform, platformProgram(linked()));
    await up(team, teamProgram());
    expect(await found()).to.deep.equal({
      prod: { token: TOKEN, limits },
      labelled: { token: TOKEN, limits: "none" },
      local: { token: TOKEN, limits, own: "mine" },
    });
    expect(await cluster.connections("prod")).to.have.all.keys("warehouse");
  });

  it("rotate in one up, in the other stack's Deployment too; the preview shows whom it reaches and no value", async () => {
    await platform.setSecret("platform:canary", ROTATED);
    const [step, ...more] = await platform.preview();
    expect(more).to.deep.equal([]);
    expect(step).to.include({ op: "update", name: "token" });
    expect(step?.newInputs["appliesTo"]).to.match(/value\)$/);
    await platform.up();
    const { prod, labelled, local: inLocal } = await found();
    expect([prod["token"], labelled["token"], inLocal["token"]]).to.deep.equal([ROTATED, ROTATED, ROTATED]);
    expect(await team.preview()).to.deep.equal([]);
  });

  it("that were changed in a target show as drift, and are brought back", async () => {
    const path = "/api/v1/namespaces/prod/secrets/airflow-connections";
    const data = { "variables.json": Buffer.from('{"token": "meddled"}').toString("base64") };
    const { status } = await cluster.kube.request("PATCH", path, { data });
    expect(status).to.equal(200);
    const [step] = await platform.preview();
    expect(step).to.include({ op: "update", name: "prod" });
    expect(JSON.stringify(step?.newInputs["drift"])).to.contain("token");
    await up(platform, platformProgram(linked()));
    expect((await found()).prod["token"]).to.equal(ROTATED);
  });

  it("are not deleted while another stack's link holds them, nor declared twice", async () => {
    platform.resources = [workspace(`local:${store}`), deployment("prod"), shared()];
    const { output } = await platform.expectFailure(["up", "--yes", "--skip-preview"]);
    expect(output).to.contain('variable "limits" is still used by link to "local" (organization/team/test::limits)');
    team.resources = [...teamProgram(), variable("token", { workspace: reference, value: "theirs" })];
    const refused = await team.expectFailure(["up", "--yes", "--skip-preview"]);
    expect(refused.output).to.contain("already exists and belongs to organization/platform/test::token");
    await up(platform, platformProgram(linked()));
    await up(team, teamProgram());
  });

  it("go again: the file with the last one, and the rest stays as it was", async () => {
    await up(team, teamProgram().slice(0, 1));
    expect((await found()).local).to.deep.equal({ token: ROTATED });
    await up(platform, platformProgram());
    expect((await cluster.secret("prod"))?.data).to.have.all.keys("connections.json");
    expect(existsSync(join(local, "variables.json"))).to.equal(false);
    expect(JSON.parse(readFileSync(join(local, "connections.json"), "utf8"))).to.have.all.keys("warehouse");
    expect(await found()).to.deep.equal({ prod: {}, labelled: {}, local: {} });
  });

  it("leave no secret anywhere", async () => {
    await team.destroy();
    await platform.destroy();
    const places = { files: [folder], kube: cluster.kube, namespaces: ["prod", "labelled"] };
    await scanForCanary(engine, [TOKEN, ROTATED], { ...places, except: [join(folder, "variables.json")] });
  });
});
