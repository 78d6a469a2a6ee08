import { expect } from "chai";
import type { ConnectionDocument } from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { ConflictError, StoreUnavailableError } from "../../../provider/errors";
import { MemoryBackend } from "../../fakes/memory-store";
import { ChangeQueue } from "../../../provider/workspace/change-queue";
import { Client, connection, KEY, linksOf, put, withLink } from "./client";

describe("ChangeQueue: changes of one document", () => {
  let backend: MemoryBackend;
  let us: Client;
  let others: Client;
  beforeEach(() => {
    backend = new MemoryBackend();
    [us, others] = [new Client(backend), new Client(backend)];
  });

  it("share a read and few writes: 200 at once are one write", async () => {
    await put(others, KEY, connection("db"));
    await us.documents.snapshot();
    const names = Array.from({ length: 200 }, (_, n) => `d${n}`);
    await Promise.all(names.map((name) => us.documents.change(KEY, withLink(name))));
    expect(us.calls).to.deep.equal(["list", "put"]);
    expect(linksOf(backend)).to.have.members(names);
  });

  it("share writes while one is under way: 200 over time are a write per round trip", async () => {
    await put(others, KEY, connection("db"));
    us.before = ({ operation }) => (operation === "put" ? new Promise((resolve) => setTimeout(resolve, 5)) : undefined);
    const changes: Promise<unknown>[] = [];
    for (let n = 0; n < 200; n++) {
      changes.push(us.documents.change(KEY, withLink(`d${n}`)));
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(changes);
    expect(us.count("find")).to.equal(1);
    expect(us.count("put")).to.be.within(2, 11);
    expect(linksOf(backend)).to.have.length(200);
  });

  it("see each other in the order of the calls", async () => {
    await put(us, KEY, connection("0"));
    const hosts: (string | undefined)[] = [];
    await Promise.all(
      ["1", "2", "3"].map((host) =>
        us.documents.change<ConnectionDocument>(KEY, (current) => {
          hosts.push(current?.base.host);
          return connection(host);
        }),
      ),
    );
    expect(hosts).to.deep.equal(["0", "1", "2"]);
  });

  it("tell each caller what its own change did", async () => {
    await put(us, KEY, connection("0"));
    const [one, two] = await Promise.all([
      us.documents.change(KEY, withLink("a")),
      us.documents.change(KEY, withLink("b")),
    ]);
    expect(Object.keys(one.before!.links)).to.deep.equal([]);
    expect(Object.keys(one.after!.links)).to.deep.equal(["a"]);
    expect(Object.keys(two.before!.links)).to.deep.equal(["a"]);
    expect(Object.keys(two.after!.links)).to.deep.equal(["a", "b"]);
    expect([one.written, two.written, one.sequence]).to.deep.equal([true, true, two.sequence]);
  });

  it("that throw fail alone", async () => {
    await put(us, KEY, connection("db"));
    const refuse = () => {
      throw new ConflictError("refused");
    };
    const outcomes = await Promise.allSettled([
      us.documents.change(KEY, withLink("a")),
      us.documents.change(KEY, refuse),
      us.documents.change(KEY, withLink("b")),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
    expect(linksOf(backend)).to.deep.equal(["a", "b"]);
  });

  it("all fail with the store, and later ones are tried anew", async () => {
    await put(us, KEY, connection("db"));
    us.before = () => {
      throw new StoreUnavailableError("unreachable", "down");
    };
    const outcomes = await Promise.allSettled(["a", "b"].map((name) => us.documents.change(KEY, withLink(name))));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
    us.before = undefined;
    await us.documents.change(KEY, withLink("c"));
    expect(linksOf(backend)).to.deep.equal(["c"]);
  });

  it("go to different documents side by side", async () => {
    let together = 0;
    let most = 0;
    us.before = async ({ operation }) => {
      if (operation !== "put") return;
      most = Math.max(most, ++together);
      await new Promise((resolve) => setImmediate(resolve));
      together--;
    };
    const ids = ["a", "b", "c"];
    await Promise.all(ids.map((id) => put(us, documentKeys.connection("data", id), connection(id))));
    expect(most).to.equal(3);
  });

  it("run again on what others wrote, each on what the one before it makes of that", async () => {
    const queue = new ChangeQueue((_key, change) => {
      for (const theirs of [connection("old"), connection("theirs", ["x"])]) change(theirs);
      return Promise.resolve({ sequence: 7, written: true });
    });
    const failing = queue.add<ConnectionDocument>(KEY, (current) => {
      if (current?.base.host === "theirs") throw new ConflictError("refused");
      return connection("never kept");
    });
    const [first, second] = await Promise.allSettled([failing, queue.add(KEY, withLink("a"))]);
    expect(first.status).to.equal("rejected");
    expect(second)
      .to.have.property("value")
      .that.deep.equals({
        sequence: 7,
        written: true,
        before: connection("theirs", ["x"]),
        after: connection("theirs", ["x", "a"]),
      });
  });
});
