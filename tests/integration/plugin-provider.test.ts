import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine, type Stack } from "./engine";
import { yaml } from "./quickstart-languages";

const program = (settings: string) => `name: explicit
runtime: yaml
resources:
  here: { type: "pulumi:providers:airflow-env", properties: ${settings} }
  data:
    type: airflow-env:Workspace
    options: { provider: "\${here}" }
  alerts:
    type: airflow-env:connections:Http
    properties: { workspace: { name: "\${data.name}" }, host: alerts.internal }
    options: { provider: "\${here}" }
`;

describe("a program with a provider of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-provider-"));
  let engine: Engine;
  let stack: Stack;

  before(async () => {
    engine = await Engine.create();
    const project = join(engine.root, "explicit");
    mkdirSync(project);
    declare('{ store: "local:.airflow-env", organization: acme }');
    stack = await engine.stackIn(project, "test", await yaml.environment(folder, engine.environment({})["PATH"] ?? ""));
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const declare = (settings: string) => writeFileSync(join(engine.root, "explicit", "Pulumi.yaml"), program(settings));

  it("takes store and organization from it", async () => {
    await stack.up();
    const resources = stack.readState().checkpoint.latest.resources as { type: string; inputs?: object }[];
    const alerts = resources.find(({ type }) => type === "airflow-env:connections:Http");
    expect(alerts?.inputs).to.deep.include({
      owner: "acme/explicit/test::alerts",
      workspace: { name: "data", store: "local:.airflow-env" },
    });
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("changes owners in place with the organization, by right of what is recorded", async () => {
    declare('{ store: "local:.airflow-env", organization: other }');
    const steps = (await stack.preview()).filter(({ name }) => name !== "here");
    expect(steps.map(({ op, name, detailedDiff }) => [op, name, Object.keys(detailedDiff ?? {})])).to.deep.equal([
      ["update", "data", ["owner"]],
      ["update", "alerts", ["owner"]],
    ]);
    await stack.up();
    expect(await stack.preview()).to.deep.equal([]);
  });

  it("refuses a wrong setting in the preview, by its name", async () => {
    declare('{ store: "nothing:planted-login@x", organization: other }');
    const { output } = await stack.expectFailure(["preview"]);
    expect(output)
      .to.match(/store: /)
      .and.not.contain("planted-login");
    declare('{ store: "local:.airflow-env", organization: other }');
    await stack.destroy();
  });
});
