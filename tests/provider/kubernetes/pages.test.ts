import { expect } from "chai";
import { listPages, type PageParameters } from "../../../provider/kubernetes/pages";

const expired = () => Object.assign(new Error("expired"), { code: 410, body: "{}" });

describe("listing Kubernetes objects page by page", () => {
  it("follows the continue token, and takes null for no objects", async () => {
    const asked: PageParameters[] = [];
    const pages = [
      { items: ["a", "b"], metadata: { _continue: "1" } },
      { items: null, metadata: { _continue: "2" } },
    ];
    const found = await listPages("l=1", 2, (page) => {
      asked.push(page);
      return Promise.resolve(pages.shift() ?? { items: ["c"] });
    });
    expect(found).to.deep.equal(["a", "b", "c"]);
    expect(asked.map(({ _continue }) => _continue)).to.deep.equal([undefined, "1", "2"]);
    expect(asked[2]).to.deep.equal({ labelSelector: "l=1", limit: 2, _continue: "2" });
  });

  it("begins again when the snapshot of the first page is gone, and gives up after three", async () => {
    let calls = 0;
    const list = (failing: number) => async (page: PageParameters) => {
      calls++;
      if (page._continue === undefined) return { items: ["a"], metadata: { _continue: "1" } };
      if (calls <= failing) throw expired();
      return { items: ["b"] };
    };
    expect(await listPages("l", 1, list(4))).to.deep.equal(["a", "b"]);
    expect(calls).to.equal(6);
    calls = 0;
    const error = await listPages("l", 1, list(99)).catch((one: unknown) => one);
    expect([calls, (error as { code?: number }).code]).to.deep.equal([6, 410]);
  });
});
