import { z } from "zod";
import type { SharedDocument, Sharing } from "../../environment/documents";
import { documentKeys } from "../../environment/keys";
import type { InputProblem } from "../../errors";
import type { ObjectKind } from "../../objects/kind";
import { onceFor } from "../../once-for";
import type { WorkspaceRef } from "../contract";
import type { DeclaredKind } from "../declared-kind";
import { schemaProblems, withoutConsequences } from "../declaration/problems";
import { computedSchema, idSchema, ownerSchema, sharingSchema, workspaceRefSchema } from "../declaration/schemas";
import { UNKNOWN, type Properties } from "../declaration/values";
import { ownerOf, textIn, workspaceOf } from "../record";

/** What identifies an object. */
export interface ObjectScope {
  workspace: WorkspaceRef;
  id: string;
  /** Set: Deployment-level. */
  deployment: string | undefined;
}

/** One object as a program declares it, parsed. */
export interface ObjectDeclaration extends ObjectScope {
  owner: string;
  sharing: Sharing;
  /** Sorted. */
  exclude: string[];
  /** Whether sharing and exclusions are known. */
  isReachKnown: boolean;
  /** The kind's own fields, references and unknown values included. */
  fields: object;
}

/** Inputs of a shared object. */
export const objectSchema = onceFor((kind: DeclaredKind) =>
  z.strictObject({
    ...ownerSchema,
    ...computedSchema,
    workspace: workspaceRefSchema,
    [kind.idInput]: idSchema,
    ...sharingSchema,
    ...kind.inputs,
  }),
);

/** The same with the rules that no input alone tells. */
const strictSchema = onceFor((kind: DeclaredKind) => {
  const noun = kind.object.name;
  return objectSchema(kind).superRefine(({ deployment, sharing, exclude }, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: "custom", path: [field], message });
    if (deployment !== undefined && sharing === "LinkedToAll")
      issue("sharing", `a Deployment-level ${noun} cannot be shared; drop \`deployment\` or \`sharing\``);
    if (Array.isArray(exclude) && exclude.length > 0 && sharing !== "LinkedToAll")
      issue("exclude", `needs sharing: "LinkedToAll"; a Restricted ${noun} reaches linked Deployments only`);
  });
});

/** Everything wrong with the form of a declaration. Pure. */
export function declarationProblems(kind: DeclaredKind, news: Properties): InputProblem[] {
  const problems = schemaProblems(strictSchema(kind), news).map((problem) => kind.explain?.(problem, news) ?? problem);
  return withoutConsequences([...(kind.problemsOfInputs?.(news) ?? []), ...problems], news);
}

/** A declaration whose form is right; undefined while it is not known which object is meant. */
export function parseDeclaration(kind: DeclaredKind, inputs: Properties): ObjectDeclaration | undefined {
  const workspace = workspaceOf(inputs);
  const id = textIn(inputs, kind.idInput);
  if (!workspace || id === undefined || inputs["deployment"] === UNKNOWN) return undefined;
  const { sharing, exclude } = inputs;
  const excluded = Array.isArray(exclude) ? exclude.filter((name): name is string => typeof name === "string") : [];
  return {
    workspace,
    id,
    deployment: textIn(inputs, "deployment"),
    owner: ownerOf(inputs),
    sharing: sharing === "LinkedToAll" ? "LinkedToAll" : "Restricted",
    exclude: [...new Set(excluded)].sort(),
    isReachKnown:
      sharing !== UNKNOWN && exclude !== UNKNOWN && excluded.length === (Array.isArray(exclude) ? exclude.length : 0),
    fields: kind.fieldsOf(inputs),
  };
}

/** A declaration that is created, updated or deleted: all is known by then. */
export function requireDeclaration(kind: DeclaredKind, inputs: Properties): ObjectDeclaration {
  const declared = parseDeclaration(kind, inputs);
  if (!declared) throw new Error(`a ${kind.object.name} whose id or Workspace is not known`);
  return declared;
}

/** Whether one reference says all fields. */
export function isWhole({ wholeInput }: DeclaredKind, fields: object): boolean {
  return wholeInput !== undefined && wholeInput in fields;
}

/** Key of an object's document, and id of its resource. */
export function keyOf(kind: ObjectKind, { workspace, id, deployment }: ObjectScope): string {
  return documentKeys.object(workspace.name, kind, id, deployment);
}

/** Names an object in messages. */
export function describeObject(kind: DeclaredKind, inputs: Properties): string {
  const deployment = textIn(inputs, "deployment");
  const of = deployment === undefined ? "" : ` of Deployment "${deployment}"`;
  const id = textIn(inputs, kind.idInput);
  return `${kind.object.name}${id === undefined ? "" : ` "${id}"`}${of}`;
}

/** The document that a declaration wants, with what others have attached to the present one. */
export function wantedDocument(
  kind: DeclaredKind,
  { owner, sharing, exclude, id, deployment }: Omit<ObjectDeclaration, "fields">,
  resolved: object,
  current: SharedDocument | undefined,
): SharedDocument {
  return {
    kind: kind.object.name,
    id,
    ...(deployment !== undefined && { deployment }),
    owner,
    base: kind.baseOf(resolved),
    sharing,
    exclude,
    links: current?.links ?? {},
    overrides: current?.overrides ?? {},
  };
}
