import { expect } from "chai";
import sinon from "sinon";
import { systemClock } from "../../../provider/clock";
import { Gathering } from "../../../provider/projection/gathering";

const WRITE_MS = 30;
const PROJECT_MS = 40;

/** What the engine's state file and slots do to the operations of one run. */
interface EngineModel {
  operations: number;
  slots: number;
  /** Time that the engine needs, one operation after the other, before it starts and after it ends one, in ms. */
  stateMs: () => number;
}

/** Runs operations on one Deployment as the engine does; each writes a document, then shares a projection. */
async function run(gathering: Gathering, { operations, slots, stateMs }: EngineModel) {
  const clock = sinon.useFakeTimers();
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  let projections = 0;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const project = () =>
    (next ??= (async () => {
      await running;
      await gathering.settled();
      next = undefined;
      projections++;
      running = sleep(PROJECT_MS);
      await running;
    })());
  let state = Promise.resolve();
  const persist = () => (state = state.then(() => sleep(stateMs())));

  const names = Array.from({ length: operations }, (_, at) => `link ${at}`);
  for (const name of names) gathering.announce(name);
  const queue = [...names];
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      await persist();
      await gathering.during(name, async () => {
        await sleep(WRITE_MS);
        await gathering.waiting(project());
      });
      await persist();
    }
  };
  const startedAt = clock.now;
  const done = Promise.all(Array.from({ length: slots }, worker)).then(() => clock.now - startedAt);
  while ((await Promise.race([done, clock.tickAsync(50).then(() => undefined)])) === undefined);
  return { projections, tookMs: await done };
}

describe("gathering of operations for shared projections", () => {
  /** The same numbers in each run, between 0 and 1. */
  function numbers(seed: number): () => number {
    return () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  }

  for (const stateMs of [1, 20, 150])
    for (const slots of [8, 16, 64])
      for (const usual of [8, 16])
        it(`covers the operations of ${slots} slots (usual: ${usual}) when the engine needs ${stateMs} ms for its state`, async () => {
          const random = numbers(slots * stateMs);
          const jittered = () => stateMs * (0.5 + random());
          const gathering = new Gathering(systemClock, usual);
          const { projections } = await run(gathering, { operations: 200, slots, stateMs: jittered });
          // More slots than usual are only waited for where the engine fills them while a projection runs.
          const covered = stateMs > PROJECT_MS ? Math.min(slots, usual) : slots;
          expect(projections).to.be.at.most(200 / covered + 2);
        });

  it("does not wait long when the usual number of slots is full", async () => {
    const model = { operations: 32, slots: 8, stateMs: () => 2 };
    const { tookMs } = await run(new Gathering(systemClock, 8), model);
    const bare = 4 * (WRITE_MS + PROJECT_MS + 16 * 2);
    expect(tookMs).to.be.at.most(bare + 200);
  });

  it("loses little time when operations come one by one", async () => {
    const alone = 60 * (WRITE_MS + PROJECT_MS + 2 * 10);
    const { projections, tookMs } = await run(new Gathering(), { operations: 60, slots: 1, stateMs: () => 10 });
    expect(projections).to.equal(60);
    expect(tookMs).to.be.at.most(alone + 4_000);
  });

  it("does not wait for operations that were retracted, and not long for ones that never come", async () => {
    const gathering = new Gathering();
    gathering.announce("unchanged");
    gathering.retract("unchanged");
    const alone = await run(gathering, { operations: 1, slots: 8, stateMs: () => 1 });
    expect(alone.tookMs).to.be.at.most(WRITE_MS + PROJECT_MS + 100);
    sinon.restore();
    gathering.announce("failed before it began");
    const { tookMs } = await run(gathering, { operations: 1, slots: 8, stateMs: () => 1 });
    expect(tookMs).to.be.at.most(WRITE_MS + PROJECT_MS + 1_100);
  });

  it("knows what was announced and what is running", async () => {
    const gathering = new Gathering();
    expect(gathering.isExpected("link")).to.equal(false);
    gathering.announce("link");
    expect(gathering.isExpected("link")).to.equal(true);
    const during = gathering.during("link", () => Promise.resolve(gathering.isExpected("link")));
    expect(await during).to.equal(true);
    expect(gathering.isExpected("link")).to.equal(false);
  });
});
