import { expect } from "chai";
import { depthProblem, MAX_DEPTH } from "../../catalog/depth";
import { validateConnection } from "../../provider/airflow/rules";

function nested(levels: number, wrap: (inner: unknown) => unknown = (a) => ({ a })): unknown {
  let value: unknown = wrap(1);
  for (let level = 1; level < levels; level++) value = wrap(value);
  return value;
}

describe("depth", () => {
  it("takes what Airflow's rules take, and refuses what they refuse", () => {
    for (const levels of [1, 2, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, MAX_DEPTH + 2]) {
      const extra = nested(levels) as Record<string, unknown>;
      const problems = validateConnection("c", { connType: "http", extra });
      expect(depthProblem(extra, "extra") === undefined, String(levels)).to.equal(problems.length === 0);
    }
  });

  for (const [what, wrap] of Object.entries<(inner: unknown) => unknown>({
    objects: (a) => ({ a }),
    lists: (a) => [a],
    "both, with siblings": (a) => [{ x: [1], a, y: {} }],
  }))
    it(`reports a million levels of ${what}`, () => {
      const problem = depthProblem(nested(1_000_000, wrap), "extra");
      expect(problem?.reason).to.contain("more than 100 levels deep");
      expect(problem?.field).to.match(/^extra\./).and.have.length.at.most(61);
    });

  it("ends at a value that contains itself", () => {
    const list: unknown[] = [];
    list.push({ list });
    expect(depthProblem(list, "extra")).to.have.property("reason").that.contains("contains itself");
  });

  it("looks at what is shared in 2^99 places as often as there are levels", () => {
    let value: unknown = {};
    for (let level = 1; level < MAX_DEPTH; level++) value = [value, value];
    expect(depthProblem(value, "extra")).to.equal(undefined);
    expect(depthProblem([value], "extra")).not.to.equal(undefined);
  });

  it("finds the deeper of two places of one value", () => {
    const shared = nested(MAX_DEPTH - 2);
    expect(depthProblem({ shallow: shared, deep: [[shared]] }, "extra")).not.to.equal(undefined);
    expect(depthProblem({ deep: [[shared]], shallow: shared }, "extra")).not.to.equal(undefined);
  });

  it("does not look into what it is told not to", () => {
    const closed = nested(200) as object;
    expect(depthProblem({ closed }, "extra", (value) => value === closed)).to.equal(undefined);
  });

  it("says nothing of single values", () => {
    for (const value of [undefined, null, 1, "text", () => 1]) expect(depthProblem(value, "extra")).to.equal(undefined);
  });
});
