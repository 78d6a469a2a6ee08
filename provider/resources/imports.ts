import { isShared, type SharedDocument } from "../environment/documents";
import { documentKeys } from "../environment/keys";
import { pieceIn } from "./attachment/declaration";
import type { HandlerContext, Kind } from "./contract";
import type { AttachmentKind, DeclaredKind } from "./declared-kind";
import { withReferences } from "./declaration/references";
import type { Properties } from "./declaration/values";
import { connectionLink, connectionOverride, declaredConnection } from "./kinds/connection/declared";
import { declaredVariable, variableLink } from "./kinds/variable/declared";

const OBJECTS: Partial<Record<Kind, DeclaredKind>> = { connection: declaredConnection, variable: declaredVariable };
const ATTACHMENTS: Partial<Record<Kind, AttachmentKind>> = {
  "connection-link": connectionLink,
  override: connectionOverride,
  "variable-link": variableLink,
};

/** Values are stored, never references: one that somebody put there must not be followed. */
const NOT_OURS = "a reference that the program does not declare";

/**
 * What a stack would have recorded of something that is stored, with its present owner, so that `read` can find it.
 *
 * @param id - of the resource, for example `data/connections/warehouse#link/prod`.
 * @param store - address of the store to look in.
 * @returns undefined when nothing is there, or the id is of another kind.
 */
export async function recordOf(
  context: HandlerContext,
  kind: Kind,
  id: string,
  store: string,
): Promise<Properties | undefined> {
  const [key, attached] = splitOnce(id, "#");
  const name = kind === "workspace" ? key : key.slice(0, Math.max(0, key.indexOf("/")));
  if (name === "") return undefined;
  const workspace = { name, store };
  context.name(workspace);
  const { documents } = await context.open(workspace);
  const { workspace: own, deployments } = await documents.snapshot();
  if (kind === "workspace") return own && { ...workspace, owner: own.owner, secretsFetching: own.secretsFetching };
  const stored = documents.peekShared(key);
  const object = OBJECTS[kind];
  if (object && attached === undefined) return stored && objectRecord(object, stored, workspace);
  const attachment = ATTACHMENTS[kind];
  if (attachment) return stored && attachmentRecord(attachment, stored, workspace, attached ?? "");
  if (kind !== "deployment") return undefined;
  const deployment = [...deployments.values()].find((one) => documentKeys.deployment(name, one.name) === id);
  if (!deployment || isShared(deployment)) return undefined;
  const { kind: _, instance: __, retired: ___, ...fields } = deployment;
  return { ...fields, workspace };
}

function objectRecord(kind: DeclaredKind, stored: SharedDocument, workspace: object): Properties | undefined {
  if (stored.kind !== kind.object.name) return undefined;
  const { owner, id, deployment, base, sharing, exclude } = stored;
  const fields = withReferences(base, NOT_OURS) as object;
  return {
    ...kind.inputsOf(fields, {}),
    workspace,
    owner,
    [kind.idInput]: id,
    ...(deployment !== undefined && { deployment }),
    ...(sharing === "LinkedToAll" && { sharing }),
    ...(exclude.length > 0 && { exclude }),
  };
}

function attachmentRecord(
  kind: AttachmentKind,
  stored: SharedDocument,
  workspace: object,
  attached: string,
): Properties | undefined {
  const [noun, deployment = ""] = splitOnce(attached, "/");
  const piece =
    noun === kind.noun && stored.kind === kind.of.object.name ? pieceIn(kind, stored, deployment) : undefined;
  if (!piece) return undefined;
  const values = withReferences(piece.patch, NOT_OURS) as object;
  const { valuesInput } = kind;
  return {
    ...(valuesInput === undefined ? values : { [valuesInput]: values }),
    workspace,
    owner: piece.owner,
    [kind.of.idInput]: stored.id,
    deployment,
  };
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
