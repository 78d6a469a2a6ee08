import { expect } from "chai";
import { type Claim, type Lane, Lanes } from "../../../provider/projection/lanes";

/** Lanes whose runs end when they are told to. */
function gatedLanes() {
  const runs: { lane: Lane; claim: Readonly<Claim>; end: () => void }[] = [];
  const lanes = new Lanes(
    (_deployment, lane, claim) => new Promise((resolve) => runs.push({ lane, claim, end: resolve })),
    () => Promise.resolve(),
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { lanes, runs, turn };
}

describe("lanes of projections", () => {
  it("calls before a run has begun to read share it, with the most that any of them wants", async () => {
    const { lanes, runs, turn } = gatedLanes();
    const shared = [lanes.join("d", { sequence: 2, adopt: false }), lanes.join("d", { sequence: 1, adopt: true })];
    expect(shared[0]).to.equal(shared[1]);
    await turn();
    expect(runs.map(({ claim }) => claim)).to.deep.equal([{ sequence: 2, adopt: true }]);
  });

  it("a call whose write is rendered joins the run underway, and what it is owed is owed by the run", async () => {
    const { lanes, runs, turn } = gatedLanes();
    const running = lanes.join("d", { sequence: 0, adopt: false });
    await turn();
    runs[0]!.lane.renderedSequence = 5;
    const joined = lanes.join("d", { sequence: 5, adopt: false });
    expect(runs[0]!.claim.sequence).to.equal(5);
    runs[0]!.end();
    await Promise.all([running, joined]);
    await turn();
    expect(runs).to.have.length(1);
  });

  for (const [what, claim] of [
    ["a later write", { sequence: 6, adopt: false }],
    ["a reading of its own", { sequence: 0, adopt: false }],
    ["to take over the target", { sequence: 5, adopt: true }],
  ] as const)
    it(`a call that wants ${what} waits for the next run`, async () => {
      const { lanes, runs, turn } = gatedLanes();
      void lanes.join("d", { sequence: 5, adopt: false });
      await turn();
      runs[0]!.lane.renderedSequence = 5;
      const later = lanes.join("d", claim);
      runs[0]!.end();
      await turn();
      expect(runs.map((run) => run.claim)).to.deep.equal([{ sequence: 5, adopt: false }, claim]);
      runs[1]!.end();
      await later;
    });

  it("Deployments do not wait for each other", async () => {
    const { lanes, runs, turn } = gatedLanes();
    void lanes.join("a", { sequence: 1, adopt: false });
    void lanes.join("b", { sequence: 1, adopt: false });
    await turn();
    expect(runs).to.have.length(2);
  });
});
