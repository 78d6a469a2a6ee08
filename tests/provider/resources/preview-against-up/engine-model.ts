import { PartialCreateError } from "../../../../provider/errors";
import type { Kind } from "../../../../provider/resources/contract";
import type { Properties } from "../../../../provider/resources/declaration/values";
import { instantClock } from "../../../fakes/instant-clock";
import { ownerOf, type Process, type World } from "../../../fakes/world";

/** A resource of a program. */
export interface Declared {
  kind: Kind;
  name: string;
  /** Without owner, which comes from the name. */
  args: Properties;
  /** Earlier names. */
  aliases: string[];
}

/** What the engine keeps of a resource. */
export interface Recorded {
  kind: Kind;
  name: string;
  id: string;
  inputs: Properties;
  outputs: Properties;
  /** Created or updated in part: updated at the next run, whatever `diff` says. */
  isPartial: boolean;
}

/** What a run does with one resource. */
export interface Step {
  op: "create" | "update" | "replace" | "same" | "delete" | "refused";
  kind: Kind;
  name: string;
  /** As checked; of a delete as recorded. */
  inputs: Properties;
  old?: Recorded;
  deleteFirst: boolean;
  reasons: string[];
}

/** The order of registration: what others name comes first. */
const ORDER: Kind[] = [
  "workspace",
  "deployment",
  "connection",
  "variable",
  "connection-link",
  "variable-link",
  "override",
];
const rank = ({ kind }: { kind: Kind }) => ORDER.indexOf(kind);

/** One stack: its program, and what the engine recorded of it. */
export class ModelStack {
  readonly program = new Map<string, Declared>();
  readonly state = new Map<string, Recorded>();

  constructor(
    readonly name: string,
    private readonly world: World,
  ) {}

  /** Declares a resource; not one whose name is an alias of another, which the engine refuses. */
  declare(kind: Kind, name: string, args: Properties): void {
    if ([...this.program.values()].some(({ aliases }) => aliases.includes(name))) return;
    this.program.set(name, { kind, name, args, aliases: [] });
  }

  /** Takes a change of the program back. */
  restore(program: ReadonlyMap<string, Declared>): void {
    this.program.clear();
    for (const [name, declared] of program) this.program.set(name, declared);
  }

  process(): Process {
    return this.world.process({ clock: instantClock() });
  }

  /** Check and diff of everything, in the order of registration; ends with what is refused. */
  async preview(): Promise<Step[]> {
    const process = this.process();
    const steps: Step[] = [];
    for (const declared of this.#ordered()) {
      const step = await this.#planned(process, declared, this.#recordOf(declared));
      steps.push(step);
      if (step.op === "refused") return steps;
    }
    return [...steps, ...this.#deletes(steps)];
  }

  /**
   * One run that changes things.
   *
   * @param isBatched - whether all is checked before the first operation; the engine does anything between.
   * @param around - called with each operation.
   * @returns the steps, and why the run failed if it did.
   */
  async up(isBatched: boolean, around: (step: Step, run: () => Promise<void>) => Promise<void>) {
    const process = this.process();
    const steps: Step[] = [];
    const later: (() => Promise<void>)[] = [];
    const removedFirst = new Set<Recorded>();
    const operate = (step: Step) => around(step, () => this.#apply(process, step, later));
    try {
      const batch: Step[] = [];
      for (const declared of this.#ordered()) {
        const found = this.#recordOf(declared);
        const step = await this.#planned(process, declared, found && !removedFirst.has(found) ? found : undefined);
        steps.push(step);
        if (step.deleteFirst && step.old)
          for (const old of [...this.#dependentsOf(step.old), step.old]) {
            removedFirst.add(old);
            const deletion = { ...deletionOf(old), deleteFirst: true };
            await around(deletion, () => this.#delete(process, old));
          }
        batch.push(step);
        const isLast = step.op === "refused";
        while (batch.length > 0 && (isLast || !isBatched)) await operate(batch.shift() as Step);
        if (isLast) return { steps, error: new Error(step.reasons.join()) };
      }
      for (const step of batch) await operate(step);
      for (const run of later) await run();
      for (const step of this.#deletes(steps)) {
        steps.push(step);
        await around(step, () => this.#delete(process, step.old as Recorded));
      }
      return { steps, error: undefined };
    } catch (error) {
      return { steps, error: error as Error };
    }
  }

  #ordered(): Declared[] {
    return [...this.program.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  }

  #recordOf({ name, aliases, kind }: Declared): Recorded | undefined {
    const found = [name, ...aliases].map((one) => this.state.get(one)).find((one) => one !== undefined);
    return found?.kind === kind ? found : undefined;
  }

  async #planned(process: Process, declared: Declared, old: Recorded | undefined): Promise<Step> {
    const { kind, name, args } = declared;
    const handler = process.handlers[kind];
    const news = { ...(JSON.parse(JSON.stringify(args)) as Properties), owner: ownerOf(name, this.name) };
    const { inputs, failures } = await handler.check(old?.inputs ?? {}, news);
    const step = { kind, name, inputs, ...(old && { old }), deleteFirst: false, reasons: [] };
    if (failures.length > 0) return { ...step, op: "refused", reasons: failures.map(({ reason }) => reason) };
    if (!old) return { ...step, op: "create" };
    const { changes, replaces = [], deleteBeforeReplace = false } = await handler.diff(old.id, old.outputs, inputs);
    if (replaces.length > 0) return { ...step, op: "replace", deleteFirst: deleteBeforeReplace };
    return { ...step, op: changes || old.isPartial ? "update" : "same" };
  }

  async #apply(process: Process, step: Step, later: (() => Promise<void>)[]): Promise<void> {
    const { op, kind, name, inputs, old } = step;
    const handler = process.handlers[kind];
    const record = (id: string, outputs: Properties, isPartial = false) => {
      if (old) this.state.delete(old.name);
      this.state.set(name, { kind, name, id, inputs, outputs, isPartial });
    };
    try {
      // What is refused is tried all the same: it must be refused then too.
      if (old && step.reasons.some((reason) => reason.includes("must be replaced")))
        await handler.delete(old.id, old.outputs);
      else if (op === "same" && old) record(old.id, old.outputs);
      else if (old && (op === "update" || op === "refused"))
        record(old.id, (await handler.update(old.id, old.outputs, inputs)).outs);
      else {
        const { id, outs } = await handler.create(inputs);
        if (old && op === "replace" && !step.deleteFirst) later.unshift(() => handler.delete(old.id, old.outputs));
        record(id, outs);
      }
    } catch (error) {
      if (error instanceof PartialCreateError) record(error.id, error.properties, true);
      throw error;
    }
  }

  async #delete(process: Process, old: Recorded): Promise<void> {
    await process.handlers[old.kind].delete(old.id, old.outputs);
    if (this.state.get(old.name) === old) this.state.delete(old.name);
  }

  /** What the program has no more, last first; what has another name now is among the steps. */
  #deletes(steps: Step[]): Step[] {
    const kept = new Set(steps.map(({ old }) => old));
    const names = new Set(steps.map(({ name }) => name));
    return [...this.state.values()]
      .filter((one) => !kept.has(one) && !names.has(one.name))
      .sort((a, b) => rank(b) - rank(a) || (a.name < b.name ? 1 : -1))
      .map(deletionOf);
  }

  /** Resources of the stack that name another; they go before it does. */
  #dependentsOf({ kind, inputs }: Recorded): Recorded[] {
    const isDependent = (one: Recorded) => {
      if (kind === "deployment") return one.inputs["deployment"] === inputs["name"];
      if (!["connection-link", "variable-link", "override"].includes(one.kind)) return false;
      return ["connId", "key"].some((id) => inputs[id] !== undefined && one.inputs[id] === inputs[id]);
    };
    return [...this.state.values()].filter(isDependent).sort((a, b) => rank(b) - rank(a));
  }
}

function deletionOf(old: Recorded): Step {
  return { op: "delete", kind: old.kind, name: old.name, inputs: old.inputs, old, deleteFirst: false, reasons: [] };
}
