import { z } from "zod";
import type { InputProblem } from "../../errors";
import type { WorkspaceRef } from "../contract";
import { schemaProblems } from "../declaration/problems";
import { computedSchema, ownerSchema, switchSchema, workspaceFields } from "../declaration/schemas";
import type { Properties } from "../declaration/values";
import { ownerOf, textIn } from "../record";

/** Inputs of a Workspace. */
export const workspaceSchema = z.strictObject({
  ...ownerSchema,
  ...computedSchema,
  ...workspaceFields,
  secretsFetching: switchSchema,
});

/** A Workspace as a program declares it, parsed. */
export interface WorkspaceDeclaration extends WorkspaceRef {
  owner: string;
  secretsFetching: boolean;
}

/** Everything wrong with the declaration. Pure. */
export function workspaceProblems(news: Properties): InputProblem[] {
  return schemaProblems(workspaceSchema, news);
}

/** A declaration whose form is right; undefined while it is not known which Workspace is meant. */
export function parseWorkspace(inputs: Properties): WorkspaceDeclaration | undefined {
  const name = textIn(inputs, "name");
  const store = textIn(inputs, "store");
  if (name === undefined || store === undefined) return undefined;
  return { name, store, owner: ownerOf(inputs), secretsFetching: inputs["secretsFetching"] === true };
}

/** A declaration that is created, updated or deleted: all is known by then. */
export function requireWorkspaceDeclaration(inputs: Properties): WorkspaceDeclaration {
  const declared = parseWorkspace(inputs);
  if (!declared) throw new Error("a Workspace whose name or store is not known");
  return declared;
}

/** Names a Workspace in messages. */
export function describeWorkspace(inputs: Properties): string {
  return `Workspace "${String(inputs["name"])}"`;
}
