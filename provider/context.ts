import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as lookup from "../catalog/lookup";
import { systemClock, type Clock } from "./clock";
import type { DeploymentDocument, TargetSpec } from "./environment/documents";
import { InputError, ProviderError } from "./errors";
import type { TargetAccess } from "./projection/places";
import { Projector } from "./projection/projector";
import type { HandlerContext, OpenWorkspace, WorkspaceRef } from "./resources/contract";
import { Outlook } from "./resources/outlook";
import { openStore } from "./stores/registry";
import { parseAllowList, placeText } from "./targets/allow-list";
import { targetAccess } from "./targets/registry";
import { warningPrinter } from "./warnings";
import { WorkspaceStore } from "./workspace/workspace-store";

/** Prints a warning where Pulumi shows what a provider's process writes. */
const toStderr = (message: string) => void process.stderr.write(`warning: ${message}\n`);

/**
 * The process's way to stores, targets, environment and terminal. All resources of one run share it.
 *
 * @param print - shows one warning to the user.
 */
export function processContext(
  print: (message: string) => void = toStderr,
  clock: Clock = systemClock,
): HandlerContext {
  const workspaces = new Map<string, Promise<OpenWorkspace>>();
  const named = new Set<string>();
  return {
    open(workspace) {
      const key = keyOf(workspace);
      let open = workspaces.get(key);
      if (!open) {
        open = openWorkspace(workspace, clock);
        // A store that could not be opened is tried again: the address may name a file that appears meanwhile.
        open.catch(() => workspaces.delete(key));
        workspaces.set(key, open);
      }
      return open;
    },
    name: (workspace) => void named.add(keyOf(workspace)),
    isNamed: (workspace) => named.has(keyOf(workspace)) || workspace.store === process.env["AIRFLOW_ENV_STORE"],
    catalog: lookup,
    clock,
    warn: warningPrinter(print),
    random: (bytes) => randomBytes(bytes).toString("base64url"),
    readEnvironment: (name) => process.env[name],
    workingFolder: process.cwd(),
    readFile: (path) => readFile(path, "utf8"),
  };
}

function keyOf({ name, store }: WorkspaceRef): string {
  return JSON.stringify([name, store]);
}

async function openWorkspace(workspace: WorkspaceRef, clock: Clock): Promise<OpenWorkspace> {
  const documents = new WorkspaceStore(workspace.name, await openStore(workspace.store), clock);
  const outlook = new Outlook(documents, clock, process.env[TARGETS] !== undefined);
  const isOwn = (document: DeploymentDocument) => outlook.isOwn(document);
  const projector = new Projector(documents, targetsOfThisProcess(), { clock, isOwn });
  return { documents, projector, outlook };
}

const CONTEXTS = "AIRFLOW_ENV_CONTEXTS";
const TARGETS = "AIRFLOW_ENV_TARGETS";

/** The real targets, with this process's own names of contexts, and only those of others that it may open. */
export function targetsOfThisProcess(): TargetAccess {
  return {
    ...targetAccess,
    believed(spec, trust) {
      const believed = targetAccess.believed(spec, { ...trust, contexts: contextNames() });
      if (!trust.trusted) requireAllowed(believed);
      return believed;
    },
  };
}

/** @throws ProviderError for the target of another stack's Deployment that the environment does not allow. */
function requireAllowed(spec: TargetSpec): void {
  const patterns = process.env[TARGETS];
  if (patterns === undefined || parseAllowList(patterns, `environment variable ${TARGETS}`).allows(spec)) return;
  const place = JSON.stringify(placeText(spec) ?? Object.keys(spec).join());
  throw new ProviderError(
    "not-allowed",
    `target ${place} of another stack's Deployment is not among those that ${TARGETS} allows; add it there, or have ` +
      `that stack choose another`,
  );
}

/** Our own names of the kubeconfig contexts that other stacks' Deployments name: `theirs=ours,…`. */
function contextNames(): Record<string, string> {
  const pairs = (process.env[CONTEXTS] ?? "").split(",").filter((pair) => pair.trim() !== "");
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const [theirs, ours, ...more] = pair.split("=").map((name) => name.trim());
      if (theirs && ours && more.length === 0) return [theirs, ours];
      throw new InputError(`environment variable ${CONTEXTS}: write "their-context=our-context", separated by commas`);
    }),
  );
}
