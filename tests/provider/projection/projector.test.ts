import { expect } from "chai";
import sinon from "sinon";
import { systemClock, type Clock } from "../../../provider/clock";
import { ProviderError, StaleVersionError, TargetUnavailableError } from "../../../provider/errors";
import {
  documentKeys,
  type ConnectionDocument,
  type DeploymentDocument,
  type WorkspaceDocument,
} from "../../../provider/model/documents";
import { Gathering } from "../../../provider/projection/gathering";
import { describeFailure, Projector, type TargetAccess } from "../../../provider/projection/projector";
import { WorkspaceStore } from "../../../provider/stores/workspace-store";
import { reading } from "../../../provider/targets/read-each";
import type { TargetMarks } from "../../../provider/targets/target";
import { instantClock } from "../../fakes/instant-clock";
import { MemoryBackend, memoryStore } from "../../fakes/memory-store";
import { MemoryPlace, memoryTarget, type MemoryTargetOptions } from "../../fakes/memory-target";

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
    const { text } = this.place(deployment).object ?? {};
    return Object.keys(JSON.parse(text ?? "{}") as object);
  }
}

/** One provider host: documents and projector of its own. */
class Host {
  readonly documents: WorkspaceStore;
  readonly projector: Projector;
  reads = 0;

  constructor(shared: Shared, options: { clock?: Clock; target?: (name: string) => MemoryTargetOptions } = {}) {
    const { clock = instantClock(), target = () => ({}) } = options;
    this.documents = new WorkspaceStore(WORKSPACE, memoryStore(shared.backend), clock);
    const targets: TargetAccess = {
      open: (spec) => {
        const name = String(spec["memory"]?.["name"]);
        const given: MemoryTargetOptions = target(name);
        const before: MemoryTargetOptions["before"] = async (step) => {
          if (step.operation === "read") this.reads++;
          await given.before?.(step);
        };
        return Promise.resolve(memoryTarget(shared.place(name), { address: `memory:${name}`, ...given, before }));
      },
      readMany: async (many) =>
        new Map(await Promise.all(many.map(async (one) => [one.address, await reading(one)] as const))),
      limit: (_target, run) => run(),
    };
    this.projector = new Projector(this.documents, targets, new Gathering(clock), clock);
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
  async connect(connId: string, more: Partial<ConnectionDocument> = {}): Promise<number> {
    const { sequence } = await this.documents.change<ConnectionDocument>(
      documentKeys.connection(WORKSPACE, connId),
      () => ({
        kind: "connection",
        connId,
        owner: ownerOf(connId),
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
        host.projector.adopt("prod");
        await host.projector.project("prod");
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
      const document = host.documents.cached.deployments.get("prod") as DeploymentDocument;
      await host.projector.removeTarget(document, "uid-of-data", { memory: { name: "prod" } });
      expect(shared.place("prod").object, "where the Deployment still is").not.to.equal(undefined);
      await host.projector.removeTarget(document, "uid-of-data");
      expect(shared.place("prod").object).to.equal(undefined);
      shared.place("prod").plant("{}", FOREIGN);
      await host.projector.removeTarget(document, "uid-of-data");
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
      /^Deployment "prod": .* at most 2000; largest: "largest" \(\d+ bytes\), "second" \(\d+ bytes\), "small" /,
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
      const document = host.documents.cached.deployments.get("prod") as DeploymentDocument;
      const { code } = await failureOf(host.projector.removeTarget(document, "uid-of-data"));
      expect(code).to.equal("stale-version");
      expect(attempts).to.be.within(10, 100);
    });
  });
});
