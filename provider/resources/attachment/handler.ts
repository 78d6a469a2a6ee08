import { openToDelete, referenceSources } from "../access";
import type { Handler, HandlerContext } from "../contract";
import type { AttachmentKind } from "../declared-kind";
import { asDeclared } from "../declaration/as-declared";
import { tryToResolve } from "../declaration/references";
import { markSecrets } from "../declaration/secrets";
import { hasUnknown, isRecord, type Properties } from "../declaration/values";
import { requireRemoved } from "../outcome";
import { isOwner, mayRemove } from "../ownership";
import { project } from "../project";
import { claimOf, declaredPart, isLive, knownWorkspaceOf, pendingOf, refreshed } from "../record";
import { checkAttachment, compare } from "./check";
import {
  describeAttachment,
  documentKeyOf,
  idOf,
  parseAttachment,
  pieceIn,
  requireAttachment,
  valuesPath,
  withPiece,
} from "./declaration";
import { writeAttachment } from "./write";

/** Keeps one piece of an object's document equal to its declaration, and the one Deployment that it concerns. */
export function attachmentHandler(kind: AttachmentKind, context: HandlerContext): Handler {
  return {
    check: (olds, news) => checkAttachment(context, kind, olds, news),

    async diff(_id, olds, news) {
      const declared = isLive(news) ? parseAttachment(kind, news) : undefined;
      const open = declared && (await context.open(declared.workspace));
      await open?.documents.snapshot();
      const { changed, drift, isGone, replaces } = await compare(context, kind, open, olds, news);
      const isLeft = pendingOf(olds).length > 0 || hasUnknown(declaredPart(news));
      const changes = changed.length > 0 || drift.length > 0 || isGone || replaces.length > 0 || isLeft;
      if (!changes && declared) open?.projector.gathering.retract(idOf(kind, declared));
      return { changes, replaces, deleteBeforeReplace: false };
    },

    create: (inputs) => writeAttachment(context, kind, inputs),

    async read(_id, props) {
      const declared = requireAttachment(kind, props);
      const open = await context.open(declared.workspace);
      await open.documents.snapshot();
      const document = open.documents.peekShared(documentKeyOf(kind, declared));
      const actual = pieceIn(kind, document, declared.deployment);
      if (!actual || !isOwner(actual, claimOf(props))) return undefined;
      const last = (await tryToResolve(declared.values, referenceSources(context, open))) ?? declared.values;
      const values = asDeclared(declared.values, kind.patchOf(last), actual.patch);
      const secrets = kind.of.secretsOfPatch(document?.base, actual.patch, props, context.catalog);
      const inputs = { ...declaredPart(props), ...valueInputs(kind, props, isRecord(values) ? values : {}, secrets) };
      return { inputs, outputs: { ...inputs, ...refreshed(actual, props) } };
    },

    update: (_id, olds, news) => writeAttachment(context, kind, news, olds),

    async delete(_id, props) {
      const declared = requireAttachment(kind, props);
      const open = await openToDelete(context, knownWorkspaceOf(props));
      open.outlook.trust(props["ownTargets"]);
      await open.projector.gathering.during(idOf(kind, declared), async () => {
        const changed = await open.documents.changeShared(documentKeyOf(kind, declared), (document) => {
          const piece = pieceIn(kind, document, declared.deployment);
          if (!document || !piece || !mayRemove(piece, claimOf(props), props)) return document;
          return withPiece(kind, document, declared.deployment, undefined);
        });
        const failures = await project(open, new Map([[declared.deployment, changed.sequence]]));
        requireRemoved(context, describeAttachment(kind, props), failures);
      });
    },

    // Of the object nothing is known here: what any type of it keeps secret.
    secretsIn: (properties) =>
      kind.of
        .secretsOfPatch(undefined, kind.valuesOf(properties), properties, context.catalog)
        .map((path) => [...valuesPath(kind), ...path]),
  };
}

/** The inputs that declare values; what was not declared and is not there stays out. */
function valueInputs(
  kind: AttachmentKind,
  recorded: Properties,
  values: object,
  secrets: Parameters<typeof markSecrets>[1],
): Properties {
  const { valuesInput } = kind;
  const marked = markSecrets(values, secrets);
  if (valuesInput === undefined) return Object.fromEntries(Object.entries(kind.valuesOf(marked)));
  const isDeclared = recorded[valuesInput] !== undefined || Object.keys(values).length > 0;
  return isDeclared ? { [valuesInput]: marked } : {};
}
