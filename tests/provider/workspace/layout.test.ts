import { expect } from "chai";
import { encodeDocument, decodeDocument } from "../../../provider/environment/codec";
import type {
  ConnectionDocument,
  DeploymentDocument,
  WorkspaceDocument,
} from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { readMetadata } from "../../../provider/environment/metadata";
import { ConflictError, StaleVersionError, UnsupportedError } from "../../../provider/errors";
import { sortListing } from "../../../provider/workspace/layout";
import { WorkspaceStore } from "../../../provider/workspace/workspace-store";
import { explore, type Actor, type Explored, type Gates, type Outcome, type System } from "../../fakes/explore";
import { instantClock } from "../../fakes/instant-clock";
import { MemoryBackend, memoryStore, type StoreStep } from "../../fakes/memory-store";

const KEY = documentKeys.connection("data", "own", "prod");
const OLD_KEY = "data/deployments/prod/connections/own";
const DEPLOYMENT = documentKeys.deployment("data", "prod");

const own = (host = "db"): ConnectionDocument => ({
  kind: "connection",
  id: "own",
  owner: "o",
  deployment: "prod",
  base: { connType: "postgres", host },
  sharing: "Restricted",
  exclude: [],
  links: {},
  overrides: {},
});
const deployment: DeploymentDocument = { kind: "deployment", name: "prod", owner: "o", target: {} };
const workspace: WorkspaceDocument = {
  kind: "workspace",
  name: "data",
  uid: "u",
  owner: "o",
  fingerprintKey: "k",
  secretsFetching: false,
};

/** With a third process the states take a minute: for changes of the protocol, as the other interleavings. */
const IS_THOROUGH = process.env["INTERLEAVINGS"] === "all";

/** As release 0.1.0 wrote it. */
function oldText({ id, ...rest }: ConnectionDocument): string {
  return JSON.stringify({ schemaVersion: 1, ...rest, connId: id });
}

function plant(backend: MemoryBackend, key: string, text: string, metadata = "{}"): void {
  backend.documents.set(key, { version: backend.nextVersion(), text, metadata });
}

/** What release 0.1.0 left: a Workspace, a Deployment, and a connection of the Deployment's own. */
function oldBackend(): MemoryBackend {
  const backend = new MemoryBackend();
  plant(backend, documentKeys.workspace("data"), encodeDocument(workspace));
  plant(backend, DEPLOYMENT, encodeDocument(deployment));
  plant(backend, OLD_KEY, oldText(own()));
  return backend;
}

const placesOf = ({ documents }: MemoryBackend) => [KEY, OLD_KEY].filter((key) => documents.has(key));
const storedAt = (backend: MemoryBackend, key: string) =>
  decodeDocument(key, backend.documents.get(key)!.text) as ConnectionDocument;

/** A process that counts its calls. */
function open(backend: MemoryBackend, before?: (step: StoreStep) => void | Promise<void>) {
  const calls: string[] = [];
  const store = memoryStore(backend, {
    before: (step) => {
      calls.push(`${step.operation} ${step.key}`);
      return before?.(step);
    },
  });
  return { documents: new WorkspaceStore("data", store, instantClock()), calls };
}

/** Some other change, as a process makes it that has nothing to do with the connection. */
const touch = (documents: WorkspaceStore) =>
  documents.changeDeployment("prod", (current) => current && { ...current, airflowVersion: "3.1.8" });

describe("a listing", () => {
  const stored = (key: string, version = "1") => ({ key, version, text: "" });

  it("has documents of release 0.1.0 under the keys where they belong", () => {
    const { documents, legacy } = sortListing([stored(DEPLOYMENT), stored(OLD_KEY)]);
    expect([...documents]).to.deep.equal([
      [DEPLOYMENT, stored(DEPLOYMENT)],
      [KEY, stored(OLD_KEY)],
    ]);
    expect([...legacy]).to.deep.equal([[KEY, stored(OLD_KEY)]]);
  });

  it("counts what lies in both places where it belongs, in whatever order they come", () => {
    const both = [stored(OLD_KEY), stored(KEY, "2")];
    for (const listed of [both, [...both].reverse()]) {
      const { documents, legacy } = sortListing(listed);
      expect([...documents]).to.deep.equal([[KEY, stored(KEY, "2")]]);
      expect([...legacy]).to.deep.equal([[KEY, stored(OLD_KEY)]]);
    }
  });
});

describe("a Workspace of release 0.1.0", () => {
  let backend: MemoryBackend;
  beforeEach(() => (backend = oldBackend()));

  it("is read as it is: a preview may not write", async () => {
    const { documents, calls } = open(backend);
    const { objects, deployments } = await documents.snapshot();
    expect(objects).to.deep.equal([own()]);
    expect([...deployments.keys()]).to.deep.equal(["prod"]);
    expect(documents.peekShared(KEY)).to.deep.equal(own());
    await documents.refresh();
    expect(calls).to.deep.equal(["list data/", "list data/"]);
    expect(placesOf(backend)).to.deep.equal([OLD_KEY]);
  });

  it("has Deployments only where Deployments are, without a read of what lies below them", async () => {
    const { documents, calls } = open(backend);
    expect([...(await documents.enumerateDeployments()).keys()]).to.deep.equal(["prod"]);
    expect(calls).to.deep.equal(["list data/", "keys data/deployments/"]);
  });

  it("is found document by document, too", async () => {
    const { documents } = open(backend);
    await documents.snapshot();
    expect(await documents.find(KEY)).to.deep.equal(own());
    expect((await documents.snapshot()).objects, "not taken for gone").to.deep.equal([own()]);
  });

  it("is upgraded before the first write, whatever this is, and once", async () => {
    const { documents, calls } = open(backend);
    await documents.snapshot();
    await touch(documents);
    const moving = [`put ${KEY}`, `find ${OLD_KEY}`, `delete ${OLD_KEY}`, "list data/"];
    expect(calls).to.deep.equal(["list data/", ...moving, `put ${DEPLOYMENT}`]);
    expect(placesOf(backend)).to.deep.equal([KEY]);
    const { text, metadata } = backend.documents.get(KEY)!;
    expect(text).to.equal(encodeDocument(own()));
    expect(readMetadata(metadata)).to.deep.include({ metadataVersion: 2, kind: "connection", connType: "postgres" });
    await documents.changeShared(KEY, () => own("new"));
    expect(calls.slice(-1), "no second time").to.deep.equal([`put ${KEY}`]);
    expect(calls).to.have.length(7);
  });

  it("is upgraded once although many changes begin at the same time", async () => {
    const { documents, calls } = open(backend);
    await documents.snapshot();
    const other = documentKeys.connection("data", "other");
    await Promise.all([
      touch(documents),
      documents.changeShared(KEY, () => own("new")),
      documents.changeShared(other, () => ({ ...own(), id: "other", deployment: undefined })),
    ]);
    expect(calls.filter((call) => call === `delete ${OLD_KEY}`)).to.have.length(1);
    expect(storedAt(backend, KEY)).to.deep.equal(own("new"));
  });

  it("is upgraded by the next write when the store failed in the middle", async () => {
    let isDown = true;
    const { documents } = open(backend, ({ operation, key }) => {
      if (isDown && operation === "find" && key === OLD_KEY) throw new Error("down");
    });
    await documents.snapshot();
    await touch(documents).then(
      () => expect.fail("should fail"),
      (error: Error) => expect(error.message).to.equal("down"),
    );
    expect(storedAt(backend, DEPLOYMENT), "nothing was written before the upgrade").to.deep.equal(deployment);
    isDown = false;
    await touch(documents);
    expect(storedAt(backend, KEY)).to.deep.equal(own());
  });

  it("whose document is damaged is refused by the name of where it lies", async () => {
    plant(backend, OLD_KEY, JSON.stringify({ schemaVersion: 1, kind: "connection", connId: "own" }));
    const { documents } = open(backend);
    await documents.snapshot().then(
      () => expect.fail("should be refused"),
      (error: Error) =>
        expect(error).to.be.instanceOf(UnsupportedError).with.property("message").contains(`document "${OLD_KEY}"`),
    );
  });

  describe("with what is left of an interrupted upgrade", () => {
    beforeEach(() => plant(backend, KEY, encodeDocument(own("current"))));

    it("is read where documents belong", async () => {
      const { documents } = open(backend);
      expect((await documents.snapshot()).objects).to.deep.equal([own("current")]);
    });

    it("is changed where documents belong", async () => {
      const { documents } = open(backend);
      await documents.snapshot();
      await documents.changeShared(KEY, () => own("new"));
      expect(storedAt(backend, KEY)).to.deep.equal(own("new"));
      expect((await open(backend).documents.snapshot()).objects).to.deep.equal([own("new")]);
    });

    it("loses it with the document, first: it must not come back to life", async () => {
      const { documents, calls } = open(backend);
      await documents.snapshot();
      await documents.changeShared(KEY, () => undefined);
      expect(calls.filter((call) => call.startsWith("delete "))).to.deep.equal([`delete ${OLD_KEY}`, `delete ${KEY}`]);
      expect(placesOf(backend)).to.deep.equal([]);
      await documents.changeShared(KEY, () => own("again"));
      expect((await open(backend).documents.snapshot()).objects).to.deep.equal([own("again")]);
    });

    it("loses it with the document although the store failed in between", async () => {
      let isDown = true;
      const { documents } = open(backend, ({ operation, key }) => {
        if (isDown && operation === "delete" && key === KEY) throw new Error("down");
      });
      await documents.snapshot();
      await documents.changeShared(KEY, () => undefined).catch(() => undefined);
      expect(placesOf(backend)).to.deep.equal([KEY]);
      isDown = false;
      await documents.changeShared(KEY, () => undefined);
      expect(placesOf(backend)).to.deep.equal([]);
    });
  });
});

describe("every interleaving of an upgrade", function () {
  this.timeout(600_000);

  interface Writer {
    name: string;
    run(documents: WorkspaceStore): Promise<unknown>;
  }
  interface Scenario {
    writers: Writer[];
    crashes: number;
    /** In each state. */
    always?(backend: MemoryBackend): void;
    /** At the end. */
    atEnd(backend: MemoryBackend, outcomes: ReadonlyMap<string, Outcome>): void;
  }

  const mover = (name: string): Writer => ({
    name,
    async run(documents) {
      await documents.snapshot();
      // Any change upgrades first; one that writes nothing leaves fewest states to visit.
      await documents.changeDeployment("prod", (current) => current);
    },
  });
  const changer: Writer = {
    name: "changer",
    async run(documents) {
      await documents.snapshot();
      await documents.change<ConnectionDocument>(KEY, (current) => current && { ...current, base: own("new").base });
    },
  };
  const deleter: Writer = {
    name: "deleter",
    async run(documents) {
      await documents.refresh();
      await documents.changeShared(KEY, () => undefined);
    },
  };
  /** Release 0.1.0, which knows the old place only. */
  const old: Writer = {
    name: "0.1.0",
    async run({ store }) {
      for (;;) {
        const found = await store.find(OLD_KEY);
        if (!found) return;
        try {
          await store.put(OLD_KEY, oldText(own("by 0.1.0")), "{}", found.version);
          return;
        } catch (error) {
          if (!(error instanceof StaleVersionError)) throw error;
        }
      }
    },
  };

  function systemOf({ writers, always, atEnd }: Scenario, beginning: MemoryBackend): Promise<System> {
    const backend = beginning.copy();
    const versions = new Map<string, string[]>();
    /** With versions counted by key: the backend's own numbers also differ with the order of unrelated writes. */
    const stored = (prefix: string) => {
      const all = [...backend.documents].map(([key, { version, text }]) => {
        const known = versions.get(key) ?? [];
        if (!known.includes(version)) versions.set(key, [...known, version]);
        return [key, versions.get(key)!.indexOf(version), text] as const;
      });
      const seen = all.filter(([key]) => key.startsWith(prefix));
      return JSON.stringify(seen.sort(([a], [b]) => (a < b ? -1 : 1)));
    };
    stored("");
    const actors = writers.map(({ name, run }): Actor => ({
      name,
      start: (gates: Gates) => {
        const label = ({ operation, key }: StoreStep) => `${operation} ${key}`;
        const store = memoryStore(backend, {
          before: (step) => gates.before(label(step)),
          after: (step) => gates.after(label(step)),
        });
        return run(new WorkspaceStore("data", store, instantClock()));
      },
    }));
    return Promise.resolve({
      actors,
      isWrite: (label) => /^(put|delete) /.test(label),
      overlap(a, b) {
        const [keyA = "", keyB = ""] = [a.split(" ")[1], b.split(" ")[1]];
        return keyA.startsWith(keyB) || keyB.startsWith(keyA);
      },
      stateSeenBy: (label) => stored(label.split(" ")[1] ?? ""),
      sharedState: () => stored(""),
      check(returned, isOver) {
        always?.(backend);
        if (isOver) atEnd(backend, returned);
      },
    });
  }

  async function visit(scenario: Scenario): Promise<Explored> {
    const explored = await explore(() => systemOf(scenario, oldBackend()), scenario.crashes);
    expect(explored.ends).to.be.greaterThan(0);
    return explored;
  }

  function requireSuccess(outcomes: ReadonlyMap<string, Outcome>): void {
    for (const { error } of outcomes.values()) if (error) throw error;
  }

  const movers: [count: number, crashes: number][] = [
    [2, 0],
    [2, 1],
  ];
  for (const [count, crashes] of IS_THOROUGH ? [...movers, [3, 0] as const] : movers)
    it(`${count} movers, of which ${crashes} die: the document is there all the time, and stays`, async () => {
      await visit({
        writers: Array.from({ length: count }, (_, at) => mover(`mover ${at}`)),
        crashes,
        always: (backend) => expect(placesOf(backend)).not.to.deep.equal([]),
        atEnd(backend, outcomes) {
          requireSuccess(outcomes);
          expect(storedAt(backend, KEY)).to.deep.equal(own());
          if (crashes === 0) expect(placesOf(backend)).to.deep.equal([KEY]);
        },
      });
    });

  it("a mover and somebody who changes the document: the change is not lost", async () => {
    await visit({
      writers: [mover("mover"), changer],
      crashes: 1,
      always: (backend) => expect(placesOf(backend)).not.to.deep.equal([]),
      atEnd(backend, outcomes) {
        requireSuccess(outcomes);
        expect(storedAt(backend, KEY)).to.deep.equal(own("new"));
      },
    });
  });

  for (const count of IS_THOROUGH ? [1, 2] : [1])
    it(`${count} mover${count > 1 ? "s" : ""} and somebody who deletes the document: it does not come back to life`, async () => {
      await visit({
        writers: [...Array.from({ length: count }, (_, at) => mover(`mover ${at}`)), deleter],
        crashes: 0,
        atEnd(backend, outcomes) {
          requireSuccess(outcomes);
          expect(placesOf(backend)).to.deep.equal([]);
        },
      });
    });

  it("a mover, and somebody who deletes the document and makes it anew: the new one stays, and nobody fails", async () => {
    await visit({
      writers: [
        mover("mover"),
        {
          name: "maker",
          async run(documents) {
            await deleter.run(documents);
            await documents.changeShared(KEY, () => own("anew"));
          },
        },
      ],
      crashes: 0,
      atEnd(backend, outcomes) {
        requireSuccess(outcomes);
        expect(storedAt(backend, KEY)).to.deep.equal(own("anew"));
        expect(placesOf(backend)).to.deep.equal([KEY]);
      },
    });
  });

  it("a mover and release 0.1.0: what that wrote is not lost, or the mover says whom to upgrade", async () => {
    const seen = { moved: 0, refused: 0 };
    await visit({
      writers: [mover("mover"), old],
      crashes: 0,
      atEnd(backend, outcomes) {
        const error = outcomes.get("mover")?.error;
        expect(placesOf(backend), "one place").to.have.length(1);
        if (!error) {
          seen.moved++;
          // Release 0.1.0 wrote before the move, or found nothing any more.
          expect(["db", "by 0.1.0"]).to.include(storedAt(backend, KEY).base.host);
          return;
        }
        seen.refused++;
        expect(error).to.be.instanceOf(ConflictError).and.not.instanceOf(StaleVersionError);
        expect(error.message).to.contain("was changed by release 0.1.0").and.contain("upgrade pulumi-airflow-env");
        expect(storedAt(backend, OLD_KEY)).to.deep.equal(own("by 0.1.0"));
      },
    });
    for (const count of Object.values(seen)) expect(count).to.be.greaterThan(0);
  });
});
