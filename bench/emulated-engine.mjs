// @ts-check
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../tools/setup.mjs";

const require = createRequire(import.meta.url);
const { connectionFields, connectionId, deploymentName, targetOf, times } = require("./programs/workload.cjs");

/** @typedef {{ kind: string, name: string, inputs: Record<string, unknown> }} Declared */

/**
 * Calls our handlers as Pulumi's engine does, without the engine: check and diff one resource after the other, create
 * and update side by side. For sizes and repetitions at which the engine's own time would hide the handlers'.
 */
export class EmulatedEngine {
  /** Recorded inputs and outputs by resource, as the engine's state has them. */
  #state = new Map();

  /** @param {{ parallel: number }} options the engine's default is four times the cores */
  constructor({ parallel }) {
    this.parallel = parallel;
  }

  /**
   * One `pulumi up` by a new provider host.
   *
   * @param {Declared[]} declared the first one is the Workspace that the others need
   * @param {(name: string, update: () => Promise<unknown>) => Promise<unknown>} [around] every create and update
   * @returns {Promise<number>} how many resources were written
   */
  async up(declared, around = (_name, update) => update()) {
    const handlers = newHandlers();
    const running = new Set();
    let written = 0;
    for (const { kind, name, inputs } of declared) {
      const recorded = this.#state.get(name);
      const handler = handlers[kind];
      const { inputs: news, failures } = await handler.check(recorded?.inputs ?? {}, inputs);
      if (failures.length > 0) throw new Error(`${name}: ${JSON.stringify(failures)}`);
      if (recorded && !(await handler.diff(recorded.id, recorded.outs, news)).changes) continue;
      while (running.size >= this.parallel) await Promise.race(running);
      const write = async () => {
        const { id = recorded?.id, outs } = recorded
          ? await handler.update(recorded.id, recorded.outs, news)
          : await handler.create(news);
        this.#state.set(name, { id, inputs: news, outs });
        written += 1;
      };
      const operation = around(name, write).finally(() => running.delete(operation));
      running.add(operation);
      if (kind === "workspace") await operation;
    }
    await Promise.all(running);
    return written;
  }
}

/**
 * The same resources as the program bench/programs/ours.
 *
 * @param {{ connections: number, deployments: number, revision: number, store: string }} spec
 * @returns {{ workspace: Declared, connectionsOf: Declared[], deploymentsOf: Declared[] }}
 */
export function declare({ connections, deployments, revision, store }) {
  const workspace = { name: "bench", store };
  const owner = (/** @type {string} */ name) => `organization/bench/bench::${name}`;
  return {
    workspace: { kind: "workspace", name: "bench", inputs: { owner: owner("bench"), ...workspace } },
    connectionsOf: times(connections).map((/** @type {number} */ index) => ({
      kind: "connection",
      name: connectionId(index),
      inputs: {
        owner: owner(connectionId(index)),
        workspace,
        connId: connectionId(index),
        ...connectionFields(index, revision),
        sharing: "LinkedToAll",
      },
    })),
    deploymentsOf: times(deployments).map((/** @type {number} */ index) => ({
      kind: "deployment",
      name: deploymentName(index),
      inputs: {
        owner: owner(deploymentName(index)),
        workspace,
        name: deploymentName(index),
        target: targetOf(index, { target: "kubernetes" }),
      },
    })),
  };
}

/** Handlers over a new context: nothing cached, as in a new process. */
function newHandlers() {
  const { createHandlers } = require(join(root, "dist", "provider", "handlers.js"));
  const { processContext } = require(join(root, "dist", "provider", "context.js"));
  return createHandlers(processContext());
}
