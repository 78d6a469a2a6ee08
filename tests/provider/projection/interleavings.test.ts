import { createHash } from "node:crypto";
import { expect } from "chai";
import { explore, type Explored, type System } from "../../fakes/explore";
import { instantClock } from "../../fakes/instant-clock";
import { inputs, ownerOf, World, type Process, type Step } from "../../fakes/world";

/** One writer: a whole operation of a handler, in a process of its own. */
interface Writer {
  name: string;
  run(process: Process): Promise<unknown>;
  /** Whether the targets have what the operation was for; must be so from its return on. */
  holds?(world: World): boolean;
  /** Of another stack than the Deployments: finds a target missing while it is being made, which its maker mends. */
  isOtherStack?: boolean;
}

interface Scenario {
  what: string;
  setUp(admin: Process, world: World): Promise<unknown>;
  writers: Writer[];
  /**
   * Nobody dies. Where a target is created beside its Deployment's end, the creator removes it again: nothing else can,
   * because no compare-and-set fails where nothing is. One that dies between the two calls leaves it behind.
   */
  withoutCrashes?: boolean;
  /** For scenarios in which some operation must be refused. */
  expectRefusal?: boolean;
}

/** The state from which all schedules of a scenario begin. */
async function beginningOf({ setUp }: Scenario): Promise<World> {
  const world = new World();
  const admin = world.process({ clock: instantClock() });
  await admin.handlers.workspace.create(inputs.workspace());
  await setUp(admin, world);
  return world;
}

/** Several processes at work on one Workspace; `warm` ones have projected before and use their caches. */
async function systemOf({ writers, expectRefusal }: Scenario, world: World, warm: boolean[]): Promise<System> {
  const actors = await Promise.all(
    writers.map(async ({ name, run, isOtherStack = false }, at) => {
      // A crashed process leaves its caches behind: only the first one is warm.
      let prepared = warm[at] ? gated(world, isOtherStack) : undefined;
      if (prepared) await warmUp(prepared.process);
      return {
        name,
        start(gates: { before(label: string): Promise<void>; after(label: string): Promise<void> }) {
          const { process, gate } = prepared ?? gated(world, isOtherStack);
          prepared = undefined;
          gate(gates);
          return withMissing(process, run(process));
        },
      };
    }),
  );
  const versions = new Versions(world);
  return {
    actors,
    isWrite: (label) => /^\w+\.(put|delete|write|remove) /.test(label),
    overlap: (a, b) => {
      const [[callA = "", keyA = ""], [callB = "", keyB = ""]] = [a.split(" "), b.split(" ")];
      const samePort = callA.split(".")[0] === callB.split(".")[0];
      return samePort && (keyA.startsWith(keyB) || keyB.startsWith(keyA));
    },
    stateSeenBy: (label) => versions.seenBy(label),
    sharedState: () => versions.all(),
    check(returned, isOver) {
      for (const { name, holds, isOtherStack } of writers) {
        const outcome = returned.get(name);
        const isMissing = isOtherStack && outcome?.error && IS_MISSING.test(outcome.error.message);
        if (outcome?.error && !expectRefusal && !isMissing) throw outcome.error;
        if (outcome && !outcome.error && holds && !holds(world))
          throw new Error(`${name} has returned, but the targets do not hold it`);
      }
      if (!isOver) return;
      const errors = [...returned.values()].flatMap(({ error }) => (error ? [error] : []));
      if (expectRefusal && errors.length > 0) return;

      expect(Object.fromEntries(world.actual())).to.deep.equal(Object.fromEntries(world.wanted()));
      if (expectRefusal) throw new Error("nobody was refused");
    },
  };
}

const IS_MISSING = /missing; the next pulumi up/;

/** A target that another stack's operation found missing is a warning to people, and an outcome of its own here. */
async function withMissing(process: Process, running: Promise<unknown>): Promise<void> {
  await running;
  const missing = process.warnings.find((warning) => IS_MISSING.test(warning));
  if (missing !== undefined) throw new Error(missing);
}

function gated(world: World, isOtherStack: boolean) {
  let gates: { before(label: string): Promise<void>; after(label: string): Promise<void> } | undefined;
  const label = ({ port, operation, key }: Step) => `${port}.${operation} ${key}`;
  const process = world.process({
    clock: instantClock(),
    isOwn: () => !isOtherStack,
    before: (step) => gates?.before(label(step)),
    after: (step) => gates?.after(label(step)),
  });
  return { process, gate: (given: typeof gates) => (gates = given) };
}

/** Fills the caches: documents, and the state of each target with the documents read after it. */
async function warmUp(process: Process): Promise<void> {
  const { documents, projector } = process.open();
  const { deployments } = await documents.snapshot();
  await projector.projectAll(deployments.keys());
}

/**
 * What is stored and projected, as processes see it: contents, and versions by key, because the backend's own numbers
 * also differ with the order of writes that have nothing to do with each other.
 */
class Versions {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(private readonly world: World) {
    this.all();
  }

  all(): string {
    return [...this.#documents(""), ...this.#places("")].join();
  }

  seenBy(label: string): string {
    // Every state gets its names in the order in which its versions came, whoever looks.
    this.all();
    const [call = "", key = ""] = label.split(" ");
    return (call.startsWith("store.") ? this.#documents(key) : this.#places(key)).join();
  }

  #documents(prefix: string): string[] {
    const { documents } = this.world.backend;
    return [...documents]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, { version, text }]) => this.#name(key, version, text))
      .sort();
  }

  #places(prefix: string): string[] {
    return [...this.world.places]
      .filter(([path, place]) => path.startsWith(prefix) && place.object)
      .map(([path, place]) => this.#name(`target ${path}`, place.object!.version, JSON.stringify(place.object)))
      .sort();
  }

  #name(key: string, version: string, content: string): string {
    const full = `${key}@${version}`;
    let name = this.#names.get(full);
    if (name === undefined) {
      const count = (this.#counts.get(key) ?? 0) + 1;
      this.#counts.set(key, count);
      name = `${key}#${count}=${createHash("md5").update(content).digest("base64")}`;
      this.#names.set(full, name);
    }
    return name;
  }
}

const OVERRIDE = inputs.override("warehouse", "prod", { host: "mine" });
const entry = (world: World, path: string, connId: string) => world.content(path)?.[connId];
const hostOf = (world: World, path: string, connId: string) => entry(world, path, connId)?.["host"];

/** One Deployment; `warehouse`, `reports` and `events`, Restricted and not linked. */
async function base({ handlers }: Process): Promise<void> {
  await handlers.deployment.create(inputs.deployment("prod"));
  for (const id of ["warehouse", "reports", "events"])
    await handlers.connection.create(inputs.connection(id, { host: "old" }));
}

async function withDev(admin: Process): Promise<void> {
  await base(admin);
  await admin.handlers.deployment.create(inputs.deployment("dev"));
}

async function nothing(): Promise<void> {
  // The Workspace alone.
}

async function onlyShared({ handlers }: Process): Promise<void> {
  await handlers.connection.create(inputs.connection("shared", { sharing: "LinkedToAll" }));
}

async function onlyDev({ handlers }: Process): Promise<void> {
  await handlers.deployment.create(inputs.deployment("dev"));
}

/** Somebody has removed the target by hand. */
async function vanished(admin: Process, world: World): Promise<void> {
  await onlyDev(admin);
  world.place("dev").object = undefined;
}

const link = (connId: string, deployment: string, overrides?: object): Writer => ({
  name: `link ${connId} to ${deployment}`,
  run: ({ handlers }) => handlers["connection-link"].create(inputs.link(connId, deployment, overrides)),
  holds: (world) => entry(world, deployment, connId) !== undefined,
});
const unlink = (connId: string, deployment: string): Writer => ({
  name: `unlink ${connId} from ${deployment}`,
  run: ({ handlers }) => handlers["connection-link"].delete("", inputs.link(connId, deployment)),
  holds: (world) => entry(world, deployment, connId) === undefined,
});
const change = (connId: string, recorded: object, changed: object, holds?: (world: World) => boolean): Writer => ({
  name: `change ${connId}`,
  run: ({ handlers }) =>
    handlers.connection.update("", inputs.connection(connId, recorded), inputs.connection(connId, changed)),
  ...(holds && { holds }),
});
const NEW_HOST = [{ host: "old" }, { host: "new" }] as const;
const createShared = (connId: string): Writer => ({
  name: `create ${connId} for all`,
  run: ({ handlers }) => handlers.connection.create(inputs.connection(connId, { sharing: "LinkedToAll" })),
});
const createDeployment = (name: string): Writer => ({
  name: `create ${name}`,
  run: ({ handlers }) => handlers.deployment.create(inputs.deployment(name)),
  holds: (world) => world.place(name).object !== undefined,
});
const deleteDeployment = (name: string): Writer => ({
  name: `delete ${name}`,
  run: ({ handlers }) => handlers.deployment.delete("", inputs.deployment(name)),
});
/** A projection that nothing was written for, such as that of a Deployment whose earlier place was cleared. */
const project = (name: string): Writer => ({
  name: `project ${name}`,
  run: (process) => process.open().projector.projectAll([name]),
});
/** What an `up` does about a target that has vanished. */
const restore = (name: string): Writer => ({
  name: `restore ${name}`,
  run: ({ handlers }) => handlers.deployment.update("", inputs.deployment(name), inputs.deployment(name)),
  holds: (world) => world.place(name).object !== undefined,
});
const move = (name: string, path: string): Writer => ({
  name: `move ${name}`,
  run: ({ handlers }) =>
    handlers.deployment.update(
      "",
      inputs.deployment(name),
      inputs.deployment(name, { target: { directory: { path } } }),
    ),
});
const ofOtherStack = (writer: Writer): Writer => ({ ...writer, isOtherStack: true });
/** Operations that one process runs side by side: they share projections. */
const together = (...writers: Writer[]): Writer => ({
  name: writers.map(({ name }) => name).join(" and "),
  run: (process) => Promise.all(writers.map(({ run }) => run(process))),
  holds: (world) => writers.every(({ holds }) => holds?.(world) ?? true),
});
const deleteConnection = (connId: string): Writer => ({
  name: `delete ${connId}`,
  run: ({ handlers }) => handlers.connection.delete("", inputs.connection(connId)),
  holds: (world) => entry(world, "prod", connId) === undefined,
});
const hide: Writer = {
  name: "hide",
  run: ({ handlers }) => handlers.override.create(inputs.override("warehouse", "prod", { host: "old" })),
  holds: (world) => hostOf(world, "prod", "warehouse") === "old",
};
const removeOverride: Writer = {
  name: "remove the override",
  run: ({ handlers }) => handlers.override.delete("", OVERRIDE),
  holds: (world) => hostOf(world, "prod", "warehouse") !== "mine",
};

async function linked(admin: Process): Promise<void> {
  await base(admin);
  await admin.handlers["connection-link"].create(inputs.link("warehouse", "prod"));
}

async function overridden(admin: Process): Promise<void> {
  await linked(admin);
  await admin.handlers.override.create(OVERRIDE);
}

const pairs: Scenario[] = [
  {
    what: "two connections in one Deployment",
    setUp: base,
    writers: [link("warehouse", "prod"), link("reports", "prod")],
  },
  {
    what: "two links of one connection",
    setUp: withDev,
    writers: [link("warehouse", "prod"), link("warehouse", "dev")],
  },
  {
    what: "a field changes while a Deployment is linked",
    setUp: base,
    writers: [
      link("warehouse", "prod"),
      change("warehouse", ...NEW_HOST, (world) => (hostOf(world, "prod", "warehouse") ?? "new") === "new"),
    ],
  },
  {
    what: "a masked change, and the mask goes",
    setUp: overridden,
    writers: [change("warehouse", ...NEW_HOST), removeOverride],
  },
  {
    what: "a change, and one that hides it",
    setUp: linked,
    writers: [change("warehouse", ...NEW_HOST), hide],
  },
  {
    what: "a connection for all, and a new Deployment",
    setUp: nothing,
    writers: [createShared("shared"), createDeployment("late")],
  },
  {
    what: "a Deployment moves while it is linked",
    setUp: base,
    writers: [move("prod", "elsewhere"), link("warehouse", "prod")],
  },
  {
    what: "unlink and link",
    setUp: linked,
    writers: [unlink("warehouse", "prod"), link("reports", "prod")],
  },
  {
    what: "sharing is switched while a Deployment is linked",
    setUp: base,
    writers: [
      change("warehouse", { host: "old" }, { host: "old", sharing: "LinkedToAll" }),
      link("warehouse", "prod", { host: "mine" }),
    ],
  },
  {
    what: "sharing is switched back while a Deployment is created",
    setUp: onlyShared,
    writers: [change("shared", { sharing: "LinkedToAll" }, { sharing: "Restricted" }), createDeployment("late")],
  },
  {
    what: "a Deployment goes while a connection for all comes",
    setUp: onlyDev,
    writers: [deleteDeployment("dev"), createShared("shared")],
  },
  {
    what: "a Deployment whose target has vanished goes while a connection for all comes",
    setUp: vanished,
    writers: [deleteDeployment("dev"), createShared("shared")],
    withoutCrashes: true,
  },
  {
    what: "a Deployment whose target has vanished moves while a connection for all comes",
    setUp: vanished,
    writers: [move("dev", "elsewhere"), createShared("shared")],
    withoutCrashes: true,
  },
  {
    what: "a connection goes while another changes",
    setUp: async (admin) => {
      await linked(admin);
      await onlyShared(admin);
    },
    writers: [deleteConnection("shared"), change("warehouse", ...NEW_HOST)],
  },
  {
    what: "a connection for all by another stack, and a new Deployment",
    setUp: nothing,
    writers: [ofOtherStack(createShared("shared")), createDeployment("late")],
  },
  {
    what: "another stack's link, while the Deployment moves",
    setUp: base,
    writers: [move("prod", "elsewhere"), ofOtherStack(link("warehouse", "prod"))],
  },
  {
    what: "another stack's link, while the Deployment's own stack restores its target",
    setUp: async (admin, world) => {
      await base(admin);
      world.place("prod").object = undefined;
    },
    writers: [ofOtherStack({ ...link("warehouse", "prod"), name: "link" }), restore("prod")],
  },
  {
    what: "two connections of one id: never last wins",
    setUp: base,
    writers: [
      createShared("twice"),
      {
        name: "create twice in prod",
        run: ({ handlers }) =>
          handlers.connection.create(inputs.connection("twice", { deployment: "prod", owner: ownerOf("own") })),
      },
    ],
    expectRefusal: true,
  },
];

/** Caches of the three writers, and how many of them may die. */
interface Mode {
  warm: boolean[];
  crashes: number;
}

const WARM = [true, true, true];
const ALL_MODES: Mode[] = [WARM, [false, true, true], [false, false, true], [false, false, false]].flatMap((warm) => [
  { warm, crashes: 0 },
  { warm, crashes: 1 },
]);

/** All modes of all scenarios take long: for changes of the protocol. */
const IS_THOROUGH = process.env["INTERLEAVINGS"] === "all";

/**
 * With three writers the states of all modes together are too many for every run: each scenario is visited exhaustively
 * with full caches and without a crash, which is where stale documents do most harm, and in those further modes that
 * take seconds.
 */
const triples: (Scenario & { modes?: Mode[] })[] = [
  {
    what: "a link and a projection without a change in one process, and a link in another",
    setUp: base,
    writers: [together(project("prod"), link("warehouse", "prod")), link("reports", "prod")],
    modes: [
      { warm: WARM, crashes: 1 },
      { warm: [false, true], crashes: 0 },
      { warm: [false, false], crashes: 0 },
    ],
  },
  {
    what: "two links in one process, and one in another",
    setUp: base,
    writers: [together(link("warehouse", "prod"), link("reports", "prod")), link("events", "prod")],
  },
  {
    what: "three connections in one Deployment",
    setUp: base,
    writers: [link("warehouse", "prod"), link("reports", "prod"), link("events", "prod")],
    modes: [{ warm: [false, false, true], crashes: 0 }],
  },
  {
    what: "a masked change, the mask goes, and a link",
    setUp: overridden,
    writers: [change("warehouse", ...NEW_HOST), removeOverride, link("reports", "prod")],
    modes: [{ warm: [false, false, true], crashes: 0 }],
  },
  {
    what: "a change, one that hides it again, and a link",
    setUp: linked,
    writers: [change("warehouse", ...NEW_HOST), hide, link("reports", "prod")],
    modes: [{ warm: [false, true, true], crashes: 0 }],
  },
  {
    what: "two connections for all, and a new Deployment",
    setUp: nothing,
    writers: [createShared("shared"), createShared("common"), createDeployment("late")],
  },
  {
    what: "a connection for all comes, a Deployment goes, and another comes",
    setUp: onlyDev,
    writers: [createShared("shared"), deleteDeployment("dev"), createDeployment("late")],
  },
  {
    what: "a Deployment moves while it is linked and unlinked",
    setUp: linked,
    writers: [move("prod", "elsewhere"), unlink("warehouse", "prod"), link("reports", "prod")],
  },
];

/** The writers of a moving Deployment may find their place empty for a moment: both places hold it in the end. */
function withoutHolds(scenario: Scenario): Scenario {
  if (!scenario.writers.some(({ name }) => name.startsWith("move"))) return scenario;
  return { ...scenario, writers: scenario.writers.map(({ name, run }) => ({ name, run })) };
}

describe("every interleaving of writers in several processes", function () {
  this.timeout(1_800_000);
  const total: Explored = { schedules: 0, states: 0, ends: 0 };
  const startedAt = performance.now();

  async function visit(scenario: Scenario, warm: boolean[], crashes: number): Promise<void> {
    const beginning = await beginningOf(scenario);
    const judged = withoutHolds(scenario);
    const { schedules, states, ends } = await explore(() => systemOf(judged, beginning.copy(), warm), crashes);
    total.schedules += schedules;
    total.states += states;
    total.ends += ends;
  }

  for (const scenario of pairs)
    it(`2 writers: ${scenario.what}`, async () => {
      const crashes = scenario.withoutCrashes ? 0 : 1;
      for (const first of [false, true])
        for (const second of [false, true]) await visit(scenario, [first, second], crashes);
    });

  for (const { modes = [], ...scenario } of triples)
    it(`3 writers: ${scenario.what}`, async () => {
      for (const { warm, crashes } of IS_THOROUGH ? ALL_MODES : [{ warm: WARM, crashes: 0 }, ...modes])
        await visit(scenario, warm, crashes);
    });

  after(() => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(`      ${total.schedules} schedules, ${total.states} states, ${total.ends} ends in ${seconds} s`);
  });
});
