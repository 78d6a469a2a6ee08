import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as lookup from "../catalog/lookup";
import { Projector, type TargetAccess } from "./projection/projector";
import type { HandlerContext, OpenWorkspace, WorkspaceRef } from "./resources/handler";
import { openStore } from "./stores/registry";
import { WorkspaceStore } from "./stores/workspace-store";
import { openTarget, readTargets } from "./targets/registry";
import type { Target } from "./targets/target";

/** Calls to one cluster at the same time; a slow cluster holds up only its own. */
const CALLS_PER_CLUSTER = 16;

/** The process's way to stores, targets, environment and terminal. All resources of one run share it. */
export function processContext(): HandlerContext {
  const workspaces = new Map<string, Promise<OpenWorkspace>>();
  const targets = targetAccess();
  const warned = new Set<string>();
  return {
    open(workspace: WorkspaceRef) {
      const key = JSON.stringify([workspace.name, workspace.store]);
      let open = workspaces.get(key);
      if (!open) {
        open = openWorkspace(workspace, targets);
        // A store that could not be opened is tried again: the address may name a file that appears meanwhile.
        open.catch(() => workspaces.delete(key));
        workspaces.set(key, open);
      }
      return open;
    },
    catalog: lookup,
    warn(message) {
      // Once per process: check runs in the preview and again in the update.
      if (warned.has(message)) return;
      warned.add(message);
      process.stderr.write(`warning: ${message}\n`);
    },
    random: (bytes) => randomBytes(bytes).toString("base64url"),
    readEnvironment: (name) => process.env[name],
    readFile: (path) => readFile(path, "utf8"),
  };
}

async function openWorkspace(workspace: WorkspaceRef, targets: TargetAccess): Promise<OpenWorkspace> {
  const documents = new WorkspaceStore(workspace.name, await openStore(workspace.store));
  return { documents, projector: new Projector(documents, targets) };
}

/** The real targets, with bounded concurrency per cluster. */
export function targetAccess(): TargetAccess {
  const limits = new Map<string, Limit>();
  return {
    open: openTarget,
    readMany: readTargets,
    async limit(target, run) {
      const cluster = clusterOf(target);
      let limit = limits.get(cluster);
      if (!limit) {
        const { default: pLimit } = await import("p-limit");
        limit = limits.get(cluster) ?? pLimit(CALLS_PER_CLUSTER);
        limits.set(cluster, limit);
      }
      return limit(run);
    },
  };
}

type Limit = <T>(run: () => Promise<T>) => Promise<T>;

/** Addresses begin with kind and cluster: `kubernetes:prod-eks/airflow/connections`. */
function clusterOf(target: Target): string {
  return target.address.split("/", 1)[0] ?? target.address;
}
