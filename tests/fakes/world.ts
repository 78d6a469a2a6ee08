import { relative } from "node:path";
import * as lookup from "../../catalog/lookup";
import { systemClock, type Clock } from "../../provider/clock";
import { createHandlers } from "../../provider/handlers";
import {
  decodeDocument,
  type ConnectionDocument,
  type DeploymentDocument,
  type Document,
  type TargetSpec,
} from "../../provider/model/documents";
import { resolveDeployment } from "../../provider/model/resolve";
import { Gathering } from "../../provider/projection/gathering";
import { Projector, type TargetAccess } from "../../provider/projection/projector";
import { renderConnections } from "../../provider/projection/render";
import type { Handler, HandlerContext, Kind, OpenWorkspace } from "../../provider/resources/handler";
import { WorkspaceStore } from "../../provider/stores/workspace-store";
import { reading } from "../../provider/targets/read-each";
import { MemoryBackend, memoryStore } from "./memory-store";
import { MemoryPlace, memoryTarget } from "./memory-target";

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
}

/** What a provider host of Pulumi is: caches, projector and handlers of its own. */
export interface Process {
  handlers: Record<Kind, Handler>;
  open(store?: string): OpenWorkspace;
  warnings: string[];
  /** All calls so far, as `store.put data/workspace`. */
  calls: string[];
  count(operation: string): number;
}

/** Where the programs of all processes run. */
const FOLDER = "/program";

export const WORKSPACE = { name: "data", store: "local:.airflow-env" };

/** Stores by address, targets by path, and processes that share them. */
export class World {
  readonly backends = new Map<string, MemoryBackend>();
  readonly places = new Map<string, MemoryPlace>();
  #random = 0;

  /** A world of its own in the same state, without the processes. */
  copy(): World {
    const copy = new World();
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
    const text = this.place(path).object?.text;
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, Record<string, unknown>>);
  }

  /** Stored documents. */
  documents(): Document[] {
    return [...this.backend.documents].map(([key, { text }]) => decodeDocument(key, text));
  }

  document<D extends Document>(key: string): D | undefined {
    const stored = this.backend.documents.get(key);
    return stored && (decodeDocument(key, stored.text) as D);
  }

  /** What each target should hold by the documents: text by path. Throws for a collision. */
  wanted(): Map<string, string> {
    const documents = this.documents();
    const connections = documents.filter((document): document is ConnectionDocument => document.kind === "connection");
    const deployments = documents.filter((document): document is DeploymentDocument => document.kind === "deployment");
    return new Map(
      deployments.map(({ name, target }) => [
        pathOf(target),
        renderConnections(resolveDeployment(name, connections)).text,
      ]),
    );
  }

  /** What each target holds: text by path, of those where something is. */
  actual(): Map<string, string | undefined> {
    const filled = [...this.places].filter(([, place]) => place.object);
    return new Map(filled.map(([path, place]) => [path, place.object?.text]));
  }

  process(options: ProcessOptions = {}): Process {
    const { clock = systemClock, environment = {}, files = {} } = options;
    const calls: string[] = [];
    const warnings: string[] = [];
    const workspaces = new Map<string, OpenWorkspace>();
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
      open: (spec) => {
        const path = pathOf(spec);
        const { maxBytes = Infinity } = options;
        return Promise.resolve(memoryTarget(this.place(path), { address: path, maxBytes, ...hooks("target") }));
      },
      readMany: async (many) =>
        new Map(await Promise.all(many.map(async (target) => [target.address, await reading(target)] as const))),
      limit: (_target, run) => run(),
    };
    const open = (name: string, address: string) =>
      ensure(workspaces, JSON.stringify([name, address]), () => {
        const store = memoryStore(this.backendOf(address), hooks("store"));
        const documents = new WorkspaceStore(name, store, clock);
        const projector = new Projector(documents, targets, new Gathering(clock), clock);
        return { documents, projector, checkedDeployments: new Set<string>() };
      });
    const context: HandlerContext = {
      open: ({ name, store }) => Promise.resolve(open(name, store)),
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
      handlers: createHandlers(context),
      open: (store = WORKSPACE.store) => open(WORKSPACE.name, store),
      warnings,
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
