import { expect } from "chai";
import { TargetUnavailableError } from "../../../provider/errors";
import type { ConnectionDocument, DeploymentDocument } from "../../../provider/environment/documents";
import { inputs, type ProcessOptions, type Step } from "../../fakes/world";
import { Stack } from "./stack";

const gone = (path: string, environment = {}): ProcessOptions => ({
  environment,
  before: ({ port, key }: Step) => {
    if (port === "target" && key === path) throw new TargetUnavailableError("unreachable", `${path} is down`);
  },
});
const ABANDON = { AIRFLOW_ENV_ABANDON_UNREACHABLE: "1" };
const HINT = "if that place is gone for good, set AIRFLOW_ENV_ABANDON_UNREACHABLE=1 for one run";

describe("a target that is gone for good", () => {
  it("does not keep a Deployment from moving away for ever", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create(
      "deployment",
      inputs.deployment("prod", { target: { directory: { path: "old" } } }),
    );
    const moved = inputs.deployment("prod", { target: { directory: { path: "new" } } });
    const refused = await stack.refusal(deployment.up(moved, gone("old")));
    expect(refused.message).to.contain(`the place that it left is not cleared: old is down; ${HINT}`);
    const process = await deployment.up(moved, gone("old", ABANDON));
    expect(process.warnings.join()).to.contain("old is down; left as it is");
    expect(stack.world.document<DeploymentDocument>("data/deployments/prod")).to.not.have.property("retired");
    expect((await deployment.preview(moved)).diff?.changes).to.equal(false);
  });

  it("does not keep a Deployment, a link or a connection from being deleted for ever", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    const connection = await stack.create("connection", inputs.connection("warehouse"));
    const link = await stack.create("connection-link", inputs.link("warehouse", "prod"));
    const shared = await stack.create("connection", inputs.connection("shared", { sharing: "LinkedToAll" }));
    for (const resource of [link, shared, connection, deployment]) {
      const isSpared = resource === connection;
      if (!isSpared) {
        const refused = await stack.refusal(resource.delete(gone("prod")));
        expect(refused.message, resource.kind).to.contain("prod is down");
        expect(refused.message, resource.kind).to.contain(HINT);
      }
      await resource.delete(gone("prod", ABANDON));
    }
    expect(stack.world.document("data/deployments/prod")).to.equal(undefined);
    expect(stack.world.document("data/connections/warehouse")).to.equal(undefined);
  });

  it("is not given up by a create or an update", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const shared = inputs.connection("shared", { sharing: "LinkedToAll" });
    expect((await stack.refusal(stack.create("connection", shared, gone("prod", ABANDON)))).message).to.contain(
      "is stored, but",
    );
  });
});

describe("a link that goes while its Deployment is excluded", () => {
  const excluding = inputs.connection("warehouse", { sharing: "LinkedToAll", exclude: ["prod"] });

  it("is no conflict in one stack: Pulumi updates first and deletes last", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", inputs.connection("warehouse"));
    const link = await stack.create("connection-link", inputs.link("warehouse", "prod"));
    await connection.up(excluding);
    await link.delete();
    expect(stack.world.content("prod")).to.deep.equal({});
    expect(stack.world.document<ConnectionDocument>("data/connections/warehouse")!.exclude).to.deep.equal(["prod"]);
  });
});
