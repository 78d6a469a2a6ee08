import { isDeepStrictEqual } from "node:util";
import { ConflictError } from "../errors";
import type { ConnectionDocument } from "./documents";
import type { EffectiveConnection } from "./effective";
import { applyOverrides } from "./merge";

/** Whether a Deployment gets the connection. */
export function receives(document: ConnectionDocument, deployment: string): boolean {
  if (document.deployment !== undefined) return document.deployment === deployment;
  if (Object.hasOwn(document.links, deployment)) return true;
  return document.sharing === "LinkedToAll" && !document.exclude.includes(deployment);
}

/** The Deployments, among those given, that get the connection; sorted. */
export function receivers(document: ConnectionDocument | undefined, deployments: Iterable<string>): string[] {
  if (!document) return [];
  return [...deployments].filter((deployment) => receives(document, deployment)).sort();
}

/** One object for all Deployments without overrides, so that what is derived from it is derived once. */
const withoutOverrides = new WeakMap<ConnectionDocument, EffectiveConnection>();

/**
 * Base fields, then the link's overrides, then the Override's fields.
 *
 * @returns an object that others may hold too: not to be changed.
 */
export function effectiveConnection(document: ConnectionDocument, deployment: string): EffectiveConnection {
  const link = Object.hasOwn(document.links, deployment) ? document.links[deployment] : undefined;
  const override = Object.hasOwn(document.overrides, deployment) ? document.overrides[deployment] : undefined;
  const fields = applyOverrides(applyOverrides(document.base, link?.overrides), override?.fields);
  if (fields !== document.base) return { connId: document.connId, ...fields };
  const shared = withoutOverrides.get(document) ?? { connId: document.connId, ...fields };
  withoutOverrides.set(document, shared);
  return shared;
}

/** Whom a change of one connection's document affects. Names are sorted. */
export interface Reach {
  /** Deployments that get other values than before, or get the connection now. */
  changed: string[];
  /** Deployments that get it before and after with the same values, because of their overrides. */
  unchanged: string[];
  /** Deployments that get it no longer. */
  lost: string[];
}

/** Compares what each Deployment gets from two versions of a document. */
export function reachOf(
  before: ConnectionDocument | undefined,
  after: ConnectionDocument,
  deployments: readonly string[],
): Reach {
  const reach: Reach = { changed: [], unchanged: [], lost: [] };
  for (const deployment of [...deployments].sort()) {
    const had = before !== undefined && receives(before, deployment);
    if (!receives(after, deployment)) {
      if (had) reach.lost.push(deployment);
      continue;
    }
    const same =
      had && isDeepStrictEqual(effectiveConnection(before, deployment), effectiveConnection(after, deployment));
    (same ? reach.unchanged : reach.changed).push(deployment);
  }
  return reach;
}

/**
 * All effective connections of one Deployment, sorted by id.
 *
 * @throws ConflictError if it would get two connections with one id.
 */
export function resolveDeployment(deployment: string, documents: Iterable<ConnectionDocument>): EffectiveConnection[] {
  const byId = new Map<string, ConnectionDocument>();
  for (const document of documents) {
    if (!receives(document, deployment)) continue;
    const other = byId.get(document.connId);
    if (other) throw collision(deployment, document, other);
    byId.set(document.connId, document);
  }
  return [...byId.values()]
    .sort((a, b) => (a.connId < b.connId ? -1 : 1))
    .map((document) => effectiveConnection(document, deployment));
}

/** The error for two connections of one id in one Deployment; names both owners and the remedy. */
export function collision(deployment: string, a: ConnectionDocument, b: ConnectionDocument): ConflictError {
  const describe = (document: ConnectionDocument) =>
    document.deployment === undefined
      ? `the Workspace-level one of ${document.owner}`
      : `the Deployment-level one of ${document.owner}`;
  const how = (shared: ConnectionDocument) =>
    shared.sharing === "LinkedToAll" && !Object.hasOwn(shared.links, deployment)
      ? `add "${deployment}" to its exclude list`
      : `remove its ConnectionLink to "${deployment}"`;
  const shared = a.deployment === undefined ? a : b;
  return new ConflictError(
    `Deployment "${deployment}" would get two connections "${a.connId}": ${describe(a)} and ${describe(b)}; ` +
      `${how(shared)}, or rename one of them`,
  );
}
