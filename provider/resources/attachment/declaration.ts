import { z } from "zod";
import { entryOf, withEntry, type Owned, type SharedDocument } from "../../environment/documents";
import { documentKeys } from "../../environment/keys";
import type { InputProblem } from "../../errors";
import { onceFor } from "../../once-for";
import type { WorkspaceRef } from "../contract";
import type { AttachmentKind } from "../declared-kind";
import { below, schemaProblems, withoutConsequences } from "../declaration/problems";
import { computedSchema, idSchema, nameSchema, ownerSchema, workspaceRefSchema } from "../declaration/schemas";
import type { Properties } from "../declaration/values";
import { ownerOf, textIn, workspaceOf } from "../record";
import { resolvedProblems } from "../resolved";
import type { Path } from "../../path";

/** What one resource attaches to an object's document for one Deployment. */
export interface Piece extends Owned {
  patch: object;
}

/** A link or Override as a program declares it, parsed. */
export interface AttachmentDeclaration {
  workspace: WorkspaceRef;
  id: string;
  deployment: string;
  owner: string;
  /** References and unknown values included. */
  values: object;
}

/** Inputs of a link or Override. */
export const attachmentSchema = onceFor((kind: AttachmentKind) =>
  z.strictObject({
    ...ownerSchema,
    ...computedSchema,
    workspace: workspaceRefSchema,
    [kind.of.idInput]: idSchema,
    deployment: nameSchema,
    ...kind.inputs,
  }),
);

/** Everything wrong with a declaration. Pure. */
export function attachmentProblems(kind: AttachmentKind, news: Properties): InputProblem[] {
  const problems = schemaProblems(attachmentSchema(kind), news).map((problem) => kind.explain?.(problem) ?? problem);
  return problems.length > 0 ? withoutConsequences(problems, news) : valueProblems(kind, kind.valuesOf(news));
}

/** Airflow's rules for values, as problems of the inputs that hold them. */
export function valueProblems(kind: AttachmentKind, values: object): InputProblem[] {
  return below(valuesPath(kind), kind.problemsOf(values));
}

/** The same for values whose references have been resolved. */
export function resolvedValueProblems(kind: AttachmentKind, declared: object, values: object): InputProblem[] {
  return below(valuesPath(kind), resolvedProblems(declared, kind.problemsOf(values)));
}

/** Where the inputs hold the values. */
export function valuesPath({ valuesInput }: AttachmentKind): Path {
  return valuesInput === undefined ? [] : [valuesInput];
}

/** A declaration whose form is right; undefined while it is not known which pair is meant. */
export function parseAttachment(kind: AttachmentKind, inputs: Properties): AttachmentDeclaration | undefined {
  const workspace = workspaceOf(inputs);
  const id = textIn(inputs, kind.of.idInput);
  const deployment = textIn(inputs, "deployment");
  if (!workspace || id === undefined || deployment === undefined) return undefined;
  return { workspace, id, deployment, owner: ownerOf(inputs), values: kind.valuesOf(inputs) };
}

/** A declaration that is created, updated or deleted: all is known by then. */
export function requireAttachment(kind: AttachmentKind, inputs: Properties): AttachmentDeclaration {
  const declared = parseAttachment(kind, inputs);
  if (!declared) throw new Error(`a ${kind.noun} whose ${kind.of.object.name}, Deployment or Workspace is not known`);
  return declared;
}

/** Key of the document that a piece belongs to; only Workspace-level objects have pieces. */
export function documentKeyOf(
  kind: AttachmentKind,
  { workspace, id }: Pick<AttachmentDeclaration, "workspace" | "id">,
) {
  return documentKeys.object(workspace.name, kind.of.object, id);
}

/** Id of a link's or Override's resource. */
export function idOf(kind: AttachmentKind, declared: AttachmentDeclaration): string {
  return `${documentKeyOf(kind, declared)}#${kind.noun}/${declared.deployment}`;
}

/** Names a link or Override in messages. */
export function describeAttachment(kind: AttachmentKind, inputs: Properties): string {
  const named = (input: string) => {
    const name = textIn(inputs, input);
    return name === undefined ? "" : ` "${name}"`;
  };
  return `${kind.noun} of ${kind.of.object.name}${named(kind.of.idInput)} in Deployment${named("deployment")}`;
}

/** The piece of one Deployment, if there is one. */
export function pieceIn(
  kind: AttachmentKind,
  document: SharedDocument | undefined,
  deployment: string,
): Piece | undefined {
  if (!document) return undefined;
  if (kind.slot === "links") {
    const link = entryOf(document.links, deployment);
    return link && { owner: link.owner, instance: link.instance, patch: link.overrides };
  }
  const override = entryOf(document.overrides, deployment);
  return override && { owner: override.owner, instance: override.instance, patch: override.fields };
}

/** A copy of the document with the piece set, or removed when undefined. */
export function withPiece(
  kind: AttachmentKind,
  document: SharedDocument,
  deployment: string,
  piece: Piece | undefined,
): SharedDocument {
  const { patch = {}, ...owned } = piece ?? { owner: "" };
  if (kind.slot === "links")
    return { ...document, links: withEntry(document.links, deployment, piece && { ...owned, overrides: patch }) };
  return { ...document, overrides: withEntry(document.overrides, deployment, piece && { ...owned, fields: patch }) };
}
