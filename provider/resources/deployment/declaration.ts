import { resolve } from "node:path";
import { z } from "zod";
import { parseRequirements } from "../../../catalog/lookup";
import type { DeploymentDocument, TargetSpec } from "../../environment/documents";
import { documentKeys } from "../../environment/keys";
import type { InputProblem } from "../../errors";
import { limitsOf } from "../../targets/limits";
import { targetSchema } from "../../targets/registry";
import type { WorkspaceRef } from "../contract";
import { mustBe, schemaProblems } from "../declaration/problems";
import { computedSchema, nameSchema, ownerSchema, switchSchema, workspaceRefSchema } from "../declaration/schemas";
import { hasUnknown, isRecord, type Properties } from "../declaration/values";
import { ownerOf, textIn, workspaceOf } from "../record";

const versionSchema = (what: string) =>
  z.string(mustBe(what)).regex(/^\d+(\.\d+){0,2}([.-]?[A-Za-z0-9.+-]+)?$/, `must be ${what}`);

/** Inputs of a Deployment. */
export const deploymentSchema = z.strictObject({
  ...ownerSchema,
  ...computedSchema,
  workspace: workspaceRefSchema,
  name: nameSchema,
  target: targetSchema,
  airflowVersion: versionSchema('a version such as "3.1.8"').optional(),
  runtimeVersion: versionSchema('a version of Astro Runtime such as "3.1-4" or "13.1.0"').optional(),
  providers: z.array(z.string().min(1), mustBe("a list of provider packages")).optional(),
  strict: switchSchema,
  secretsFetching: switchSchema,
});

/** A Deployment as a program declares it, parsed. */
export interface DeploymentDeclaration {
  workspace: WorkspaceRef;
  name: string;
  /** What is to be stored; undefined while a part of it is not known. */
  document: DeploymentDocument | undefined;
}

/** Everything wrong with the declaration. Pure. */
export function deploymentProblems(news: Properties): InputProblem[] {
  return schemaProblems(deploymentSchema, news);
}

/** The inputs with what is understood of the packages: names, extras and versions, no options and no addresses. */
export function normalizeDeployment(news: Properties): Properties {
  const { providers } = news;
  return Array.isArray(providers) && !hasUnknown(providers)
    ? { ...news, providers: parseRequirements(providers.map(String).join("\n")).requirements }
    : news;
}

/**
 * A declaration whose form is right; undefined while it is not known which Deployment is meant.
 *
 * @param folder - relative paths start here. They are stored absolute, because stacks that run elsewhere project the
 *   Deployment too.
 */
export function parseDeployment(inputs: Properties, folder: string): DeploymentDeclaration | undefined {
  const workspace = workspaceOf(inputs);
  const name = textIn(inputs, "name");
  if (!workspace || name === undefined) return undefined;
  const { target, providers, strict, secretsFetching, airflowVersion, runtimeVersion } = inputs;
  const isKnown = !hasUnknown([target, providers, strict, secretsFetching, airflowVersion, runtimeVersion]);
  return { workspace, name, document: isKnown ? documentOf(name, inputs, folder) : undefined };
}

/** A declaration that is created, updated or deleted: all is known by then. */
export function requireDeployment(
  inputs: Properties,
  folder: string,
): DeploymentDeclaration & { document: DeploymentDocument } {
  const declared = parseDeployment(inputs, folder);
  if (!declared?.document) throw new Error("a Deployment whose name, Workspace or target is not known");
  return { ...declared, document: declared.document };
}

/** Key of a Deployment's document, and id of its resource. */
export function keyOf({ workspace, name }: Pick<DeploymentDeclaration, "workspace" | "name">): string {
  return documentKeys.deployment(workspace.name, name);
}

/** Names a Deployment in messages. */
export function describeDeployment(inputs: Properties): string {
  return `Deployment "${String(inputs["name"])}"`;
}

function documentOf(name: string, inputs: Properties, folder: string): DeploymentDocument {
  const { providers, strict, secretsFetching } = inputs;
  const airflowVersion = textIn(inputs, "airflowVersion");
  const runtimeVersion = textIn(inputs, "runtimeVersion");
  return {
    kind: "deployment",
    name,
    owner: ownerOf(inputs),
    target: absolutePaths(targetOf(inputs), folder),
    ...(airflowVersion !== undefined && { airflowVersion }),
    ...(runtimeVersion !== undefined && { runtimeVersion }),
    ...(Array.isArray(providers) && { providers: providers.map(String).sort() }),
    ...(typeof strict === "boolean" && { strict }),
    ...(typeof secretsFetching === "boolean" && { secretsFetching }),
  };
}

function targetOf({ target }: Properties): TargetSpec {
  if (!isRecord(target)) return {};
  return Object.fromEntries(
    Object.entries(target).filter((entry): entry is [string, Properties] => isRecord(entry[1])),
  );
}

function absolutePaths(target: TargetSpec, folder: string): TargetSpec {
  const { paths } = limitsOf(target);
  const absolute = (options: Properties) =>
    Object.fromEntries(
      Object.entries(options).map(([name, value]) => [
        name,
        paths.includes(name) && typeof value === "string" ? resolve(folder, value) : value,
      ]),
    );
  return Object.fromEntries(Object.entries(target).map(([kind, options]) => [kind, absolute(options)]));
}
