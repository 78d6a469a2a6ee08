import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as lookup from "../catalog/lookup";
import { systemClock } from "./clock";
import { Projector } from "./projection/projector";
import type { HandlerContext, OpenWorkspace, WorkspaceRef } from "./resources/handler";
import { openStore } from "./stores/registry";
import { WorkspaceStore } from "./stores/workspace-store";
import { targetAccess } from "./targets/registry";
import { warningPrinter } from "./warnings";

/** The process's way to stores, targets, environment and terminal. All resources of one run share it. */
export function processContext(): HandlerContext {
  const workspaces = new Map<string, Promise<OpenWorkspace>>();
  return {
    open(workspace: WorkspaceRef) {
      const key = JSON.stringify([workspace.name, workspace.store]);
      let open = workspaces.get(key);
      if (!open) {
        open = openWorkspace(workspace);
        // A store that could not be opened is tried again: the address may name a file that appears meanwhile.
        open.catch(() => workspaces.delete(key));
        workspaces.set(key, open);
      }
      return open;
    },
    catalog: lookup,
    clock: systemClock,
    warn: warningPrinter((line) => process.stderr.write(`${line}\n`)),
    random: (bytes) => randomBytes(bytes).toString("base64url"),
    readEnvironment: (name) => process.env[name],
    workingFolder: process.cwd(),
    readFile: (path) => readFile(path, "utf8"),
  };
}

async function openWorkspace(workspace: WorkspaceRef): Promise<OpenWorkspace> {
  const documents = new WorkspaceStore(workspace.name, await openStore(workspace.store));
  return { documents, projector: new Projector(documents, targetAccess), checkedDeployments: new Set() };
}
