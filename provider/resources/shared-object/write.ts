import type { SharedDocument } from "../../environment/documents";
import { receivers } from "../../environment/receive";
import { ConflictError } from "../../errors";
import { referenceSources, requireWorkspace, resolveDeclared } from "../access";
import type { HandlerContext, OpenWorkspace, Stored } from "../contract";
import type { DeclaredKind } from "../declared-kind";
import { requireNoProblems } from "../declaration/problems";
import type { Properties } from "../declaration/values";
import { stored, withoutMissing } from "../outcome";
import { project } from "../project";
import { INSTANCE_BYTES, instanceOf, requireOwnership } from "../ownership";
import { claimOf, declaredPart, ownTargets, pendingOf } from "../record";
import { requirePackages } from "../requirements";
import { resolvedProblems } from "../resolved";
import { noSuchDeployment } from "./check";
import {
  describeObject,
  keyOf,
  parseDeclaration,
  requireDeclaration,
  wantedDocument,
  type ObjectDeclaration,
} from "./declaration";
import { compareObject } from "./diff";
import { collisionOf, missingFor, requireExcludedUnlinked } from "./guards";

/** Stores what is declared, then brings every Deployment that it concerns up to date. */
export async function writeObject(
  context: HandlerContext,
  kind: DeclaredKind,
  inputs: Properties,
  olds?: Properties,
): Promise<Stored> {
  const what = describeObject(kind, inputs);
  const declared = requireDeclaration(kind, inputs);
  const key = keyOf(kind.object, declared);
  const open = await context.open(declared.workspace);
  await open.documents.snapshot();
  return open.projector.gathering.during(key, async () => {
    requireWorkspace(open);
    const resolved = await resolveDeclared(what, declared.fields, referenceSources(context, open));
    const { problems } = kind.judge(resolved, inputs, context.catalog);
    requireNoProblems(what, resolvedProblems(declared.fields, problems));
    if (declared.deployment !== undefined) await requireDeployment(open, declared.deployment, what);
    const changed = await commit(context, kind, open, { what, key, declared, resolved, inputs, olds });
    const deployments = [...(await open.documents.enumerateDeployments()).keys()];
    const reached = receivers(changed.after, deployments);
    const recorded = olds && parseDeclaration(kind, olds);
    const affected = new Set([
      ...reached,
      ...receivers(changed.before, deployments),
      // What the record says too: an interrupted update has changed the document but not every Deployment.
      ...(recorded ? receivers(wantedDocument(kind, recorded, resolved, changed.after), deployments) : []),
    ]);
    const left = changed.written ? undefined : leftBehind(kind, olds, inputs);
    const sequenceOf = (deployment: string) => (left && !left.includes(deployment) ? 0 : changed.sequence);
    const sequences = new Map([...affected].map((deployment) => [deployment, sequenceOf(deployment)]));
    const failures = withoutMissing(context, await project(open, sequences));
    const outputs = {
      ...outputsOf(inputs, reached),
      instance: changed.after?.instance,
      ...ownTargets(open, reached),
    };
    return stored(what, key, outputs, failures);
  });
}

/** What is recorded of an object besides what the engine records itself. */
export function outputsOf(inputs: Properties, deployments: string[]): Properties {
  return { ...declaredPart(inputs), deployments };
}

interface Commit {
  what: string;
  key: string;
  declared: ObjectDeclaration;
  resolved: object;
  inputs: Properties;
  olds: Properties | undefined;
}

async function commit(
  context: HandlerContext,
  kind: DeclaredKind,
  open: OpenWorkspace,
  { what, key, declared, resolved, inputs, olds }: Commit,
) {
  const fresh = context.random(INSTANCE_BYTES);
  const { documents, projector } = open;
  let release = (): void => undefined;
  const wantedFrom = (current: SharedDocument | undefined): SharedDocument => {
    requireOwnership(current, claimOf(inputs, olds), what);
    const next = {
      ...wantedDocument(kind, declared, resolved, current),
      instance: instanceOf(current, olds, fresh),
    };
    const { deployments, objects } = documents.cached;
    requireExcludedUnlinked(next, what);
    const collided = collisionOf(next, objects, deployments.keys());
    if (collided) throw collided;
    requirePackages(missingFor(context, kind, open, next, receivers(next, deployments.keys())));
    const admitted = projector.admission.admit(next, current);
    requireNoProblems(what, admitted.problems);
    if ("release" in admitted) release = admitted.release;
    return next;
  };
  try {
    return await documents.changeShared(key, wantedFrom);
  } finally {
    release();
  }
}

/**
 * The Deployments that the last operation could not project, if it stored exactly this declaration: all others got it
 * then. Undefined: nothing is known, as after an interruption.
 */
function leftBehind(kind: DeclaredKind, olds: Properties | undefined, news: Properties): string[] | undefined {
  const pending = pendingOf(olds);
  if (!olds || pending.length === 0) return undefined;
  return compareObject(kind.idInput, olds, news, undefined).changed.length === 0 ? pending : undefined;
}

async function requireDeployment(open: OpenWorkspace, deployment: string, what: string): Promise<void> {
  if (await open.documents.ensureDeployment(deployment)) return;
  throw new ConflictError(`${what}: ${noSuchDeployment(open, deployment)}`);
}
