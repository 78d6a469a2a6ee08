import { expect } from "chai";
import type { Kind } from "../../../provider/resources/contract";
import type { Properties } from "../../../provider/resources/declaration/values";
import { inputs } from "../../fakes/world";
import { CANARY, expectUnchanged, Stack } from "./stack";

/** The stack that takes over what the fakes' stack owns. */
const owner = "acme/other/prod::mine";

describe("a preview of adopt: true", () => {
  async function prepared(): Promise<Stack> {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    await stack.create("connection", inputs.connection("warehouse", { password: CANARY }));
    await stack.create("connection-link", inputs.link("warehouse", "prod", { host: "h", extra: { a: 1, b: 2 } }));
    await stack.create("override", inputs.override("warehouse", "prod", { login: "l" }));
    return stack;
  }

  const cases: [what: string, kind: Kind, declared: Properties, shown: RegExp][] = [
    ["Workspace", "workspace", inputs.workspace({ secretsFetching: true }), /::data; changes secretsFetching$/],
    [
      "Deployment",
      "deployment",
      inputs.deployment("prod", { airflowVersion: "3.1.0" }),
      /::prod; changes airflowVersion/,
    ],
    [
      "connection, with what becomes another",
      "connection",
      inputs.connection("warehouse", { password: `${CANARY}2`, schema: "s" }),
      /::warehouse; changes password, schema$/,
    ],
    ["connection as it is", "connection", inputs.connection("warehouse", { password: CANARY }), /; changes nothing$/],
    [
      "link",
      "connection-link",
      inputs.link("warehouse", "prod", { extra: { a: 1, b: 3 } }),
      /::warehouse-prod; changes extra\.b, host$/,
    ],
    ["Override", "override", inputs.override("warehouse", "prod", { login: "m" }), /; changes login$/],
  ];
  for (const [what, kind, declared, shown] of cases)
    it(`says what is taken over of a ${what}, and nothing once that is done`, async () => {
      const stack = await prepared();
      const mine = { ...declared, owner };
      const { checked } = await stack.resource(kind).preview({ ...mine, adopt: true });
      expect(checked.inputs["takesOver"]).to.match(shown);
      const adopted = await stack.create(kind, { ...mine, adopt: true });
      expect(adopted.outputs).to.not.have.property("takesOver");
      const again = await adopted.preview({ ...mine, adopt: true });
      expect(again.checked.inputs).to.not.have.property("takesOver");
      await expectUnchanged(adopted, mine);
      expect(stack.shown()).to.not.contain(CANARY);
    });

  it("says whose the target is", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    stack.world.place("prod").plant('{"theirs":{}}');
    const { checked } = await stack.resource("deployment").preview(inputs.deployment("prod", { adopt: true }));
    expect(checked.inputs["takesOver"]).to.match(/^the target: .*prod.* exists and is not managed by airflow-env$/);
  });

  it("says nothing where there is nothing to take over", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const { checked } = await stack.resource("deployment").preview(inputs.deployment("prod", { adopt: true }));
    expect(checked.inputs).to.not.have.property("takesOver");
  });
});
