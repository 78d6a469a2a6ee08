import { expect } from "chai";
import { SharedRead } from "../../../provider/workspace/shared-read";

describe("SharedRead", () => {
  /** A read that counts its beginnings, and ends when it is told to. */
  function controlled() {
    const ends: ((error?: Error) => void)[] = [];
    const shared = new SharedRead(
      () =>
        new Promise<number>((resolve, reject) => {
          const number = ends.length + 1;
          ends.push((error) => (error ? reject(error) : resolve(number)));
        }),
    );
    return { shared, ends };
  }

  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("serves the callers of one turn with one read", async () => {
    const { shared, ends } = controlled();
    const all = Promise.all([shared.run(), shared.run(), Promise.resolve().then(() => shared.run())]);
    await turn();
    ends[0]?.();
    expect(await all).to.deep.equal([1, 1, 1]);
  });

  it("serves callers that come while one runs with one more, which begins later", async () => {
    const { shared, ends } = controlled();
    const first = shared.run();
    await turn();
    const later = [shared.run(), shared.run()];
    await turn();
    expect(ends).to.have.lengthOf(1);
    ends[0]?.();
    expect(await first).to.equal(1);
    await turn();
    ends[1]?.();
    expect(await Promise.all(later)).to.deep.equal([2, 2]);
  });

  it("begins anew after a failure, and whoever waited for the next is not hurt by it", async () => {
    const { shared, ends } = controlled();
    const first = shared.run();
    await turn();
    const second = shared.run();
    ends[0]?.(new Error("lost"));
    expect(await first.catch((error: Error) => error.message)).to.equal("lost");
    await turn();
    ends[1]?.();
    expect(await second).to.equal(2);
  });
});
