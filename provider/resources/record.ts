import type { Owned } from "../environment/documents";
import type { OpenWorkspace, WorkspaceRef } from "./contract";
import { isRecord, type Properties } from "./declaration/values";
import type { Claim } from "./ownership";

/** Inputs that are computed anew for each preview, or only steer one operation: not part of what is declared. */
const NOT_DECLARED = [
  "adopt",
  "liveDiff",
  "appliesTo",
  "change",
  "fingerprints",
  "drift",
  "takesOver",
  "instance",
  "pending",
  "ownTargets",
  "ownTarget",
];

/** What of inputs or outputs is the declaration itself. */
export function declaredPart(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !NOT_DECLARED.includes(name)));
}

/** Deployments that the last operation could not project, as it was recorded; empty when it could. */
export function pendingOf(olds: Properties | undefined): string[] {
  const pending = olds?.["pending"];
  return Array.isArray(pending) ? pending.filter((name) => typeof name === "string") : [];
}

/** What a refresh keeps of outputs that are no inputs: undefined values would not pass Pulumi's wire. */
export function refreshed({ instance }: Owned, props: Properties): Properties {
  const pending = pendingOf(props);
  const { ownTargets: own, ownTarget } = props;
  return {
    ...(instance !== undefined && { instance }),
    ...(pending.length > 0 && { pending }),
    ...(own !== undefined && { ownTargets: own }),
    ...(ownTarget !== undefined && { ownTarget }),
  };
}

/** The claim of a resource on its stored piece. */
export function claimOf(inputs: Properties, olds?: Properties): Claim {
  const previousOwner = olds?.["owner"];
  return {
    owner: ownerOf(inputs),
    previousOwner: typeof previousOwner === "string" ? previousOwner : undefined,
    adopt: inputs["adopt"] === true,
  };
}

/** `organization/project/stack::resource`. */
export function ownerOf(properties: Properties): string {
  return String(properties["owner"]);
}

/** The Workspace of a resource; undefined while it is not known. */
export function workspaceOf(properties: Properties): WorkspaceRef | undefined {
  const { workspace } = properties;
  if (!isRecord(workspace)) return undefined;
  const { name, store } = workspace;
  return typeof name === "string" && typeof store === "string" ? { name, store } : undefined;
}

/** The Workspace of a resource that is created, updated or deleted: known by then. */
export function knownWorkspaceOf(properties: Properties): WorkspaceRef {
  const workspace = workspaceOf(properties);
  if (!workspace) throw new Error("the Workspace is not known");
  return workspace;
}

/** The store may be looked at: live comparison is not switched off. */
export function isLive(inputs: Properties): boolean {
  return inputs["liveDiff"] !== false;
}

/** Whether a resource has no record yet. */
export function isNew(olds: Properties): boolean {
  return olds["owner"] === undefined;
}

/** A text among inputs; undefined when it is not set or not known. */
export function textIn(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" ? value : undefined;
}

/** Output that lets a later delete recognise its stack's own targets. */
export function ownTargets({ outlook }: OpenWorkspace, deployments: Iterable<string>): Properties {
  const targets = outlook.recordOf(deployments);
  return Object.keys(targets).length > 0 ? { ownTargets: targets } : {};
}
