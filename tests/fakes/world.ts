import { relative } from "node:path";
import * as lookup from "../../catalog/lookup";
import { systemClock, type Clock } from "../../provider/clock";
import { createHandlers } from "../../provider/handlers";
import {
  isShared,
  type DeploymentDocument,
  type Document,
  type TargetSpec,
} from "../../provider/environment/documents";
import type { ObjectKinds } from "../../provider/objects/kind";
import { objectKinds } from "../../provider/objects/registry";
import type { TargetAccess } from "../../provider/projection/places";
import { Projector } from "../../provider/projection/projector";
import type { DynamicHandler } from "../../provider/pulumi/dynamic";
import { Outlook } from "../../provider/resources/outlook";
import type { HandlerContext, Kind, OpenWorkspace } from "../../provider/resources/contract";
import { WorkspaceStore } from "../../provider/workspace/workspace-store";
import { reading } from "../../provider/targets/read-each";
import { MemoryBackend, memoryStore } from "./memory-store";
import { MemoryPlace, memoryTarget } from "./memory-target";
import { decodeDocument } from "../../provider/environment/codec";
import { filesOf } from "./effective";

/** One call of a process to a store or a target. */
export interface Step {
  port: "store" | "target";
  operation: string;
  /** Key, prefix or target address. */
  key: string;
}

/** How one process differs from another. */
export interface ProcessOptions {
  clock?: Clock;
  /** Awaited before a call takes effect. */
  before?: (step: Step) => void | Promise<void>;
  /** Awaited after it took effect. */
  after?: (step: Step) => void | Promise<void>;
  environment?: Record<string, string>;
  files?: Record<string, string>;
  /** Largest content of a target, in bytes. */
  maxBytes?: number;
  /** Whether the process's program declares a Deployment; by default all. */
  isOwn?: (document: DeploymentDocument) => boolean;
}

/** What a provider host of Pulumi is: caches, projector and handlers of its own. */
export interface Process {
  handlers: Record<Kind, DynamicHandler>;
  context: HandlerContext;
  open(store?: string): OpenWorkspace;
  warnings: string[];
  /** Targets that were opened, and whether their specs were believed in all things. */
  opened: { path: string; trusted: boolean }[];
  /** All calls so far, as `store.put data/workspace`. */
  calls: string[];
  count(operation: string): number;
}

/** Where the programs of all processes run. */
const FOLDER = "/program";

export const WORKSPACE = { name: "data", store: "local:.airflow-env" };

/** What the processes of a world know, where it is not the usual. */
export interface Knowledge {
  kinds: ObjectKinds;
  handlersOf: (context: HandlerContext) => Record<Kind, DynamicHandler>;
}

/** Stores by address, targets by path, and processes that share them. */
export class World {
  readonly backends = new Map<string, MemoryBackend>();
  readonly places = new Map<string, MemoryPlace>();
  #random = 0;

  constructor(private readonly knowledge: Knowledge = { kinds: objectKinds, handlersOf: createHandlers }) {}

  /** A world of its own in the same state, without the processes. */
  copy(): World {
    const copy = new World(this.knowledge);
    for (const [store, backend] of this.backends) copy.backends.set(store, backend.copy());
    for (const [path, place] of this.places) copy.places.set(path, place.copy());
    copy.#random = this.#random;
    return copy;
  }

  get backend(): MemoryBackend {
    return this.backendOf(WORKSPACE.store);
  }

  backendOf(store: string): MemoryBackend {
    return ensure(this.backends, store, () => new MemoryBackend());
  }

  /** Lets a second address lead to a store. */
  alias(address: string, store: string): void {
    this.backends.set(address, this.backendOf(store));
  }

  /** The target `{ directory: { path } }`. */
  place(path: string): MemoryPlace {
    return ensure(this.places, path, () => new MemoryPlace());
  }

  /** Parsed content of a target; undefined when nothing is there. */
  content(path: string): Record<string, Record<string, unknown>> | undefined {
    const text = this.place(path).text;
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, Record<string, unknown>>);
  }

  /** Stored documents. */
  documents(): Document[] {
    return [...this.backend.documents].map(([key, { text }]) => decodeDocument(key, text, this.knowledge.kinds));
  }

  document<D extends Document>(key: string): D | undefined {
    const stored = this.backend.documents.get(key);
    return stored && (decodeDocument(key, stored.text, this.knowledge.kinds) as D);
  }

  /** What each target should hold by the documents: text by path. Throws for a collision. */
  wanted(): Map<string, string> {
    const documents = this.documents();
    const objects = documents.filter(isShared);
    const deployments = documents.filter(
      (document): document is DeploymentDocument => !isShared(document) && document.kind === "deployment",
    );
    return new Map(deployments.map(({ name, target }) => [pathOf(target), filesOf(name, objects).connections.text]));
  }

  /** What each target holds: text by path, of those where something is. */
  actual(): Map<string, string | undefined> {
    const filled = [...this.places].filter(([, place]) => place.object);
    return new Map(filled.map(([path, place]) => [path, place.text]));
  }

  process(options: ProcessOptions = {}): Process {
    const { clock = systemClock, environment = {}, files = {}, isOwn } = options;
    const calls: string[] = [];
    const warnings: string[] = [];
    const opened: Process["opened"] = [];
    const workspaces = new Map<string, OpenWorkspace>();
    const named = new Set<string>();
    const hooks = (port: Step["port"]) => ({
      before: (step: { operation: string; key?: string; address?: string }) => {
        const key = step.key ?? step.address ?? "";
        calls.push(`${port}.${step.operation} ${key}`);
        return options.before?.({ port, operation: step.operation, key });
      },
      after: (step: { operation: string; key?: string; address?: string }) =>
        options.after?.({ port, operation: step.operation, key: step.key ?? step.address ?? "" }),
    });
    const targets: TargetAccess = {
      believed: (spec, { trusted }) => {
        opened.push({ path: pathOf(spec), trusted });
        return spec;
      },
      open: (spec) => {
        const path = pathOf(spec);
        const { maxBytes = Infinity } = options;
        return Promise.resolve(memoryTarget(this.place(path), { address: path, maxBytes, ...hooks("target") }));
      },
      readMany: async (many) =>
        new Map(await Promise.all(many.map(async (target) => [target, await reading(target)] as const))),
      limit: (_target, run) => run(),
    };
    const open = (name: string, address: string) =>
      ensure(workspaces, JSON.stringify([name, address]), () => {
        const store = memoryStore(this.backendOf(address), hooks("store"));
        const documents = new WorkspaceStore(name, store, clock, this.knowledge.kinds);
        const outlook = new Outlook(documents, clock, environment["AIRFLOW_ENV_TARGETS"] !== undefined);
        const projector = new Projector(documents, targets, { clock, isOwn: isOwn ?? ((one) => outlook.isOwn(one)) });
        return { documents, projector, outlook };
      });
    const context: HandlerContext = {
      open: ({ name, store }) => Promise.resolve(open(name, store)),
      name: ({ store }) => void named.add(store),
      isNamed: ({ store }) => named.has(store) || store === environment["AIRFLOW_ENV_STORE"],
      catalog: lookup,
      clock,
      warn: (message) => void warnings.push(message),
      workingFolder: FOLDER,
      random: (bytes) => Buffer.alloc(bytes, ++this.#random).toString("base64url"),
      readEnvironment: (name) => environment[name],
      readFile: (path) => {
        const content = files[path];
        if (content === undefined) return Promise.reject(Object.assign(new Error("no such file"), { code: "ENOENT" }));
        return Promise.resolve(content);
      },
    };
    return {
      handlers: this.knowledge.handlersOf(context),
      context,
      open: (store = WORKSPACE.store) => open(WORKSPACE.name, store),
      warnings,
      opened,
      calls,
      count: (operation) => calls.filter((call) => call.startsWith(`${operation} `)).length,
    };
  }
}

/** `organization/project/stack::resource`, as the SDK passes it. */
export const ownerOf = (resource: string, stack = "prod") => `acme/data/${stack}::${resource}`;

/** Inputs as the SDK makes them. */
export const inputs = {
  workspace: (more: object = {}) => ({ ...WORKSPACE, owner: ownerOf("data"), ...more }),
  deployment: (name: string, more: object = {}) => ({
    workspace: WORKSPACE,
    name,
    owner: ownerOf(name),
    target: { directory: { path: name } },
    ...more,
  }),
  connection: (connId: string, more: object = {}) => ({
    workspace: WORKSPACE,
    connId,
    owner: ownerOf(connId),
    connType: "postgres",
    ...more,
  }),
  link: (connId: string, deployment: string, overrides?: object, more: object = {}) => ({
    workspace: WORKSPACE,
    connId,
    deployment,
    owner: ownerOf(`${connId}-${deployment}`),
    ...(overrides && { overrides }),
    ...more,
  }),
  override: (connId: string, deployment: string, fields: object, more: object = {}) => ({
    workspace: WORKSPACE,
    connId,
    deployment,
    owner: ownerOf(`${connId}-${deployment}-override`),
    fields,
    ...more,
  }),
};

/** Relative to the program's folder, as the tests declare it. */
function pathOf(target: TargetSpec): string {
  return relative(FOLDER, String(target["directory"]?.["path"]));
}

function ensure<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
