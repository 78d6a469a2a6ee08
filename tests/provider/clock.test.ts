import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EndableClock } from "../../provider/clock";
import { processContext } from "../../provider/context";

describe("a clock whose waits can be ended", () => {
  it("wakes who sleeps, later than whatever they wait for", async () => {
    const clock = new EndableClock();
    const before = clock.now();
    const sleeping = Promise.all([clock.sleep(2 ** 30), clock.sleep(2 ** 30)]);
    clock.endWaits();
    await sleeping;
    expect(clock.now() - before).to.be.greaterThan(600_000);
  });

  it("lets later waits wait, so that loops do not turn without end", async () => {
    const clock = new EndableClock();
    clock.endWaits();
    let isAwake = false;
    const sleeping = clock.sleep(20).then(() => (isAwake = true));
    await Promise.resolve();
    expect(isAwake).to.equal(false);
    await sleeping;
  });

  it("is the one that all waits of a process go by", async () => {
    const folder = mkdtempSync(join(tmpdir(), "airflow-env-clock-"));
    try {
      const clock = new EndableClock();
      const { open } = processContext(() => undefined, clock);
      const { outlook, projector } = await open({ name: "data", store: `local:${join(folder, "store")}` });
      projector.gathering.announce("one");
      const waiting = projector.gathering.during("two", async () => {
        const declared = outlook.awaits(() => false);
        const settled = projector.gathering.settled();
        clock.endWaits();
        await settled;
        return declared;
      });
      expect(await waiting).to.equal(false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
