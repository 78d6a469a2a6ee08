import type { SharedDocument } from "../../environment/documents";
import { documentKeys } from "../../environment/keys";
import { collision, linkNameOf } from "../../environment/receive";
import type { OpenWorkspace } from "../contract";
import type { AttachmentKind } from "../declared-kind";

/** What a link or Override may not do to a document, whoever has checked the values. */
export interface Refusal {
  /** Input that a problem is shown at. */
  input: string;
  reason: string;
}

/** Why a Deployment may not be linked to an object, or undefined. */
export function linkRefusal(
  kind: AttachmentKind,
  open: OpenWorkspace,
  document: SharedDocument,
  deployment: string,
): Refusal | undefined {
  if (document.exclude.includes(deployment))
    return {
      input: "deployment",
      reason: `the ${kind.of.object.name} excludes this Deployment (${document.owner}); remove one of the two`,
    };
  const own = open.outlook.object(documentKeys.object(open.documents.name, kind.of.object, document.id, deployment));
  if (own) return { input: kind.of.idInput, reason: collision(deployment, document, own).message };
  return undefined;
}

/** Why values may not replace those of an object in a Deployment that does not get it. */
export function notReceived(kind: AttachmentKind): Refusal {
  const { name } = kind.of.object;
  return {
    input: "deployment",
    reason: `the Deployment does not get this ${name}; add a ${linkNameOf(name)}, or share it with LinkedToAll`,
  };
}

/** The problem of an id that no object has. */
export function noSuchObject(kind: AttachmentKind, id: string, workspace: string): string {
  const { name } = kind.of.object;
  return (
    `${name} "${id}" does not exist in Workspace "${workspace}"; declare it first, pass the resource itself, ` +
    `or correct the ${kind.of.idInput}`
  );
}
