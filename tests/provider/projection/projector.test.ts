import { expect } from "chai";
import sinon from "sinon";
import { systemClock, type Clock } from "../../../provider/clock";
import { ProviderError, StaleVersionError, TargetUnavailableError } from "../../../provider/errors";
import {
  type ConnectionDocument,
  type DeploymentDocument,
  type WorkspaceDocument,
} from "../../../provider/environment/documents";
import type { TargetAccess } from "../../../provider/projection/places";
import { describeFailure, Projector } from "../../../provider/projection/projector";
import { WorkspaceStore } from "../../../provider/workspace/workspace-store";
import { reading } from "../../../provider/targets/read-each";
import type { SpecTrust, TargetMarks } from "../../../provider/targets/target";
import { instantClock } from "../../fakes/instant-clock";
import { MemoryBackend, memoryStore } from "../../fakes/memory-store";
import { MemoryPlace, memoryTarget, type MemoryTargetOptions } from "../../fakes/memory-target";
import { documentKeys } from "../../../provider/environment/keys";

const WORKSPACE = "data";
const PASSWORD = "canary-2b7f";
const ownerOf = (resource: string) => `acme/data/prod::${resource}`;
const FOREIGN: TargetMarks = {
  workspace: "other",
  workspaceUid: "uid-of-other",
  deployment: "theirs",
  owner: "acme/other/prod::theirs",
};

/** What all processes share: one store, and a place per Deployment of the same name. */
class Shared {
  readonly backend = new MemoryBackend();
  private readonly places = new Map<string, MemoryPlace>();

  place(name: string): MemoryPlace {
    const place = this.places.get(name) ?? new MemoryPlace();
    this.places.set(name, place);
    return place;
  }

  /** Connection ids in a Deployment's place. */
  ids(deployment: string): string[] {
    const { text } = this.place(deployment);
    return Object.keys(JSON.parse(text ?? "{}") as object);
  }
}

/** One provider host: documents and projector of its own. */
class Host {
  readonly documents: WorkspaceStore;
  readonly projector: Projector;
  reads = 0;

  constructor(
    shared: Shared,
    options: {
      clock?: Clock;
      target?: (name: string) => MemoryTargetOptions;
      isOwn?: boolean;
      onOpen?: (trust: SpecTrust) => void;
    } = {},
  ) {
    const { clock = instantClock(), target = () => ({}), isOwn = true, onOpen } = options;
    this.documents = new WorkspaceStore(WORKSPACE, memoryStore(shared.backend), clock);
    const targets: TargetAccess = {
      believed: (spec, trust) => {
        onOpen?.(trust);
        return spec;
      },
      open: (spec) => {
        const name = String(spec["memory"]?.["name"]);
        const given: MemoryTargetOptions = target(name);
        const before: MemoryTargetOptions["before"] = async (step) => {
          if (step.operation === "read") this.reads++;
          await given.before?.(step);
        };
        return Promise.resolve(memoryTarget(shared.place(name), { address: `memory:${name}`, ...given, before }));
      },
      readMany: async (many) => new Map(await Promise.all(many.map(async (one) => [one, await reading(one)] as const))),
      limit: (_target, run) => run(),
    };
    this.projector = new Projector(this.documents, targets, { clock, isOwn: () => isOwn });
  }

  async declare(...deployments: string[]): Promise<void> {
    const workspace: WorkspaceDocument = {
      kind: "workspace",
      name: WORKSPACE,
      uid: "uid-of-data",
      owner: ownerOf(WORKSPACE),
      fingerprintKey: "",
      secretsFetching: false,
    };
    await this.documents.change<WorkspaceDocument>(documentKeys.workspace(WORKSPACE), () => workspace);
    for (const name of deployments)
      await this.documents.change<DeploymentDocument>(documentKeys.deployment(WORKSPACE, name), () => ({
        kind: "deployment",
        name,
        owner: ownerOf(name),
        target: { memory: { name } },
      }));
  }

  /** Writes a connection that all Deployments get, or that those in `links` get; returns the write's sequence. */
  async connect(id: string, more: Partial<ConnectionDocument> = {}): Promise<number> {
    const { sequence } = await this.documents.change<ConnectionDocument>(
      documentKeys.connection(WORKSPACE, id),
      () => ({
        kind: "connection",
        id,
        owner: ownerOf(id),
        base: { connType: "postgres", password: PASSWORD },
        sharing: "LinkedToAll",
        exclude: [],
        links: {},
        overrides: {},
        ...more,
      }),
    );
    return sequence;
  }
}

/** The error that a projection ends with. */
async function failureOf(projection: Promise<unknown>): Promise<ProviderError> {
  try {
    await projection;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error("the projection succeeded");
}

describe("projector", () => {
  let shared: Shared;
  beforeEach(() => (shared = new Shared()));

  describe("group commit", () => {
    for (const stateMs of [2, 50])
      it(`200 links to one Deployment through 8 slots, ${stateMs} ms per state write: one write per 8`, async () => {
        const time = sinon.useFakeTimers();
        const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
        const before = () => sleep(10);
        const host = new Host(shared, { clock: systemClock, target: () => ({ before }) });
        await host.declare("prod");
        const { gathering } = host.projector;
        const names = Array.from({ length: 200 }, (_, at) => `link-${String(at).padStart(3, "0")}`);
        for (const name of names) gathering.announce(name);
        // The engine writes its state, one write at a time, before an operation starts and after it ends.
        let state = Promise.resolve();
        const persist = () => (state = state.then(() => sleep(stateMs)));
        const waiting = [...names];
        const slot = async () => {
          for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
            const connId = name;
            await persist();
            await gathering.during(name, async () => {
              const sequence = await host.connect(connId);
              expect(await host.projector.projectAll(["prod"], sequence)).to.deep.equal([]);
              expect(shared.ids("prod"), "what an operation returned before").to.include(connId);
            });
            await persist();
          }
        };
        const done = Promise.all(Array.from({ length: 8 }, slot)).then(() => true);
        while (!(await Promise.race([done, time.tickAsync(50).then(() => false)])));
        expect(shared.ids("prod")).to.deep.equal(names);
        expect(shared.place("prod").writes).to.be.at.most(Math.ceil(200 / 8) + 2);
        expect(host.reads).to.be.at.most(2);
      });

    it("calls made while a projection runs share the next one", async () => {
      const host = new Host(shared);
      await host.declare("prod");
      await host.connect("first");
      const running = host.projector.project("prod", host.documents.sequence);
      const later = ["a", "b", "c"].map(async (connId) => host.projector.project("prod", await host.connect(connId)));
      await Promise.all([running, ...later]);
      expect(shared.ids("prod")).to.deep.equal(["a", "b", "c", "first"]);
      expect(shared.place("prod").writes).to.be.at.most(2);
    });
  });

  it("a caller that joins a run keeps its claim on the write when that run's own is lost", async () => {
    const other = new Host(shared);
    let joined: Promise<void> | undefined;
    const before: MemoryTargetOptions["before"] = async ({ operation }) => {
      if (operation !== "write" || joined) return;
      joined = host.projector.project("prod", sequence);
      // The same bytes, by one that may have read before our document was written.
      await other.projector.project("prod");
    };
    const host = new Host(shared, { target: () => ({ before }) });
    await host.declare("prod");
    const sequence = await host.connect("warehouse");
    await host.projector.project("prod", 0);
    await joined;
    expect(shared.place("prod").writes, "theirs, and the one that was owed").to.equal(2);
  });

  it("an operation that projects several Deployments for several reasons waits once", async () => {
    const host = new Host(shared);
    await host.declare("a", "b");
    const sequence = await host.connect("warehouse");
    const waiting = sinon.spy(host.projector.gathering, "waiting");
    const failures = await host.projector.projectEach(
      new Map([
        ["a", sequence],
        ["b", 0],
      ]),
    );
    expect([failures, waiting.callCount]).to.deep.equal([[], 1]);
    expect([shared.ids("a"), shared.ids("b")]).to.deep.equal([["warehouse"], ["warehouse"]]);
  });

  it("a cluster that does not answer holds up only its own Deployments", async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = (name: string) => name.startsWith("slow");
    const host = new Host(shared, {
      target: (name) => ({ group: slow(name) ? "slow" : "fast", ...(slow(name) && { before: () => gate }) }),
    });
    const names = [1, 2, 3].flatMap((index) => [`slow${index}`, `fast${index}`]);
    await host.declare(...names);
    const sequence = await host.connect("warehouse");
    const all = host.projector.projectAll(names, sequence);
    const fast = names.filter((name) => !slow(name));
    while (fast.some((name) => shared.place(name).writes === 0)) await new Promise((resolve) => setImmediate(resolve));
    expect(names.filter((name) => shared.place(name).writes > 0)).to.have.members(fast);
    release();
    expect(await all).to.deep.equal([]);
  });

  describe("of another stack's Deployment", () => {
    it("keeps up to date a target that is the Deployment's already", async () => {
      const own = new Host(shared);
      await own.declare("prod");
      await own.projector.project("prod");
      const other = new Host(shared, { isOwn: false });
      await other.projector.project("prod", await other.connect("warehouse"));
      expect(shared.ids("prod")).to.deep.equal(["warehouse"]);
    });

    it("reports a missing target, creates nothing, and its own stack restores it with everything", async () => {
      const own = new Host(shared);
      await own.declare("prod");
      const other = new Host(shared, { isOwn: false });
      const failed = await failureOf(other.projector.project("prod", await other.connect("warehouse")));
      expect(failed.code).to.equal("target-missing");
      expect(failed.message).to.equal(
        `memory:prod: missing; the next pulumi up of the Deployment's own stack (${ownerOf("prod")}) restores it`,
      );
      expect(shared.place("prod").writes).to.equal(0);
      await own.projector.project("prod");
      expect(shared.ids("prod")).to.deep.equal(["warehouse"]);
    });

    for (const marks of [undefined, FOREIGN])
      it(`never touches what is ${marks ? "another Deployment's" : "nobody's"}, adopting or not`, async () => {
        shared.place("prod").plant('{"theirs":{}}', marks);
        const other = new Host(shared, { isOwn: false });
        await other.declare("prod");
        const sequence = await other.connect("warehouse");
        for (const adopt of [false, true]) {
          const refused = await failureOf(other.projector.project("prod", sequence, adopt));
          expect(refused.code).to.equal("target-missing");
          expect(refused.message).to.contain(`must take it over`).and.not.to.contain("adopt: true");
        }
        expect(shared.ids("prod")).to.deep.equal(["theirs"]);
      });

    it("leaves it to the Deployment's own stack to put back what carries the marks", async () => {
      const own = new Host(shared);
      await own.declare("prod");
      await own.projector.project("prod");
      shared.place("prod").isUnanchored = true;
      const other = new Host(shared, { isOwn: false });
      const failed = await failureOf(other.projector.project("prod", await other.connect("warehouse")));
      expect([failed.code, shared.place("prod").writes]).to.deep.equal(["target-missing", 1]);
      await new Host(shared).projector.project("prod");
      expect([shared.ids("prod"), shared.place("prod").isUnanchored]).to.deep.equal([["warehouse"], false]);
    });

    it("loses nothing when the target is made at the same time: who makes it reads the documents once more", async () => {
      const other = new Host(shared, { isOwn: false });
      let isMade = false;
      const before: MemoryTargetOptions["before"] = async ({ operation }) => {
        if (operation !== "write" || isMade) return;
        isMade = true;
        // After the maker has read the documents, before its target is there.
        const failed = await failureOf(other.projector.project("prod", await other.connect("late")));
        expect(failed.code).to.equal("target-missing");
      };
      const own = new Host(shared, { target: () => ({ before }) });
      await own.declare("prod");
      await own.projector.project("prod");
      expect(shared.ids("prod")).to.deep.equal(["late"]);
    });

    it("opens its target without trust, and its own with", async () => {
      const trusts: boolean[] = [];
      for (const isOwn of [true, false]) {
        const host = new Host(shared, { isOwn, onOpen: ({ trusted }) => trusts.push(trusted) });
        await host.declare("prod");
        await host.projector.project("prod").catch(() => undefined);
      }
      expect(trusts).to.deep.equal([true, false]);
    });
  });

  it("looks at a place only where two Deployments seem to have it, however many there are", async () => {
    const host = new Host(shared);
    const names = Array.from({ length: 50 }, (_, at) => `d${at}`);
    await host.declare(...names);
    const documents = names.map((name) => host.documents.cached.deployments.get(name) as DeploymentDocument);
    const { places } = host.projector;
    const sharing = async (one: DeploymentDocument) =>
      (
        await places.sharing(
          one,
          documents.filter(({ name }) => name !== one.name),
        )
      )?.name;
    expect(await Promise.all(documents.map(sharing))).to.deep.equal(names.map(() => undefined));
    expect(host.reads).to.equal(0);
    const alias = { ...(documents[0] as DeploymentDocument), name: "new", target: { memory: { name: "d7", as: "x" } } };
    expect(await sharing(alias)).to.equal("d7");
    expect(host.reads).to.equal(2);
  });

  it("a stalled cluster holds up the comparison of its own Deployments only", async () => {
    const slow = (name: string) => name.startsWith("slow");
    let release = (): void => undefined;
    const stalled = new Promise<void>((resolve) => (release = resolve));
    const target = (name: string): MemoryTargetOptions => ({
      group: slow(name) ? "slow" : "fast",
      before: () => (slow(name) ? stalled : undefined),
    });
    const host = new Host(shared, { target });
    const names = ["slow1", "fast1", "slow2", "fast2", "slow3", "fast3"];
    await host.declare(...names);
    const pending = new Set(names);
    const all = names.map(async (name) => {
      await host.projector.compare(name);
      pending.delete(name);
    });
    await Promise.all(all.filter((_, at) => !slow(names[at] ?? "")));
    expect([...pending]).to.have.members(names.filter(slow));
    release();
    await Promise.all(all);
    expect(host.reads).to.equal(6);
  });

  it("tells two Deployments with one place, however it is called", async () => {
    const host = new Host(shared);
    await host.declare("a", "b");
    const [a, b] = ["a", "b"].map((name) => host.documents.cached.deployments.get(name) as DeploymentDocument);
    if (!a || !b) throw new Error("not declared");
    expect(await host.projector.places.isSamePlace(a, b)).to.equal(false);
    const alias = { ...b, target: { memory: { name: "a", context: "alias" } } };
    expect(await host.projector.places.isSamePlace(a, alias)).to.equal(true);
  });

  it("a broken target among healthy ones names only itself, and is tried again", async () => {
    const names = ["d1", "d2", "d3", "d4"];
    let broken = true;
    const before = () => {
      if (broken) throw new TargetUnavailableError("unreachable", "memory:d3: cannot be reached; is the cluster up?");
    };
    const host = new Host(shared, { target: (name) => (name === "d3" ? { before } : {}) });
    await host.declare(...names);
    const sequence = await host.connect("warehouse");
    const failures = await host.projector.projectAll(names, sequence);
    expect(failures.map(({ deployment }) => deployment)).to.deep.equal(["d3"]);
    expect(failures.map(describeFailure).join()).to.equal(
      'Deployment "d3" is not up to date: memory:d3: cannot be reached; is the cluster up?',
    );
    for (const name of ["d1", "d2", "d4"]) expect(shared.ids(name), name).to.deep.equal(["warehouse"]);
    broken = false;
    expect(await host.projector.projectAll(names, sequence)).to.deep.equal([]);
    expect(shared.ids("d3")).to.deep.equal(["warehouse"]);
    expect(names.map((name) => shared.place(name).writes)).to.deep.equal([1, 1, 1, 1]);
  });

  it("one line of what a target's client threw, without its credentials", () => {
    const error = new Error("connect https://admin:s3cret@cluster refused\nbody: s3cret");
    expect(describeFailure({ deployment: "prod", error }))
      .not.to.contain("s3cret")
      .and.not.to.contain("\n");
  });

  describe("ownership", () => {
    const cases = [
      {
        what: "another Deployment's",
        marks: FOREIGN,
        whose: 'belongs to Deployment "theirs" of Workspace "other" (acme/other/prod::theirs)',
      },
      {
        what: "that of a Workspace of the same name in another store",
        marks: { ...FOREIGN, workspace: WORKSPACE, deployment: "prod" },
        whose: 'belongs to Deployment "prod" of Workspace "data"',
      },
      { what: "nobody's", marks: undefined, whose: "exists and is not managed by airflow-env" },
    ];
    for (const { what, marks, whose } of cases)
      it(`a target that is ${what} is left alone, and taken over with adopt, once`, async () => {
        const place = shared.place("prod");
        place.plant('{"theirs":{}}', marks);
        const host = new Host(shared);
        await host.declare("prod");
        await host.connect("warehouse");
        const refused = await failureOf(host.projector.project("prod"));
        expect(refused.code).to.equal("conflict");
        expect(refused.message).to.contain(`memory:prod ${whose}`).and.to.contain("adopt: true");
        expect(shared.ids("prod")).to.deep.equal(["theirs"]);
        await host.projector.project("prod", 0, true);
        expect(shared.ids("prod")).to.deep.equal(["warehouse"]);
        expect(place.object?.marks).to.deep.equal({
          workspace: WORKSPACE,
          workspaceUid: "uid-of-data",
          deployment: "prod",
          owner: ownerOf("prod"),
        });
        place.plant('{"theirs":{}}', marks);
        host.projector.forget("prod");
        expect((await failureOf(host.projector.project("prod"))).code).to.equal("conflict");
      });

    it("is asked for before a Deployment is stored", async () => {
      shared.place("prod").plant("{}", FOREIGN);
      const host = new Host(shared);
      const document: DeploymentDocument = {
        kind: "deployment",
        name: "prod",
        owner: ownerOf("prod"),
        target: { memory: { name: "prod" } },
      };
      expect((await failureOf(host.projector.requireFree(document, "uid-of-data"))).code).to.equal("conflict");
      await host.projector.requireFree({ ...document, target: { memory: { name: "free" } } }, "uid-of-data");
    });

    it("removal leaves what is somebody else's, and removes what is ours", async () => {
      const host = new Host(shared);
      await host.declare("prod");
      await host.projector.project("prod");
      const place = { target: { memory: { name: "prod" } }, trusted: true };
      const removal = { deployment: "prod", uid: "uid-of-data", place };
      await host.projector.removeTarget({ ...removal, keep: place });
      expect(shared.place("prod").object, "where the Deployment still is").not.to.equal(undefined);
      await host.projector.removeTarget(removal);
      expect(shared.place("prod").object).to.equal(undefined);
      shared.place("prod").plant("{}", FOREIGN);
      await host.projector.removeTarget(removal);
      expect(shared.place("prod").object?.marks).to.deep.equal(FOREIGN);
    });
  });

  it("content over the target's limit is not written; the error names the largest connections and no value", async () => {
    const host = new Host(shared, { target: () => ({ maxBytes: 2_000 }) });
    await host.declare("prod");
    await host.projector.project("prod");
    for (const [connId, length] of Object.entries({ small: 10, largest: 1_500, second: 700 }))
      await host.connect(connId, { base: { connType: "postgres", password: PASSWORD.padEnd(length, "x") } });
    const { code, message } = await failureOf(host.projector.project("prod", host.documents.sequence));
    expect(code).to.equal("input");
    expect(message).to.match(
      /^Deployment "prod": .* at most 2000; largest: connection "largest" \(\d+ bytes\), connection "second" \(\d+ bytes\), connection "small" /,
    );
    expect(message).not.to.contain(PASSWORD);
    expect(shared.ids("prod")).to.deep.equal([]);
  });

  it("an entry that Airflow would refuse is not written; the error names it", async () => {
    const host = new Host(shared);
    await host.declare("prod");
    await host.connect("good");
    await host.connect("bad", { base: { connType: "postgres", port: 0.5 } });
    const { code, message } = await failureOf(host.projector.project("prod"));
    expect([code, message]).to.deep.equal([
      "input",
      'Deployment "prod": connection "bad": port: must be a whole number of at most 2147483647',
    ]);
    expect(shared.place("prod").writes).to.equal(0);
  });

  describe("when to write", () => {
    it("not when the bytes are equal: in the same process, and in one that knows nothing", async () => {
      const host = new Host(shared);
      await host.declare("prod");
      const sequence = await host.connect("warehouse");
      await host.projector.project("prod", sequence);
      await host.projector.project("prod", sequence);
      await host.projector.project("prod");
      await new Host(shared).projector.project("prod");
      expect(shared.place("prod").writes).to.equal(1);
    });

    it("although equal, after a document change of its own: a writer that read before it must lose", async () => {
      const [first, second] = [new Host(shared), new Host(shared)];
      await first.declare("prod");
      await first.projector.project("prod");
      const sequence = await first.connect("warehouse");
      await second.projector.project("prod");
      expect(shared.ids("prod")).to.deep.equal(["warehouse"]);
      expect(shared.place("prod").writes).to.equal(2);
      await first.projector.project("prod", sequence);
      expect(shared.place("prod").writes, "the first's own write").to.equal(3);
      await first.projector.project("prod", sequence);
      expect(shared.place("prod").writes, "no needless one").to.equal(3);
    });

    it("when only the owner changed", async () => {
      const host = new Host(shared);
      await host.declare("prod");
      await host.projector.project("prod");
      const { sequence } = await host.documents.change<DeploymentDocument>(
        documentKeys.deployment(WORKSPACE, "prod"),
        (current) => current && { ...current, owner: ownerOf("renamed") },
      );
      await host.projector.project("prod", sequence);
      expect(shared.place("prod").object?.marks?.owner).to.equal(ownerOf("renamed"));
    });

    it("nothing for a Deployment that is not stored", async () => {
      const host = new Host(shared);
      await host.declare();
      await host.projector.project("prod");
      expect(shared.place("prod").object).to.equal(undefined);
    });
  });

  describe("lost compare-and-sets", () => {
    it("start over with what the others wrote", async () => {
      const other = new Host(shared);
      let lost = 0;
      const before: MemoryTargetOptions["before"] = async ({ operation }) => {
        if (operation !== "write" || lost === 3) return;
        await other.projector.project("prod", await other.connect(`other-${++lost}`));
      };
      const host = new Host(shared, { target: () => ({ before }) });
      await host.declare("prod");
      await host.projector.project("prod", await host.connect("own"));
      expect(shared.ids("prod")).to.deep.equal(["other-1", "other-2", "other-3", "own"]);
    });

    it("without end are given up: a conflict that says so, after a bounded number of attempts", async () => {
      let attempts = 0;
      const before: MemoryTargetOptions["before"] = ({ operation }) => {
        if (operation === "read") return;
        attempts++;
        throw new StaleVersionError("memory:prod: somebody else changed it meanwhile");
      };
      const clock = instantClock();
      const host = new Host(shared, { clock, target: () => ({ before }) });
      await host.declare("prod");
      const { code, message } = await failureOf(host.projector.project("prod", await host.connect("warehouse")));
      expect(code).to.equal("conflict");
      expect(message).to.equal(
        `Deployment "prod": its target keeps changing (${attempts} attempts); is another tool writing it?`,
      );
      expect(attempts).to.be.within(10, 100);
      expect(clock.now(), "ms of waiting in all").to.be.below(60_000);
    });

    it("without end while removing are given up as well", async () => {
      let attempts = 0;
      const before: MemoryTargetOptions["before"] = ({ operation }) => {
        if (operation !== "remove") return;
        attempts++;
        throw new StaleVersionError("memory:prod: somebody else changed it meanwhile");
      };
      const host = new Host(shared, { target: () => ({ before }) });
      await host.declare("prod");
      await host.projector.project("prod");
      const place = { target: { memory: { name: "prod" } }, trusted: true };
      const removal = host.projector.removeTarget({ deployment: "prod", uid: "uid-of-data", place });
      const { code } = await failureOf(removal);
      expect(code).to.equal("stale-version");
      expect(attempts).to.be.within(10, 100);
    });
  });
});
