import { expect } from "chai";
import type { ConnectionDocument } from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { ConflictError } from "../../../provider/errors";
import type { Change } from "../../../provider/workspace/change-queue";
import { MemoryBackend } from "../../fakes/memory-store";
import { Client, connection, KEY, linksOf, put, withLink } from "./client";

describe("DocumentWriter", () => {
  let backend: MemoryBackend;
  let us: Client;
  let others: Client;
  beforeEach(() => {
    backend = new MemoryBackend();
    [us, others] = [new Client(backend), new Client(backend)];
  });

  it("tells which Deployments got something of what was written, before or after, and keeps no documents for it", async () => {
    const { documents } = new Client(new MemoryBackend());
    for (const name of ["prod", "dev", "test"])
      await documents.change(documentKeys.deployment("data", name), () => ({
        kind: "deployment",
        name,
        owner: "o",
        target: {},
      }));
    const touched = () => ["prod", "dev", "test"].filter((name) => documents.isTouched(name));
    expect(touched()).to.deep.equal([]);
    await documents.change<ConnectionDocument>(KEY, () => connection("h", ["prod"]));
    expect(touched()).to.deep.equal(["prod"]);
    const shared = documentKeys.connection("data", "shared");
    await documents.change<ConnectionDocument>(shared, () => ({
      ...connection("h"),
      id: "shared",
      sharing: "LinkedToAll",
      exclude: ["test"],
    }));
    expect(touched()).to.deep.equal(["prod", "dev"]);
  });

  describe("beside another process", () => {
    beforeEach(async () => {
      await put(others, KEY, connection("db"));
      await us.documents.snapshot();
    });

    it("a lost compare-and-set is repeated on what the other wrote", async () => {
      await others.documents.change(KEY, withLink("theirs"));
      const changed = await us.documents.change(KEY, withLink("ours"));
      expect(linksOf(backend)).to.deep.equal(["ours", "theirs"]);
      expect(Object.keys(changed.before!.links)).to.deep.equal(["theirs"]);
      expect(us.calls).to.deep.equal(["list", "put", "find", "put"]);
    });

    it("50 processes that change one document at once lose nothing", async () => {
      const clients = Array.from({ length: 50 }, () => new Client(backend));
      await Promise.all(clients.map((client, n) => client.documents.change(KEY, withLink(`d${n}`))));
      expect(linksOf(backend)).to.have.length(50);
    });

    it("a document that never holds still ends in an error that says so", async () => {
      us.before = async ({ operation }) => {
        if (operation === "put") await put(others, KEY, connection(String(Math.random())));
      };
      await us.documents.change(KEY, withLink("ours")).then(
        () => expect.fail("should not win"),
        (error: Error) =>
          expect(error).to.be.instanceOf(ConflictError).with.property("message").contains("keeps changing"),
      );
    });

    it("a refusal rests on a fresh document, not on the cached one", async () => {
      const onlyIfLinked: Change<ConnectionDocument> = (current) => {
        if (!current?.links["theirs"]) throw new ConflictError("not linked");
        return { ...current, base: { ...current.base, host: "new" } };
      };
      await others.documents.change(KEY, withLink("theirs"));
      const changed = await us.documents.change(KEY, onlyIfLinked);
      expect(changed.after!.base.host).to.equal("new");
    });

    it('"nothing to do" rests on a fresh document too', async () => {
      await put(others, KEY, connection("theirs"));
      const changed = await us.documents.change<ConnectionDocument>(KEY, () => connection("db"));
      expect(changed.written).to.equal(true);
      expect(changed.before!.base.host).to.equal("theirs");
    });

    it("a document that the cache has and the store has not is created anew", async () => {
      await put(others, KEY, undefined);
      const changed = await us.documents.change<ConnectionDocument>(KEY, () => connection("again"));
      expect([changed.before, changed.after!.base.host]).to.deep.equal([undefined, "again"]);
    });

    it("deleting what they deleted succeeds, and deleting what they changed sees the change", async () => {
      await others.documents.change(KEY, withLink("theirs"));
      const seen: number[] = [];
      const remove: Change<ConnectionDocument> = (current) => {
        if (current) seen.push(Object.keys(current.links).length);
        return undefined;
      };
      await us.documents.change(KEY, remove);
      expect(seen.at(-1)).to.equal(1);
      expect(backend.documents.has(KEY)).to.equal(false);
      await us.documents.change(KEY, remove);
      await others.documents.change<ConnectionDocument>(KEY, () => undefined);
      expect(backend.documents.size).to.equal(0);
    });
  });
});
