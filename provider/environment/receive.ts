import { isDeepStrictEqual } from "node:util";
import { ConflictError } from "../errors";
import { EffectiveObject } from "../objects/effective";
import type { ObjectKind, ObjectKinds } from "../objects/kind";
import { entryOf, type SharedDocument } from "./documents";

/** Whether a Deployment gets the object. */
export function receives(document: SharedDocument, deployment: string): boolean {
  if (document.deployment !== undefined) return document.deployment === deployment;
  if (Object.hasOwn(document.links, deployment)) return true;
  return document.sharing === "LinkedToAll" && !document.exclude.includes(deployment);
}

/** The Deployments, among those given, that get the object; sorted. */
export function receivers(document: SharedDocument | undefined, deployments: Iterable<string>): string[] {
  if (!document) return [];
  return [...deployments].filter((deployment) => receives(document, deployment)).sort();
}

/** One object for all Deployments without values of their own, so that what is derived from it is derived once. */
const withoutPatches = new WeakMap<SharedDocument, EffectiveObject>();

/** Base fields, then the link's values, then the Override's. */
export function effectiveObject(kind: ObjectKind, document: SharedDocument, deployment: string): EffectiveObject {
  const patches = [entryOf(document.links, deployment)?.overrides, entryOf(document.overrides, deployment)?.fields];
  const value = patches.reduce<object>((base, patch) => (patch ? kind.merge(base, patch) : base), document.base);
  if (value !== document.base) return new EffectiveObject(kind, document.id, value);
  const shared = withoutPatches.get(document) ?? new EffectiveObject(kind, document.id, value);
  withoutPatches.set(document, shared);
  return shared;
}

/** Whom a change of one object's document affects. Names are sorted. */
export interface Reach {
  /** Deployments that get other values than before, or get the object now. */
  changed: string[];
  /** Deployments to which it brings the same as before because of their own values: what changes is hidden there. */
  overridden: string[];
  /** Deployments that get it before and after, and that it brings the same because nothing changes for them. */
  unchanged: string[];
  /** Deployments that get it no longer. */
  lost: string[];
}

/** Compares what each Deployment gets from two versions of a document: what Airflow reads of it. */
export function reachOf(
  kind: ObjectKind,
  before: SharedDocument | undefined,
  after: SharedDocument,
  deployments: Iterable<string>,
): Reach {
  const reach: Reach = { changed: [], overridden: [], unchanged: [], lost: [] };
  for (const deployment of [...deployments].sort()) {
    const had = before !== undefined && receives(before, deployment);
    if (!receives(after, deployment)) {
      if (had) reach.lost.push(deployment);
      continue;
    }
    const valueOf = (document: SharedDocument) => effectiveObject(kind, document, deployment);
    if (!had || !isSameToAirflow(valueOf(before), valueOf(after))) reach.changed.push(deployment);
    else if (isHidden(before, after, deployment)) reach.overridden.push(deployment);
    else reach.unchanged.push(deployment);
  }
  return reach;
}

function isSameToAirflow(before: EffectiveObject, after: EffectiveObject): boolean {
  if (isDeepStrictEqual(before.value, after.value)) return true;
  const isSound = before.problems.length === 0 && after.problems.length === 0;
  return isSound && before.entry === after.entry;
}

/** Whether a Deployment's own values stand before others that change. */
function isHidden(before: SharedDocument, after: SharedDocument, deployment: string): boolean {
  const partsOf = ({ base, links, overrides }: SharedDocument) => ({
    base,
    link: entryOf(links, deployment)?.overrides,
    override: entryOf(overrides, deployment)?.fields,
  });
  const { base: _, ...patches } = partsOf(after);
  const hasOwn = Object.values(patches).some((patch) => patch !== undefined && Object.keys(patch).length > 0);
  return hasOwn && !isDeepStrictEqual(partsOf(before), partsOf(after));
}

/**
 * All objects that one Deployment gets, sorted by kind and id.
 *
 * @throws ConflictError if it would get two of one kind with one id.
 */
export function resolveDeployment(
  kinds: ObjectKinds,
  deployment: string,
  documents: Iterable<SharedDocument>,
): EffectiveObject[] {
  const received = [...documents].filter((document) => receives(document, deployment));
  return [...kinds.values()].flatMap((kind) => {
    const byId = new Map<string, SharedDocument>();
    for (const document of received) {
      if (document.kind !== kind.name) continue;
      const other = byId.get(document.id);
      if (other) throw collision(deployment, document, other);
      byId.set(document.id, document);
    }
    return [...byId.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((document) => effectiveObject(kind, document, deployment));
  });
}

/** The error for two objects of one kind and id in one Deployment; names both owners and the remedy. */
export function collision(deployment: string, a: SharedDocument, b: SharedDocument): ConflictError {
  const describe = ({ deployment: only, owner }: SharedDocument) =>
    only === undefined ? `the Workspace-level one of ${owner}` : `the Deployment-level one of ${owner}`;
  const how = (shared: SharedDocument) =>
    shared.sharing === "LinkedToAll" && !Object.hasOwn(shared.links, deployment)
      ? `add "${deployment}" to its exclude list`
      : `remove its ${linkNameOf(shared.kind)} to "${deployment}"`;
  const shared = a.deployment === undefined ? a : b;
  return new ConflictError(
    `Deployment "${deployment}" would get two ${a.kind}s "${a.id}": ${describe(a)} and ${describe(b)}; ` +
      `${how(shared)}, or rename one of them`,
  );
}

/** Name of the resource that links a kind of object, for example `ConnectionLink`. */
export function linkNameOf(kind: string): string {
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Link`;
}
