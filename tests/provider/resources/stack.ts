import { expect } from "chai";
import { PartialCreateError, TargetUnavailableError } from "../../../provider/errors";
import type { Document } from "../../../provider/environment/documents";
import type { Kind } from "../../../provider/resources/contract";
import type { CheckResult, DiffResult } from "../../../provider/pulumi/dynamic";
import { declaredPart } from "../../../provider/resources/record";
import { instantClock } from "../../fakes/instant-clock";
import { inputs, World, type Process, type ProcessOptions, type Step } from "../../fakes/world";
import type { Properties } from "../../../provider/resources/declaration/values";

/** A secret that is recognisable wherever it is printed. */
export const CANARY = 'canary-Zq7$é"x';

/** Inputs and outputs that Pulumi keeps as secrets; everything else is printed. */
const SECRET_KEYS = ["password", "extra", "overrides", "fields", "host", "login"];

/** Marks a secret in Pulumi's wire form. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** What a preview does with one resource, and what it would print. */
export interface Preview {
  checked: CheckResult;
  /** Undefined before the first create. */
  diff: DiffResult | undefined;
  process: Process;
}

/** Resources over one world, each verb in a provider process of its own, as separate runs of Pulumi would do it. */
export class Stack {
  readonly printed: string[] = [];
  private readonly processes: Process[] = [];

  constructor(readonly world = new World()) {}

  process(options: ProcessOptions = {}): Process {
    const process = this.world.process({ clock: instantClock(), ...options });
    this.processes.push(process);
    return process;
  }

  resource(kind: Kind): Resource {
    return new Resource(this, kind);
  }

  /** Creates a resource. */
  async create(kind: Kind, news: Properties, options: ProcessOptions = {}): Promise<Resource> {
    const resource = this.resource(kind);
    await resource.up(news, options);
    return resource;
  }

  /** A Workspace, and Deployments in it. */
  async createWorkspace(...deployments: string[]): Promise<Resource> {
    const workspace = await this.create("workspace", inputs.workspace());
    for (const name of deployments) await this.create("deployment", inputs.deployment(name));
    return workspace;
  }

  /** Another process changes or removes a stored document, without projecting it. */
  async meddle<D extends Document>(key: string, change: (document: D) => D | undefined): Promise<void> {
    const { documents } = this.process().open();
    await documents.snapshot();
    await documents.change<D>(key, (current) => (current ? change(current) : current));
  }

  /** Everything that the user saw, and that is not secret. */
  shown(): string {
    return [...this.printed, ...this.processes.flatMap(({ warnings }) => warnings)].join("\n");
  }

  /** Awaits a refusal, of which the user sees message and stack. */
  async refusal(work: Promise<unknown>): Promise<Error & { code: string }> {
    try {
      await work;
    } catch (error) {
      const { message, stack = "" } = error as Error;
      this.printed.push(message, stack);
      return error as Error & { code: string };
    }
    throw new Error("nothing was refused");
  }
}

/** One resource with what Pulumi records of it. */
export class Resource {
  id: string | undefined;
  inputs: Properties = {};
  outputs: Properties = {};
  /** Created or updated in part: Pulumi updates it at the next run, whatever `diff` says. */
  private isPartial = false;

  constructor(
    private readonly stack: Stack,
    readonly kind: Kind,
  ) {}

  async preview(news: Properties, options: ProcessOptions = {}): Promise<Preview> {
    const process = this.stack.process(options);
    const handler = process.handlers[this.kind];
    const checked = await handler.check(this.inputs, { ...news });
    this.show(checked.inputs);
    this.stack.printed.push(...checked.failures.map(({ property, reason }) => `${property}: ${reason}`));
    const isCompared = this.id !== undefined && checked.failures.length === 0;
    const diff = isCompared ? await handler.diff(this.id as string, this.outputs, checked.inputs) : undefined;
    return { checked, diff, process };
  }

  /**
   * Preview, then create or update in the same process; nothing when nothing changes. What the preview refuses is tried
   * all the same, as when others write between preview and update: it must be refused then too.
   */
  async up(news: Properties, options: ProcessOptions = {}): Promise<Process> {
    const { checked, diff, process } = await this.preview(news, options);
    const declared = checked.inputs;
    if (diff && !diff.changes && !this.isPartial) return process;
    if (checked.failures.length === 0) expect(diff?.replaces ?? []).to.deep.equal([]);
    const handler = process.handlers[this.kind];
    try {
      if (this.id === undefined) {
        const { id, outs } = await handler.create(declared);
        this.record(id, declared, outs);
      } else {
        const { outs } = await handler.update(this.id, this.outputs, declared);
        this.record(this.id, declared, outs);
      }
    } catch (error) {
      if (error instanceof PartialCreateError) this.record(error.id, declared, error.properties, true);
      throw error;
    }
    expect(checked.failures, "refused by the preview alone").to.deep.equal([]);
    return process;
  }

  /** What a refresh finds; undefined when the resource is gone. */
  async refresh(): Promise<Properties | undefined> {
    const read = await this.stack.process().handlers[this.kind].read(this.id ?? "", this.outputs);
    if (read.id === "") return undefined;
    expectSendable(read.props);
    expectSendable(read.inputs);
    this.show(read.inputs ?? {});
    return read.inputs;
  }

  /** A refresh whose findings are recorded. */
  async absorb(): Promise<void> {
    const {
      id,
      inputs: found,
      props,
    } = await this.stack.process().handlers[this.kind].read(this.id ?? "", this.outputs);
    if (!id || !found || !props) throw new Error("nothing was found");
    this.record(id, found, props);
  }

  async delete(options: ProcessOptions = {}): Promise<Process> {
    const process = this.stack.process(options);
    await process.handlers[this.kind].delete(this.id ?? "", this.outputs);
    return process;
  }

  private record(id: string, declared: Properties, outs: Properties, isPartial = false): void {
    expectSendable(outs);
    Object.assign(this, { id, inputs: declared, outputs: outs, isPartial });
    this.show(outs);
  }

  private show(properties: Properties): void {
    const open = Object.entries(properties).filter(([key]) => !SECRET_KEYS.includes(key));
    this.stack.printed.push(JSON.stringify(open));
  }
}

/** Calls of a process that changed a store or a target. */
export function writesOf(process: Process): string[] {
  return process.calls.filter((call) => /^(store\.(put|delete)|target\.(write|remove)) /.test(call));
}

/** Asserts that nothing changes, and that finding this out wrote nothing. */
export async function expectUnchanged(resource: Resource, news: Properties): Promise<void> {
  const { checked, diff, process } = await resource.preview(news);
  expect(checked.inputs).to.not.have.property("drift");
  expect(diff?.changes, "changes").to.equal(false);
  expect(writesOf(process)).to.deep.equal([]);
  expect(opened(await resource.refresh()), "refreshed").to.deep.equal(opened(recorded(resource.inputs)));
}

/** Without the wire form of secrets. */
function opened(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(opened);
  if (SIGNATURE in value) return (value as unknown as { value: unknown }).value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, opened(item)]));
}

/** Asserts that the resource is gone, and that deleting it again changes no document. */
export async function expectGone(resource: Resource): Promise<void> {
  expect(await resource.refresh()).to.equal(undefined);
  const again = writesOf(await resource.delete());
  expect(again.filter((call) => call.startsWith("store."))).to.deep.equal([]);
}

/** A hook that lets every call to a port fail. */
export function failing(port: Step["port"], error: Error): (step: Step) => void {
  return (step) => {
    if (step.port === port) throw error;
  };
}

/** What a target throws that cannot be reached. */
export const unreachable = () => new TargetUnavailableError("unreachable", "target: no route to host");

/** Pulumi's wire knows no undefined. */
function expectSendable(value: unknown, path = "outputs"): void {
  expect(value, path).to.not.equal(undefined);
  if (typeof value === "object" && value !== null)
    for (const [key, item] of Object.entries(value)) expectSendable(item, `${path}.${key}`);
}

/** What of inputs is the declaration itself; without Pulumi's own. */
function recorded({ __provider: _, ...inputs }: Properties): Properties {
  return declaredPart(inputs);
}
