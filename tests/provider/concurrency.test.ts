import { expect } from "chai";
import { concurrencyLimit, mapConcurrently, settleConcurrently } from "../../provider/concurrency";

/** Calls that end when they are told to, and how many were underway at once. */
function gatedCalls() {
  const begun: number[] = [];
  const release = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const call = (item: number) => {
    begun.push(item);
    return new Promise<string>((resolve, reject) => release.set(item, { resolve, reject }));
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { begun, release, call, turn };
}

describe("concurrency", () => {
  it("gives results in the order of the items, at most so many at once", async () => {
    let running = 0;
    let most = 0;
    const results = await mapConcurrently([3, 1, 2, 0], 2, async (item) => {
      most = Math.max(most, ++running);
      for (let turns = 0; turns < item; turns++) await new Promise((resolve) => setImmediate(resolve));
      running--;
      return item * 10;
    });
    expect(results).to.deep.equal([30, 10, 20, 0]);
    expect(most).to.equal(2);
  });

  it("begins nothing after a failure, and waits for what is underway before it throws", async () => {
    const { begun, release, call, turn } = gatedCalls();
    let isOver = false;
    const all = mapConcurrently([1, 2, 3, 4], 2, call).finally(() => (isOver = true));
    all.catch(() => undefined);
    while (begun.length < 2) await turn();
    release.get(1)?.reject(new Error("first"));
    await turn();
    expect([begun, isOver]).to.deep.equal([[1, 2], false]);
    release.get(2)?.resolve("done");
    await all.then(
      () => expect.fail("succeeded"),
      (error: Error) => expect(error.message).to.equal("first"),
    );
    expect(begun).to.deep.equal([1, 2]);
  });

  it("tells all failures of those that had begun", async () => {
    const { failures } = await settleConcurrently([1, 2, 3], 2, (item) => Promise.reject(new Error(String(item))));
    expect(failures.map((error) => (error as Error).message)).to.deep.equal(["1", "2"]);
  });

  it("lets others wait their turn, whatever becomes of those before", async () => {
    const limit = concurrencyLimit(1);
    const failed = limit(() => Promise.reject(new Error("no"))).catch(() => "failed");
    expect(await Promise.all([failed, limit(() => Promise.resolve("done"))])).to.deep.equal(["failed", "done"]);
  });
});
