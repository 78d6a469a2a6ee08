import { expect } from "chai";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canary, scanForCanary } from "./canary";
import { connection, deployment, link, override, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";
import { writePluginProject } from "./plugin-tools";

type Wire = "dynamic provider" | "plugin";

const PASSWORDS = [canary("first"), canary("second"), canary("third")] as const;

/** One stack of each wire on one Workspace: neither knows of the other but by what is stored. */
function describeTwoWires(wires: { platform: Wire; team: Wire }): void {
  describe(`a platform's stack through the ${wires.platform}, a team's through the ${wires.team}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "airflow-env-two-wires-"));
    const reference = { name: "data", store: `local:${join(folder, "store")}` };
    let engine: Engine;
    let platform: Stack;
    let team: Stack;

    before(async () => {
      engine = await Engine.create();
      platform = await stackOf("platform", wires.platform);
      team = await stackOf("team", wires.team);
      await platform.setSecret("platform:canary", PASSWORDS[0]);
    });

    after(() => {
      engine?.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    async function stackOf(project: string, wire: Wire): Promise<Stack> {
      if (wire === "dynamic provider") return engine.stack(project);
      writePluginProject(join(engine.root, project), project, "nodejs");
      return engine.stackIn(join(engine.root, project), "test");
    }

    const target = (name: string) => ({ target: { directory: { path: join(folder, name) } } });
    const foreign = { connection: { workspace: reference, connId: "warehouse" } };
    const platformProgram = (): ResourceSpec[] => [
      workspace(reference.store),
      deployment("prod", target("prod")),
      connection("warehouse", { password: "$canary" }),
      link("warehouse", "prod"),
    ];
    const teamProgram = (login = "team"): ResourceSpec[] => [
      deployment("team", { workspace: reference, ...target("team") }),
      link("warehouse", "team", { ...foreign, overrides: { host: "db.team" } }),
      override("warehouse", "team", { login }, foreign),
    ];
    const file = (name: string) => join(folder, name, "connections.json");
    const warehouse = (name: string) =>
      (JSON.parse(readFileSync(file(name), "utf8")) as Record<string, object>)["warehouse"];

    it("give one connection to the Deployments of both", async () => {
      platform.resources = platformProgram();
      await platform.up();
      team.resources = teamProgram();
      await team.up();
      const base = { conn_type: "postgres", password: PASSWORDS[0] };
      expect(warehouse("prod")).to.deep.equal({ ...base, host: "warehouse.internal" });
      expect(warehouse("team")).to.deep.equal({ ...base, host: "db.team", login: "team" });
      expect([await platform.preview(), await team.preview()]).to.deep.equal([[], []]);
    });

    it("bring a rotated password to the other's file in the same up, and leave its link and Override alone", async () => {
      await platform.setSecret("platform:canary", PASSWORDS[1]);
      const [step] = await platform.preview();
      expect(step?.newInputs["appliesTo"]).to.equal("prod, team (change 1: password)");
      await platform.up();
      expect(warehouse("team")).to.include({ password: PASSWORDS[1], host: "db.team", login: "team" });
      expect(await team.preview()).to.deep.equal([]);
    });

    it("change one connection side by side, and nothing is lost", async () => {
      await platform.setSecret("platform:canary", PASSWORDS[2]);
      team.resources = teamProgram("team2");
      await Promise.all([platform.up(), team.up()]);
      expect(warehouse("team")).to.include({ password: PASSWORDS[2], host: "db.team", login: "team2" });
      expect(warehouse("prod")).to.include({ password: PASSWORDS[2] });
      expect([await platform.preview(), await team.preview()]).to.deep.equal([[], []]);
    });

    it("refuse what is the other's, and to remove what it uses", async () => {
      team.resources = [...teamProgram("team2"), connection("warehouse", { workspace: reference, host: "theirs" })];
      const { output } = await team.expectFailure(["preview"]);
      expect(output).to.contain("belongs to organization/platform/test::warehouse").and.contain("adopt: true");
      team.resources = teamProgram("team2");
      const destroyed = await platform.expectFailure(["destroy", "--yes", "--skip-preview"]);
      expect(destroyed.output).to.contain('connection "warehouse"').and.contain("organization/team/test");
    });

    it("go one after the other, and leave no secret anywhere", async () => {
      await team.destroy();
      await platform.destroy();
      for (const name of ["prod", "team"]) expect(existsSync(file(name)), name).to.equal(false);
      await scanForCanary(engine, [...PASSWORDS], { files: [folder] });
    });
  });
}

describeTwoWires({ platform: "dynamic provider", team: "plugin" });
describeTwoWires({ platform: "plugin", team: "dynamic provider" });
