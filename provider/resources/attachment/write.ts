import type { SharedDocument } from "../../environment/documents";
import { receives } from "../../environment/receive";
import { ConflictError } from "../../errors";
import { referenceSources, requireWorkspace, resolveDeclared } from "../access";
import type { HandlerContext, OpenWorkspace, Stored } from "../contract";
import type { AttachmentKind } from "../declared-kind";
import { requireNoProblems } from "../declaration/problems";
import type { Properties } from "../declaration/values";
import { stored, withoutMissing } from "../outcome";
import { INSTANCE_BYTES, instanceOf, requireOwnership } from "../ownership";
import { project } from "../project";
import { claimOf, declaredPart, ownTargets } from "../record";
import { requirePackages } from "../requirements";
import { noSuchDeployment } from "../shared-object/check";
import { missingFor } from "../shared-object/guards";
import {
  describeAttachment,
  documentKeyOf,
  idOf,
  pieceIn,
  requireAttachment,
  resolvedValueProblems,
  withPiece,
  type AttachmentDeclaration,
} from "./declaration";
import { linkRefusal, noSuchObject, notReceived } from "./guards";

/** A link of the same program may be created at the same moment, in ms. */
const LINK_WAIT_MS = 5_000;
const LINK_POLL_MS = 25;
/** Where no link is announced yet, in ms: the engine may still be checking it. */
const ANNOUNCEMENT_WAIT_MS = 1_500;

/** Stores what is declared, then brings the Deployment up to date. */
export async function writeAttachment(
  context: HandlerContext,
  kind: AttachmentKind,
  inputs: Properties,
  olds?: Properties,
): Promise<Stored> {
  const what = describeAttachment(kind, inputs);
  const declared = requireAttachment(kind, inputs);
  const open = await context.open(declared.workspace);
  await open.documents.snapshot();
  return open.projector.gathering.during(idOf(kind, declared), async () => {
    requireWorkspace(open);
    await requireDeployment(open, declared.deployment, what);
    if (kind.slot === "overrides") await linkIsThere(context, open, kind, declared);
    const values = await resolveDeclared(what, declared.values, referenceSources(context, open));
    requireNoProblems(what, resolvedValueProblems(kind, declared.values, values));
    const changed = await commit(context, kind, open, { what, declared, values, inputs, olds });
    const failures = withoutMissing(context, await project(open, new Map([[declared.deployment, changed.sequence]])));
    const { instance } = pieceIn(kind, changed.after, declared.deployment) ?? {};
    const outputs = { ...declaredPart(inputs), instance, ...ownTargets(open, [declared.deployment]) };
    return stored(what, idOf(kind, declared), outputs, failures);
  });
}

interface Commit {
  what: string;
  declared: AttachmentDeclaration;
  values: object;
  inputs: Properties;
  olds: Properties | undefined;
}

async function commit(
  context: HandlerContext,
  kind: AttachmentKind,
  open: OpenWorkspace,
  { what, declared, values, inputs, olds }: Commit,
) {
  const { deployment, id, owner } = declared;
  const fresh = context.random(INSTANCE_BYTES);
  let release = (): void => undefined;
  const withPieceSet = (document: SharedDocument | undefined): SharedDocument => {
    if (!document) throw new ConflictError(`${what}: ${noSuchObject(kind, id, open.documents.name)}`);
    const current = pieceIn(kind, document, deployment);
    requireOwnership(current, claimOf(inputs, olds), what);
    const isRefused = kind.slot === "links" || receives(document, deployment);
    const refusal = isRefused ? linkRefusalOf(document) : notReceived(kind);
    if (refusal) throw new ConflictError(`${what}: ${refusal.reason}`);
    if (kind.slot === "links") requirePackages(missingFor(context, kind.of, open, document, [deployment]));
    const instance = instanceOf(current, olds, fresh);
    const next = withPiece(kind, document, deployment, { owner, instance, patch: kind.patchOf(values) });
    const admitted = open.projector.admission.admit(next, document, [deployment]);
    requireNoProblems(what, admitted.problems);
    if ("release" in admitted) release = admitted.release;
    return next;
  };
  const linkRefusalOf = (document: SharedDocument) =>
    kind.slot === "links" ? linkRefusal(kind, open, document, deployment) : undefined;
  try {
    return await open.documents.changeShared(documentKeyOf(kind, declared), withPieceSet);
  } finally {
    release();
  }
}

/** Waits for a link that this process is about to create, by what it knows itself; the store is asked once, at the end. */
async function linkIsThere(
  { clock }: HandlerContext,
  open: OpenWorkspace,
  kind: AttachmentKind,
  declared: AttachmentDeclaration,
): Promise<void> {
  const key = documentKeyOf(kind, declared);
  const link = `${key}#link/${declared.deployment}`;
  const isReceived = () => {
    const document = open.documents.peekShared(key);
    return document !== undefined && receives(document, declared.deployment);
  };
  const waitMs = () => (open.projector.gathering.isExpected(link) ? LINK_WAIT_MS : ANNOUNCEMENT_WAIT_MS);
  for (const startedAt = clock.now(); !isReceived() && clock.now() - startedAt < waitMs();)
    await clock.sleep(LINK_POLL_MS);
  if (!isReceived()) await open.documents.find(key);
}

async function requireDeployment(open: OpenWorkspace, deployment: string, what: string): Promise<void> {
  if (await open.documents.ensureDeployment(deployment)) return;
  throw new ConflictError(`${what}: ${noSuchDeployment(open, deployment)}`);
}
