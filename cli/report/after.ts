import type { DeploymentDocument, SharedDocument } from "../../provider/environment/documents";
import {
  documentKeyOf,
  idOf,
  parseAttachment,
  pieceIn,
  withPiece,
} from "../../provider/resources/attachment/declaration";
import type { Kind } from "../../provider/resources/contract";
import type { AttachmentKind, DeclaredKind } from "../../provider/resources/declared-kind";
import { fingerprintsIn } from "../../provider/resources/declaration/fingerprints";
import type { Properties } from "../../provider/resources/declaration/values";
import { parseDeployment } from "../../provider/resources/deployment/declaration";
import {
  connectionLink,
  connectionOverride,
  declaredConnection,
} from "../../provider/resources/kinds/connection/declared";
import { declaredVariable, variableLink } from "../../provider/resources/kinds/variable/declared";
import { mayRemove } from "../../provider/resources/ownership";
import { claimOf } from "../../provider/resources/record";
import { isWhole, keyOf, parseDeclaration, wantedDocument } from "../../provider/resources/shared-object/declaration";
import type { PreviewStep } from "./preview";
import { CHANGED, revealed, type Proof } from "./revealed";

/** What Deployments of one Workspace get, by key and by name. */
export interface Documents {
  objects: ReadonlyMap<string, SharedDocument>;
  deployments: ReadonlyMap<string, DeploymentDocument>;
}

const OBJECTS: Partial<Record<Kind, DeclaredKind>> = { connection: declaredConnection, variable: declaredVariable };
const ATTACHMENTS: Partial<Record<Kind, AttachmentKind>> = {
  "connection-link": connectionLink,
  override: connectionOverride,
  "variable-link": variableLink,
};

/**
 * The documents as they are when the steps have been done: what goes first, since a replacement may have the key of what
 * it replaces. Values that the preview hides are the stored ones where a fingerprint proves them to be. Pure.
 *
 * @param fingerprintKey - the Workspace's; undefined before it is created.
 */
export function documentsAfter(
  before: Documents,
  steps: readonly PreviewStep[],
  fingerprintKey: string | undefined,
): Documents {
  const objects = new Map(before.objects);
  const deployments = new Map(before.deployments);
  const puts = steps.filter(({ does }) => does === "put");
  const kept = new Set(puts.flatMap(({ kind, news = {} }) => objectKeyOf(kind, news) ?? []));
  for (const step of steps) if (step.does === "remove") remove(step);
  for (const step of puts) putObject(step);
  for (const step of puts) putPiece(step);
  return { objects, deployments };

  function remove({ kind, olds = {}, outputs = {} }: PreviewStep): void {
    const attachment = ATTACHMENTS[kind];
    const objectKey = objectKeyOf(kind, olds);
    if (kind === "deployment") {
      const name = String(olds["name"]);
      const there = deployments.get(name);
      if (there && mayRemove(there, claimOf(olds), outputs)) deployments.delete(name);
    } else if (objectKey !== undefined) {
      const there = objects.get(objectKey);
      // What is replaced in its place keeps what others have attached to it.
      if (there && !kept.has(objectKey) && mayRemove(there, claimOf(olds), outputs)) objects.delete(objectKey);
    } else if (attachment) {
      const declared = parseAttachment(attachment, olds);
      if (!declared) return;
      const key = documentKeyOf(attachment, declared);
      const document = objects.get(key);
      const there = pieceIn(attachment, document, declared.deployment);
      if (document && there && mayRemove(there, claimOf(olds), outputs))
        objects.set(key, withPiece(attachment, document, declared.deployment, undefined));
    }
  }

  function putObject({ kind, olds = {}, news = {} }: PreviewStep): void {
    const object = OBJECTS[kind];
    if (kind === "deployment") {
      // Paths of targets do not matter here: whether one moves is told from the inputs.
      const document = parseDeployment(news, "/")?.document;
      if (document) deployments.set(document.name, document);
    }
    const declared = object && parseDeclaration(object, news);
    if (!declared) return;
    const key = keyOf(object.object, declared);
    const current = objects.get(key);
    const proof = { key: fingerprintKey, place: key, ...evidence(olds, news) };
    const fields = isWhole(object, declared.fields)
      ? wholeFields(object, olds, news, current?.base)
      : revealed(declared.fields, current?.base, piecesOf(before.objects.get(key)), proof);
    objects.set(key, wantedDocument(object, declared, fields, current));
  }

  function putPiece({ kind, olds = {}, news = {} }: PreviewStep): void {
    const attachment = ATTACHMENTS[kind];
    const declared = attachment && parseAttachment(attachment, news);
    if (!declared) return;
    const key = documentKeyOf(attachment, declared);
    const document = objects.get(key);
    if (!document) return;
    const was = before.objects.get(key);
    const stored = pieceIn(attachment, was, declared.deployment)?.patch;
    const values = revealed(declared.values, stored, piecesOf(was), {
      key: fingerprintKey,
      place: idOf(attachment, declared),
      ...evidence(olds, news),
    });
    const piece = { owner: declared.owner, patch: attachment.patchOf(values) };
    objects.set(key, withPiece(attachment, document, declared.deployment, piece));
  }
}

function objectKeyOf(kind: Kind, inputs: Properties): string | undefined {
  const object = OBJECTS[kind];
  const declared = object && parseDeclaration(object, inputs);
  return declared && keyOf(object.object, declared);
}

function piecesOf(document: SharedDocument | undefined): object[] {
  if (!document) return [];
  const { base, links, overrides } = document;
  const patches = [
    ...Object.values(links).map((link) => link.overrides),
    ...Object.values(overrides).map((one) => one.fields),
  ];
  return [base, ...patches];
}

/** Fields that one reference says: its fingerprint is that of the whole text, which is not stored. */
function wholeFields({ wholeInput = "" }: DeclaredKind, olds: Properties, news: Properties, stored?: object): object {
  const of = (inputs: Properties) => fingerprintsIn(inputs["fingerprints"])[wholeInput];
  const isSame = stored !== undefined && of(olds) === of(news) && olds["change"] === news["change"];
  return isSame ? stored : { [wholeInput]: CHANGED, connType: CHANGED };
}

function evidence(olds: Properties, news: Properties): Pick<Proof, "fingerprints" | "isChange"> {
  return { fingerprints: fingerprintsIn(news["fingerprints"]), isChange: olds["change"] !== news["change"] };
}
