import { PartialCreateError } from "../errors";
import type { Handler, Stored } from "../resources/contract";
import type { Properties } from "../resources/declaration/values";
import { depthProblems, failureText } from "./failures";
import { CODE, fromWire, toWire } from "./wire";

/** Answer of `check`. `property` stays empty: with a property Pulumi would print its value. */
export interface CheckResult {
  inputs: Properties;
  failures: { property: string; reason: string }[];
}

/** Answer of `diff`. */
export interface DiffResult {
  changes: boolean;
  replaces?: string[];
  deleteBeforeReplace?: boolean;
}

/** The life cycle of one kind of resource, as `pulumi.dynamic.ResourceProvider` wants it. */
export interface DynamicHandler {
  check: (olds: Properties, news: Properties) => Promise<CheckResult>;
  diff: (id: string, olds: Properties, news: Properties) => Promise<DiffResult>;
  create: (inputs: Properties) => Promise<{ id: string; outs: Properties }>;
  read: (id: string, props: Properties) => Promise<{ id: string; props?: Properties; inputs?: Properties }>;
  update: (id: string, olds: Properties, news: Properties) => Promise<{ outs: Properties }>;
  delete: (id: string, props: Properties) => Promise<void>;
}

/** A handler behind Pulumi's dynamic provider protocol. What is special about it is in this folder and nowhere else. */
export function dynamicHandler(handler: Handler): DynamicHandler {
  return {
    async check(olds, news) {
      const tooDeep = depthProblems(news);
      if (tooDeep.length > 0) return { inputs: news, failures: tooDeep.map((reason) => ({ property: "", reason })) };
      const { inputs, problems, subject } = await handler.check(declared(olds), declared(news));
      const failures = problems.map((problem) => ({ property: "", reason: failureText(subject, problem, news) }));
      return { inputs: withCode(toWire(inputs), news), failures };
    },
    diff: (id, olds, news) => handler.diff(id, declared(olds), declared(news)),
    async create(inputs) {
      const stored = await handler.create(declared(inputs));
      requireReady(stored, inputs);
      return { id: stored.id, outs: toWire(stored.outputs) };
    },
    async read(id, props) {
      const found = await handler.read(id, declared(props));
      // An empty id is how a dynamic provider says that a resource is gone.
      return found ? { id, props: toWire(found.outputs), inputs: toWire(found.inputs) } : { id: "" };
    },
    async update(_id, olds, news) {
      const stored = await handler.update(_id, declared(olds), declared(news));
      requireReady(stored, news);
      return { outs: toWire(stored.outputs) };
    },
    delete: (id, props) => handler.delete(id, declared(props)),
  };
}

function declared(properties: Properties): Properties {
  const { [CODE]: _, ...rest } = properties;
  return fromWire(rest);
}

/** Without it Pulumi could not find the code of a resource. */
function withCode(properties: Properties, news: Properties): Properties {
  return news[CODE] === undefined ? properties : { ...properties, [CODE]: news[CODE] };
}

/** @throws PartialCreateError: Pulumi then records the resource, and calls update at the next `up`. */
function requireReady({ id, outputs, notReady }: Stored, inputs: Properties): void {
  if (notReady.length > 0) throw new PartialCreateError(id, withCode(toWire(outputs), inputs), notReady);
}
