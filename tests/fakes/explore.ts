import { createHash } from "node:crypto";

/** What one actor hands to the calls of its process: awaited before each call takes effect and after it did. */
export interface Gates {
  before(label: string): Promise<void>;
  after(label: string): Promise<void>;
}

/** One actor of a system under exploration. Started again, as a new process, after a crash. */
export interface Actor {
  name: string;
  start(gates: Gates): Promise<unknown>;
}

/** A fresh system, before any actor began. */
export interface System {
  actors: Actor[];
  /** Whether a call changes the shared state, if it succeeds. */
  isWrite(label: string): boolean;
  /** Whether two calls touch the same part of the shared state. */
  overlap(a: string, b: string): boolean;
  /** Text that is equal for equal shared states; `label` is the call that is about to see the state. */
  stateSeenBy(label: string): string;
  sharedState(): string;
  /** Called in each new state; throws if it must not be. `returned`: outcome by actor, for those that have returned. */
  check(returned: ReadonlyMap<string, Outcome>, isOver: boolean): void;
}

/** How an actor's work ended. */
export type Outcome = { error?: undefined } | { error: Error };

/** Figures of one exploration. */
export interface Explored {
  /** Runs from the beginning to an end, or to a state from which nothing new can come. */
  schedules: number;
  /** Different states. */
  states: number;
  /** Different states in which all actors had returned. */
  ends: number;
}

interface Pending {
  label: string;
  release: () => void;
}

class ActorRun {
  pending: Pending[] = [];
  /** Digest of all calls that took effect and of what they saw: with it, the local state of a process is determined. */
  history = "";
  outcome: Outcome | undefined;
  crashed = false;
  #generation = 0;

  constructor(readonly actor: Actor) {}

  start(): void {
    const generation = ++this.#generation;
    const isDead = () => generation !== this.#generation;
    const gates: Gates = {
      before: (label) => new Promise((release) => isDead() || this.pending.push({ label, release })),
      after: () => (isDead() ? new Promise(() => undefined) : Promise.resolve()),
    };
    this.actor.start(gates).then(
      () => isDead() || this.#end({}),
      (error: unknown) => isDead() || this.#end({ error: error as Error }),
    );
  }

  /** The call that was just let go takes effect, but its caller is gone; another process does the same work again. */
  crash(): void {
    this.crashed = true;
    this.pending = [];
    this.history = "";
    this.start();
  }

  #end(outcome: Outcome): void {
    this.outcome = outcome;
    this.history = "";
  }
}

/** One thing that may happen next. */
interface Choice {
  run: ActorRun;
  pending: Pending;
  crash: boolean;
  /** The same in every schedule that leads to the same state. */
  id: string;
}

/** A state on the way of the current schedule. */
interface Node {
  /** Choices to take from here, one after the other. */
  options: string[];
  taken: number;
  /** Choices that need not be taken: another order of independent calls, visited already, leads to the same states. */
  asleep: Set<string>;
}

/**
 * Visits every state that actors can reach by taking their calls in any order, with at most so many crashes.
 *
 * Depth first, by replay from a fresh system. Far fewer schedules are run than there are, and still every reachable
 * state is judged, for two reasons. A process is deterministic but for the results of its calls, so the shared state
 * and what each process has seen so far determine all that can follow: a state is left when it was visited before. And
 * of two calls that do not touch the same thing only one order is taken (sleep sets; with visited states as in
 * Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, 1996, section 5.4).
 */
export async function explore(make: () => Promise<System>, crashes: number): Promise<Explored> {
  const exploration = new Exploration(crashes);
  do await exploration.run(await make());
  while (exploration.advance());
  return exploration.figures();
}

class Exploration {
  readonly #path: Node[] = [];
  /** By state: the choices that were not taken from there. */
  readonly #visited = new Map<string, Set<string>>();
  #schedules = 0;
  #ends = 0;

  constructor(private readonly crashes: number) {}

  figures(): Explored {
    return { schedules: this.#schedules, states: this.#visited.size, ends: this.#ends };
  }

  /** Turns to the next schedule; false when there is none. */
  advance(): boolean {
    for (let node = this.#path.at(-1); node; node = this.#path.at(-1)) {
      if (++node.taken < node.options.length) return true;
      this.#path.pop();
    }
    return false;
  }

  /** Runs one schedule: the current path again, then on to something new. */
  async run(system: System): Promise<void> {
    this.#schedules++;
    const runs = system.actors.map((actor) => new ActorRun(actor));
    const trace: string[] = [];
    for (const run of runs) run.start();
    for (let depth = 0; ; depth++) {
      await quiet();
      const crashesLeft = this.crashes - runs.filter(({ crashed }) => crashed).length;
      const choices = choicesOf(system, runs, crashesLeft > 0);
      if (depth === this.#path.length) {
        const node = this.#visit(system, runs, choices, trace);
        if (!node) return;
        this.#path.push(node);
      }
      const { options, taken } = this.#path[depth]!;
      const choice = choices.find(({ id }) => id === options[taken])!;
      trace.push(choice.id);
      take(system, choice);
    }
  }

  /** Judges the state and decides what to do from it; undefined: nothing. */
  #visit(system: System, runs: ActorRun[], choices: Choice[], trace: string[]): Node | undefined {
    const asleep = this.#asleepAfterLast(system);
    const state = stateOf(system, runs);
    const skipped = this.#visited.get(state);
    if (!skipped) {
      judge(system, runs, choices.length === 0, trace);
      if (choices.length === 0) this.#ends++;
    }
    const options = choices.map(({ id }) => id).filter((id) => !asleep.has(id) && (skipped?.has(id) ?? true));
    const stillSkipped = skipped ? new Set([...asleep].filter((id) => skipped.has(id))) : asleep;
    this.#visited.set(state, stillSkipped);
    return options.length > 0 ? { options, taken: 0, asleep: new Set(stillSkipped) } : undefined;
  }

  #asleepAfterLast(system: System): Set<string> {
    const last = this.#path.at(-1);
    if (!last) return new Set();
    const taken = last.options[last.taken]!;
    const before = [...last.asleep, ...last.options.slice(0, last.taken)];
    return new Set(before.filter((id) => areIndependent(system, id, taken)));
  }
}

function choicesOf(system: System, runs: ActorRun[], mayCrash: boolean): Choice[] {
  return runs.flatMap((run) =>
    run.pending.flatMap((pending, at): Choice[] => {
      // Equal calls of one process are told apart by their order.
      const nth = run.pending.slice(0, at).filter(({ label }) => label === pending.label).length;
      const id = [run.actor.name, nth, pending.label].join(": ");
      const choice = { run, pending, crash: false, id };
      // Dying after a read is the same for everybody else as dying after the write before it.
      if (!mayCrash || !system.isWrite(pending.label)) return [choice];
      return [choice, { ...choice, crash: true, id: `${id}${CRASH}` }];
    }),
  );
}

const CRASH = " and crash";

function areIndependent(system: System, a: string, b: string): boolean {
  const [actorA, , labelA] = a.replace(CRASH, "").split(": ") as [string, string, string];
  const [actorB, , labelB] = b.replace(CRASH, "").split(": ") as [string, string, string];
  if (actorA === actorB || (a.endsWith(CRASH) && b.endsWith(CRASH))) return false;
  return !(system.isWrite(labelA) || system.isWrite(labelB)) || !system.overlap(labelA, labelB);
}

function take(system: System, { run, pending, crash }: Choice): void {
  run.pending.splice(run.pending.indexOf(pending), 1);
  run.history = digest(`${run.history}|${pending.label}|${system.stateSeenBy(pending.label)}`);
  if (crash) run.crash();
  pending.release();
}

function stateOf(system: System, runs: ActorRun[]): string {
  const local = runs.map(({ history, outcome, crashed }) => [history, outcome && `${outcome.error}`, crashed]);
  return digest(JSON.stringify([system.sharedState(), local]));
}

function judge(system: System, runs: ActorRun[], isOver: boolean, trace: string[]): void {
  const returned = new Map(runs.flatMap(({ actor, outcome }) => (outcome ? [[actor.name, outcome] as const] : [])));
  try {
    if (isOver && returned.size < runs.length) throw new Error("somebody waits for ever");
    system.check(returned, isOver);
  } catch (error) {
    throw new Error(`${(error as Error).message}\nafter:\n  ${trace.join("\n  ")}`, { cause: error });
  }
}

/** Waits until every process waits for its turn or has returned: all that they do between calls is microtasks. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function digest(text: string): string {
  return createHash("md5").update(text).digest("base64");
}
