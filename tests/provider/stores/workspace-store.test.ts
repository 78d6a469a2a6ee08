import { expect } from "chai";
import { ConflictError, StoreUnavailableError } from "../../../provider/errors";
import { documentKeys, type ConnectionDocument, type Document } from "../../../provider/model/documents";
import { WorkspaceStore, type Change } from "../../../provider/stores/workspace-store";
import { MemoryBackend, memoryStore, type StoreStep } from "../../fakes/memory-store";
import { instantClock } from "../../fakes/instant-clock";

const KEY = documentKeys.connection("data", "warehouse");
const DEPLOYMENT = documentKeys.deployment("data", "prod");

const connection = (host: string, links: string[] = []): ConnectionDocument => ({
  kind: "connection",
  connId: "warehouse",
  owner: "o",
  base: { connType: "postgres", host },
  sharing: "Restricted",
  exclude: [],
  links: Object.fromEntries(links.map((name) => [name, { owner: "o", overrides: {} }])),
  overrides: {},
});
const withLink =
  (name: string): Change<ConnectionDocument> =>
  (current) => {
    if (!current) throw new ConflictError("gone");
    return { ...current, links: { ...current.links, [name]: { owner: "o", overrides: {} } } };
  };
const linksOf = (backend: MemoryBackend) =>
  Object.keys((JSON.parse(backend.documents.get(KEY)!.text) as ConnectionDocument).links);

/** A client of a backend that counts its calls, and whose hooks a test may set. */
class Client {
  readonly calls: string[] = [];
  before?: (step: StoreStep) => void | Promise<void>;
  after?: (step: StoreStep) => void | Promise<void>;
  readonly documents: WorkspaceStore;

  constructor(backend: MemoryBackend) {
    const store = memoryStore(backend, {
      before: (step) => {
        this.calls.push(step.operation);
        return this.before?.(step);
      },
      after: (step) => this.after?.(step),
    });
    this.documents = new WorkspaceStore("data", store, instantClock());
  }

  count(operation: StoreStep["operation"]): number {
    return this.calls.filter((call) => call === operation).length;
  }

  /** Replies to the next call of an operation are held back, after it took effect, until the returned function runs. */
  holdReply(operation: StoreStep["operation"]): () => void {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let isHeld = false;
    this.after = async (step) => {
      if (step.operation !== operation || isHeld) return;
      isHeld = true;
      await held;
    };
    return release;
  }
}

async function put(client: Client, key: string, document: Document | undefined) {
  await client.documents.change(key, () => document);
}

describe("WorkspaceStore", () => {
  let backend: MemoryBackend;
  let us: Client;
  let others: Client;
  beforeEach(() => {
    backend = new MemoryBackend();
    [us, others] = [new Client(backend), new Client(backend)];
  });

  describe("changes of one document", () => {
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
      us.before = ({ operation }) =>
        operation === "put" ? new Promise((resolve) => setTimeout(resolve, 5)) : undefined;
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

  describe("bulk reads", () => {
    it("serve any number of readers with one listing", async () => {
      await put(others, KEY, connection("db"));
      await Promise.all(Array.from({ length: 100 }, () => us.documents.snapshot()));
      expect(us.calls).to.deep.equal(["list"]);
    });

    it("that failed are tried again by the next reader", async () => {
      us.before = () => {
        throw new StoreUnavailableError("timeout", "slow");
      };
      await us.documents.snapshot().then(
        () => expect.fail("should fail"),
        (error: Error) => expect(error.message).to.equal("slow"),
      );
      us.before = undefined;
      expect((await us.documents.snapshot()).connections).to.deep.equal([]);
    });

    it("begin after each call of refresh, and calls made meanwhile share one", async () => {
      const release = us.holdReply("list");
      const first = us.documents.refresh();
      await new Promise((resolve) => setImmediate(resolve));
      await put(others, KEY, connection("db"));
      const later = [us.documents.refresh(), us.documents.refresh()];
      release();
      expect((await first).connections).to.have.length(0);
      for (const snapshot of await Promise.all(later)) expect(snapshot.connections).to.have.length(1);
      expect(us.count("list")).to.equal(2);
    });

    it("tell Workspace, Deployments, connections and values apart", async () => {
      await put(others, documentKeys.workspace("data"), {
        kind: "workspace",
        name: "data",
        uid: "u",
        owner: "o",
        fingerprintKey: "k",
        secretsFetching: true,
      });
      await put(others, DEPLOYMENT, { kind: "deployment", name: "prod", owner: "o", target: {} });
      await put(others, KEY, connection("db"));
      await put(others, documentKeys.value("data", "v"), { kind: "value", name: "v", owner: "o", value: "secret" });
      const { workspace, deployments, connections } = await us.documents.snapshot();
      expect(workspace?.uid).to.equal("u");
      expect([...deployments.keys()]).to.deep.equal(["prod"]);
      expect(connections.map(({ connId }) => connId)).to.deep.equal(["warehouse"]);
      expect(await us.documents.findValue("v")).to.equal("secret");
      expect(await us.documents.findValue("w")).to.equal(undefined);
    });
  });

  describe("replies that come late", () => {
    beforeEach(async () => {
      await put(others, KEY, connection("old"));
      await us.documents.snapshot();
    });

    const hostOf = (client: Client) => client.documents.peek<ConnectionDocument>(KEY)?.base.host;

    it("of a bulk read do not undo our write", async () => {
      const release = us.holdReply("list");
      const refreshed = us.documents.refresh();
      await put(us, KEY, connection("ours"));
      release();
      await refreshed;
      expect(hostOf(us)).to.equal("ours");
    });

    it("of a bulk read do not take away a document that we created", async () => {
      const key = documentKeys.connection("data", "new");
      const release = us.holdReply("list");
      const refreshed = us.documents.refresh();
      await put(us, key, connection("ours"));
      release();
      await refreshed;
      expect(us.documents.peek(key)).to.not.equal(undefined);
    });

    it("of a bulk read do not bring back a document that we deleted", async () => {
      const release = us.holdReply("list");
      const refreshed = us.documents.refresh();
      await put(us, KEY, undefined);
      release();
      await refreshed;
      expect(us.documents.peek(KEY)).to.equal(undefined);
    });

    it("of our write do not undo what a later bulk read found on top of it", async () => {
      const release = us.holdReply("put");
      const written = put(us, KEY, connection("ours"));
      await new Promise((resolve) => setImmediate(resolve));
      await put(others, KEY, connection("theirs"));
      await us.documents.refresh();
      release();
      await written;
      expect(hostOf(us)).to.equal("theirs");
    });

    it("of our write are taken in although a later bulk read missed it", async () => {
      let release = () => {};
      us.before = ({ operation }) =>
        operation === "put" ? new Promise<void>((resolve) => (release = resolve)) : undefined;
      const written = put(us, KEY, connection("ours"));
      await new Promise((resolve) => setImmediate(resolve));
      await us.documents.refresh();
      expect(hostOf(us)).to.equal("old");
      release();
      await written;
      expect(hostOf(us)).to.equal("ours");
    });

    it("of a bulk read that found theirs on top of ours are taken in", async () => {
      const releasePut = us.holdReply("put");
      const written = put(us, KEY, connection("ours"));
      await new Promise((resolve) => setImmediate(resolve));
      await put(others, KEY, connection("theirs"));
      const releaseList = us.holdReply("list");
      const refreshed = us.documents.refresh();
      releasePut();
      await written;
      releaseList();
      await refreshed;
      expect(hostOf(us)).to.equal("theirs");
    });

    it("of a single read do not undo a later bulk read", async () => {
      const release = us.holdReply("find");
      const found = us.documents.find(KEY);
      await new Promise((resolve) => setImmediate(resolve));
      await put(others, KEY, connection("theirs"));
      await us.documents.refresh();
      release();
      await found;
      expect(hostOf(us)).to.equal("theirs");
    });

    it("of a bulk read do not undo a later single read", async () => {
      const release = us.holdReply("list");
      const refreshed = us.documents.refresh();
      await put(others, KEY, connection("theirs"));
      await us.documents.find(KEY);
      release();
      await refreshed;
      expect(hostOf(us)).to.equal("theirs");
    });
  });

  describe("enumerateDeployments", () => {
    const deployment = (name: string) => ({ kind: "deployment" as const, name, owner: "o", target: {} });

    it("sees the Deployments of others with one listing of keys and one read for each new one", async () => {
      await put(others, DEPLOYMENT, deployment("prod"));
      await us.documents.snapshot();
      await put(others, documentKeys.deployment("data", "late"), deployment("late"));
      await put(others, documentKeys.connection("data", "own", "prod"), connection("db"));
      expect([...(await us.documents.enumerateDeployments()).keys()]).to.have.members(["prod", "late"]);
      expect(us.calls).to.deep.equal(["list", "keys", "find"]);
      await us.documents.enumerateDeployments();
      expect(us.calls).to.deep.equal(["list", "keys", "find", "keys"]);
    });

    it("no longer has those that others deleted", async () => {
      await put(others, DEPLOYMENT, deployment("prod"));
      await us.documents.snapshot();
      await put(others, DEPLOYMENT, undefined);
      expect([...(await us.documents.enumerateDeployments()).keys()]).to.deep.equal([]);
      expect(us.documents.cached.deployments.size).to.equal(0);
    });

    it("keeps a Deployment although the late reply of an earlier bulk read does not have it", async () => {
      await us.documents.snapshot();
      const release = us.holdReply("list");
      const refreshed = us.documents.refresh();
      await put(others, DEPLOYMENT, deployment("prod"));
      const enumerated = await us.documents.enumerateDeployments();
      release();
      await refreshed;
      expect([...enumerated.keys()]).to.deep.equal(["prod"]);
      expect([...us.documents.cached.deployments.keys()]).to.deep.equal(["prod"]);
    });

    it("lists after each call: a Deployment stored before the call is seen, even beside a running listing", async () => {
      await us.documents.snapshot();
      const release = us.holdReply("keys");
      const first = us.documents.enumerateDeployments();
      await new Promise((resolve) => setImmediate(resolve));
      await put(others, DEPLOYMENT, deployment("prod"));
      const second = us.documents.enumerateDeployments();
      release();
      expect((await first).size).to.equal(0);
      expect((await second).size).to.equal(1);
    });
  });
});
