import { expect } from "chai";
import { TargetUnavailableError } from "../../../provider/errors";
import { Patience } from "../../../provider/projection/patience";
import { instantClock } from "../../fakes/instant-clock";
import { inputs, type Step } from "../../fakes/world";
import { Stack } from "../resources/stack";

const target = (group: string) => ({ group, address: `kubernetes:${group}/airflow` });
const never = new Promise<never>(() => undefined);

describe("patience of checks", () => {
  it("gives answers on, refusals too, and forgets that it waited for them", async () => {
    const clock = instantClock();
    const patience = new Patience(clock);
    for (let time = 0; time < 3; time++) {
      expect(await patience.until(target("a"), Promise.resolve(time))).to.equal(time);
      const refusal = new Error("refused");
      const caught: unknown = await patience
        .until(target("a"), Promise.reject(refusal))
        .catch((error: unknown) => error);
      expect(caught).to.equal(refusal);
      await clock.sleep(60_000);
    }
  });

  it("ends once for all that ask a silent cluster, and not for others", async () => {
    const clock = instantClock();
    const patience = new Patience(clock);
    const waited = async (group: string) => {
      const before = clock.now();
      const error: unknown = await patience.until(target(group), never).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(TargetUnavailableError).and.have.property("reason", "timeout");
      return clock.now() - before;
    };
    expect(await waited("a")).to.equal(10_000);
    expect(await waited("a"), "again").to.equal(100);
    expect(await waited("b"), "another").to.equal(10_000);
  });

  it("lets a run go on past Deployments whose cluster is silent", async () => {
    const stack = new Stack();
    await stack.createWorkspace("old");
    const silent = ({ port, key }: Step) => (port === "target" && key !== "well" ? never : undefined);
    const process = stack.process({ before: silent });
    const { handlers, warnings } = process;
    const { failures } = await handlers.deployment.check({}, inputs.deployment("new"));
    expect(failures).to.deep.equal([]);
    const old = inputs.deployment("old");
    const checked = await handlers.deployment.check(old, old);
    expect(await handlers.deployment.diff("", old, checked.inputs)).to.include({ changes: false });
    expect(warnings[0]).to.contain('Deployment "old": drift of its target is not known: old: no answer within 10 s');
    const well = await handlers.deployment.check({}, inputs.deployment("well"));
    await handlers.deployment.create(well.inputs);
    expect(stack.world.content("well")).to.deep.equal({});
  });

  it("is not asked of other Deployments while one waits for its target", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const clock = instantClock();
    const silent = ({ port, key }: Step) => (port === "target" && key === "silent" ? never : undefined);
    const { handlers } = stack.process({ before: silent, clock });
    const checked = await handlers.deployment.check({}, inputs.deployment("silent"));
    const before = clock.now();
    void handlers.deployment.create(checked.inputs);
    await handlers.deployment.create(inputs.deployment("well"));
    expect(stack.world.content("well")).to.deep.equal({});
    expect(clock.now() - before, "waited for operations that write documents").to.equal(0);
  });
});
