import { reachOf, type Reach } from "../../environment/receive";
import type { InputProblem } from "../../errors";
import { pathText } from "../../path";
import { referenceSources, resolveDeclared, storingProblem, workspaceProblem } from "../access";
import { affected } from "../applies-to";
import type { Checked, HandlerContext, OpenWorkspace } from "../contract";
import type { AttachmentKind } from "../declared-kind";
import { carriedOver, fingerprintAll, fingerprintsIn, withoutRotated } from "../declaration/fingerprints";
import { tryToResolve } from "../declaration/references";
import { hasUnknown, type Properties } from "../declaration/values";
import { ownershipProblem, takeover } from "../ownership";
import { claimOf, isLive, isNew } from "../record";
import { describeMissing, describeMissingOnce } from "../requirements";
import { isDeploymentExpected, noSuchDeployment } from "../shared-object/check";
import { driftTexts, unique } from "../shared-object/diff";
import { missingFor } from "../shared-object/guards";
import {
  attachmentProblems,
  describeAttachment,
  documentKeyOf,
  idOf,
  parseAttachment,
  pieceIn,
  resolvedValueProblems,
  withPiece,
  type AttachmentDeclaration,
  type Piece,
} from "./declaration";
import { compareAttachment } from "./diff";
import { linkRefusal, noSuchObject, notReceived } from "./guards";

/** Judges a declared link or Override, and says what the preview shows of it besides. */
export async function checkAttachment(
  context: HandlerContext,
  kind: AttachmentKind,
  olds: Properties,
  given: Properties,
): Promise<Checked> {
  const inputs = kind.normalize?.(given) ?? given;
  const subject = describeAttachment(kind, inputs);
  const problems = attachmentProblems(kind, inputs);
  const declared = problems.length > 0 ? undefined : parseAttachment(kind, inputs);
  if (!declared) return { inputs, problems, subject };
  if (!isLive(inputs))
    return { inputs: { ...inputs, ...asRecorded(context, kind, olds, inputs) }, problems: [], subject };
  context.name(declared.workspace);
  const open = await context.open(declared.workspace);
  await open.documents.snapshot();
  open.projector.gathering.announce(idOf(kind, declared));
  open.outlook.declareAttachment(documentKeyOf(kind, declared), kind.slot, declared.deployment);
  const values = await resolveDeclared(subject, declared.values, referenceSources(context, open));
  const unfit = resolvedValueProblems(kind, declared.values, values);
  if (unfit.length > 0) return { inputs, problems: unfit, subject };
  const preview = await previewAttachment(context, kind, open, { olds, inputs, declared, values });
  return { inputs: { ...inputs, ...preview.shown }, problems: preview.problems, subject };
}

/** Smaller values fill no document; to encode it for each of its many links would take long. */
const LARGE = 1_000;

interface Previewed {
  olds: Properties;
  inputs: Properties;
  declared: AttachmentDeclaration;
  /** Resolved. */
  values: object;
}

async function previewAttachment(
  context: HandlerContext,
  kind: AttachmentKind,
  open: OpenWorkspace,
  { olds, inputs, declared, values }: Previewed,
): Promise<{ shown: Properties; problems: InputProblem[] }> {
  const key = documentKeyOf(kind, declared);
  const problems = await problemsOf();
  if (problems.length > 0) return { shown: {}, problems };
  const { workspace } = open.documents.cached;
  const base = open.outlook.object(key)?.base;
  const secrets = kind.of.secretsOfPatch(base, declared.values, inputs, context.catalog);
  const fingerprints =
    workspace && !hasUnknown(values)
      ? fingerprintAll(workspace.fingerprintKey, idOf(kind, declared), secrets, values)
      : undefined;
  const difference = await compare(context, kind, open, olds, inputs);
  const drift = withoutRotated(difference.drift, declared.values, fingerprintsIn(olds["fingerprints"]), fingerprints);
  const drifted = driftTexts(kind.noun, drift, difference.isGone, pathText);
  const changed = isNew(olds) ? [] : unique([...difference.changed, ...drift]).filter(([field]) => field !== "owner");
  const reach = reachOfPiece();
  const concerns = changed.length > 0 || reach.changed.length > 0;
  const shown = concerns && !isNew(olds) ? affected(olds, changed, reach, { sharing: "Restricted" }) : numbered(olds);
  return {
    shown: {
      ...(fingerprints && { fingerprints }),
      ...(drifted.length > 0 && { drift: drifted }),
      ...takeover(
        pieceIn(kind, open.documents.peekShared(key), declared.deployment),
        claimOf(inputs, olds),
        difference.changed,
      ),
      ...shown,
    },
    problems: [],
  };

  /** Beside what the run has declared so far: operations come in the same order. */
  function reachOfPiece(): Reach {
    const document = open.outlook.object(key);
    const { deployment, owner } = declared;
    if (!document || hasUnknown([values, document.base]))
      return { changed: [deployment], overridden: [], unchanged: [], lost: [] };
    const next = withPiece(kind, document, deployment, { owner, patch: kind.patchOf(values) });
    open.outlook.declareObject(key, next);
    return reachOf(kind.of.object, document, next, [deployment]);
  }

  async function problemsOf(): Promise<InputProblem[]> {
    const { deployment, id } = declared;
    const nowhere = await workspaceProblem(open);
    if (nowhere) return [nowhere];
    if (!(await isDeploymentExpected(open, deployment)))
      return [{ path: ["deployment"], reason: noSuchDeployment(open, deployment) }];
    if (!(await open.outlook.awaits(() => open.outlook.object(key) !== undefined)))
      return [{ path: [kind.of.idInput], reason: noSuchObject(kind, id, open.documents.name) }];
    const stored = open.documents.peekShared(key);
    const owned = ownershipProblem(pieceIn(kind, stored, deployment), claimOf(inputs, olds));
    if (owned !== undefined) return [{ path: [], reason: owned }];
    const document = open.outlook.object(key);
    if (!document) return [];
    const refusal = await refusalOf();
    if (refusal) return [{ path: [refusal.input], reason: refusal.reason }];
    const missing = kind.slot === "links" ? missingFor(context, kind.of, open, document, [deployment]) : [];
    const [strict] = missing.filter((one) => one.strict);
    if (strict)
      return [{ path: ["deployment"], reason: `${describeMissing(strict)}, or set strict: false on the Deployment` }];
    for (const one of missing) context.warn(describeMissingOnce(one), `missing ${one.packageName}`);
    if (hasUnknown([values, document.base])) return [];
    const next = withPiece(kind, document, deployment, { owner: declared.owner, patch: kind.patchOf(values) });
    const refused = open.projector.admission.problemsOf(next, stored, [deployment]);
    const isLarge = JSON.stringify(values).length > LARGE;
    return refused.length > 0 || !isLarge ? refused : storingProblem(open, key, next);

    async function refusalOf() {
      if (kind.slot === "links") return document && linkRefusal(kind, open, document, deployment);
      return (await open.outlook.awaits(() => open.outlook.receives(key, deployment))) ? undefined : notReceived(kind);
    }
  }
}

/** What differs, by the record and by the store; the store is not asked while the pair is not known. */
export async function compare(
  context: HandlerContext,
  kind: AttachmentKind,
  open: OpenWorkspace | undefined,
  olds: Properties,
  news: Properties,
) {
  const declared = parseAttachment(kind, news);
  if (!open || !declared) return compareAttachment(kind, olds, news, undefined);
  const sources = referenceSources(context, open);
  const values = await resolveDeclared(describeAttachment(kind, news), declared.values, sources);
  const document = open.documents.peekShared(documentKeyOf(kind, declared));
  const actual = pieceIn(kind, document, declared.deployment);
  const wanted: Piece = { owner: declared.owner, patch: kind.patchOf(values) };
  const last = await tryToResolve(kind.valuesOf(olds), sources);
  // Unknown when a reference leads nowhere any more: then nothing tells drift from what was declared.
  const lastPatch = last ? kind.patchOf(last) : (actual?.patch ?? {});
  return compareAttachment(kind, olds, news, { wanted, lastPatch, actual });
}

/** Without the store the fingerprints stay as recorded while the secrets do. */
function asRecorded(context: HandlerContext, kind: AttachmentKind, olds: Properties, news: Properties): Properties {
  const { changed } = compareAttachment(kind, olds, news, undefined);
  const secrets = kind.of.secretsOfPatch(undefined, kind.valuesOf(news), news, context.catalog);
  const fingerprints = carriedOver(fingerprintsIn(olds["fingerprints"]), changed, secrets);
  return { ...(Object.keys(fingerprints).length > 0 && { fingerprints }), ...numbered(olds) };
}

/** The number of the last change, for the next one. */
function numbered({ change }: Properties): Properties {
  return change === undefined ? {} : { change };
}
