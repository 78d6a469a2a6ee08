import { expect } from "chai";

import type { Clock } from "../../../../provider/clock";
import { StaleVersionError, StoreUnavailableError } from "../../../../provider/errors";
import {
  type DeletionSteps,
  deleteWithTombstone,
  type Found,
  Patience,
  type TombstoneTiming,
} from "../../../../provider/stores/shared/tombstone";
import { type Actor, explore, type Gates, type System } from "../../../fakes/explore";

const PATIENCE = 1_000;
const FIRST = "first";

/** One key of a backend with compare-and-set writes and a removal without any condition. */
class Place {
  found: Found<number> = { is: "document", mark: FIRST, state: 1 };
  now = 0;
  #writes = 1;

  text(): string {
    return JSON.stringify([this.found, this.now]);
  }

  /** @returns the mark. @throws StaleVersionError unless `seen` is what is there. */
  write(is: "document" | "tombstone", seen: number): string {
    if (seen !== (this.found.is === "absent" ? 0 : this.found.state)) throw stale();
    const state = ++this.#writes;
    const mark = `${is} ${String(state)}`;
    this.found = { is, mark, state };
    return mark;
  }
}

const stale = (): StaleVersionError => new StaleVersionError("changed");
const late = (): StoreUnavailableError => new StoreUnavailableError("timeout", "too late");

/** A process's way to the place: each call waits for its turn, then takes effect at once. */
function processAt(place: Place, gates: Gates, tries = 2) {
  async function call<T>(label: string, effect: () => T): Promise<T> {
    await gates.before(label);
    const result = effect();
    await gates.after(label);
    return result;
  }
  const clock: Clock = {
    now: () => place.now,
    sleep: () => call("sleep", () => void (place.now += PATIENCE)),
  };
  const timing: TombstoneTiming = { deleterPatienceMs: PATIENCE, pauseMs: PATIENCE, tries, clock };
  const steps: DeletionSteps<number> = {
    look: () => call("look", () => place.found),
    bury: (seen) => call("bury", () => place.write("tombstone", seen)),
    destroy: (_, within) =>
      call("destroy", () => {
        if (within.remainingMs() <= 0) throw late();

        place.found = { is: "absent" };
      }),
    stale,
  };
  return {
    remove: () => deleteWithTombstone(FIRST, steps, timing),
    async create(): Promise<string> {
      const patience = new Patience(timing);
      for (;;) {
        const found = await steps.look();
        if (found.is === "document") throw stale();
        if (found.is === "tombstone" && !patience.isOver(found.mark)) {
          await clock.sleep(PATIENCE);
          continue;
        }
        try {
          return await call("create", () => place.write("document", found.is === "absent" ? 0 : found.state));
        } catch (error) {
          if (!(error instanceof StaleVersionError)) throw error;
        }
      }
    },
  };
}

function system(place: Place, actors: Actor[], check: System["check"]): System {
  return {
    actors,
    isWrite: (label) => label !== "look",
    overlap: () => true,
    stateSeenBy: () => place.text(),
    sharedState: () => place.text(),
    check,
  };
}

describe("deletion by tombstone", function () {
  this.timeout(120_000);

  for (const { deleters, crashes, tries } of [
    { deleters: 1, crashes: 0, tries: 2 },
    { deleters: 1, crashes: 1, tries: 1 },
    { deleters: 2, crashes: 0, tries: 1 },
  ]) {
    it(`by ${deleters} with ${crashes} crashes and ${tries} tries never takes along what is made anew, in any order`, async () => {
      const seen = new Set<string>();
      const figures = await explore(() => {
        const place = new Place();
        let made: string | undefined;
        const remove = (name: string): Actor => ({ name, start: (gates) => processAt(place, gates, tries).remove() });
        const actors: Actor[] = [
          ...["first deleter", "second deleter"].slice(0, deleters).map(remove),
          { name: "creator", start: async (gates) => void (made = await processAt(place, gates).create()) },
        ];
        const check: System["check"] = (returned, isOver) => {
          if (returned.get("creator") && made !== undefined) {
            seen.add("made anew");
            expect(place.found).to.deep.include({ is: "document", mark: made });
          }
          for (const [name, { error }] of returned) {
            if (error !== undefined)
              expect(error, name).to.have.property("message").that.is.oneOf(["changed", "too late"]);
            else if (name !== "creator") expect(place.found).not.to.deep.include({ mark: FIRST });
          }
          if (isOver && place.found.is === "absent") seen.add("destroyed");
        };
        return Promise.resolve(system(place, actors, check));
      }, crashes);
      expect([...seen].sort()).to.deep.equal(["destroyed", "made anew"]);
      expect(figures.ends).to.be.greaterThan(5);
    });
  }

  const free: Gates = { before: () => Promise.resolve(), after: () => Promise.resolve() };

  it("finishes what a dead deleter left, after its patience and under a tombstone of its own", async () => {
    const place = new Place();
    place.found = { is: "tombstone", mark: "theirs", state: 1 };
    await processAt(place, free).remove();
    expect([place.found, place.now]).to.deep.equal([{ is: "absent" }, PATIENCE]);
  });

  it("honours the expected version when a document has come in place of the tombstone", async () => {
    const place = new Place();
    place.found = { is: "tombstone", mark: "theirs", state: 1 };
    const steps = processAt(place, {
      ...free,
      before: (label) => Promise.resolve(label === "sleep" ? void place.write("document", 1) : undefined),
    });
    const failure = await steps.remove().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(StaleVersionError);
    expect(place.found).to.deep.include({ mark: "document 2" });
  });

  it("gives up, honestly, when the removal keeps failing, and quietly when it is only ever late", async () => {
    const denied = new StoreUnavailableError("denied", "no right to it");
    const attempts: unknown[] = [];
    for (const error of [denied, new StoreUnavailableError("failed", "status 500")]) {
      const destroy = {
        ...free,
        before: (label: string) => (label === "destroy" ? Promise.reject(error) : free.before(label)),
      };
      attempts.push(
        await processAt(new Place(), destroy)
          .remove()
          .catch((each: unknown) => each),
      );
    }
    expect(attempts[0]).to.equal(denied);
    expect(attempts[1]).to.have.property("reason", "failed");

    const stalled = new Place();
    const slow = {
      ...free,
      after: (label: string) => Promise.resolve(void (label === "bury" && (stalled.now += PATIENCE))),
    };
    await processAt(stalled, slow).remove();
    expect(stalled.found.is).to.equal("tombstone");
  });
});
