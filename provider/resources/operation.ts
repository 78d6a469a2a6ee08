import { ConflictError, InputError, PartialCreateError, ProviderError, TargetUnavailableError } from "../errors";
import type { Owned, WorkspaceDocument } from "../model/documents";
import type { Reach } from "../model/resolve";
import { describeFailure, type ProjectionFailure } from "../projection/projector";
import type { CommonInputs, HandlerContext, OpenWorkspace, Properties, WorkspaceRef } from "./handler";
import { resolveReferences, type ReferenceSources } from "./references";
import { hasUnknown } from "./unknowns";

/** Whether the store may be looked at: its address is known and live comparison is not switched off. */
export function isLive(inputs: Properties): boolean {
  return inputs["liveDiff"] !== false && !hasUnknown(inputs["workspace"]);
}

/** @throws ConflictError if the Workspace has not been created in this store. */
export function requireWorkspace({ documents }: OpenWorkspace): WorkspaceDocument {
  const { workspace } = documents.cached;
  // Its own address: the marking of a store that two addresses lead to was interrupted.
  if (workspace?.movedTo !== undefined && workspace.movedTo !== documents.store.address)
    throw new ConflictError(
      `Workspace "${documents.name}" has moved from store "${documents.store.address}" to "${workspace.movedTo}"; ` +
        `name that store in the program`,
    );
  if (workspace) return workspace;
  throw new ConflictError(
    `Workspace "${documents.name}" is not in store "${documents.store.address}"; create it with new airflow.Workspace, ` +
      `or correct the store's address`,
  );
}

/**
 * Opens the Workspace of a resource that is to be deleted. Its record may name a store that the Workspace has left since:
 * there it would be removed from old documents, and its targets would get old content.
 */
export async function openToDelete(context: HandlerContext, workspace: WorkspaceRef): Promise<OpenWorkspace> {
  const seen = new Set<string>();
  for (let { store } = workspace; ;) {
    const open = await context.open({ ...workspace, store });
    const { movedTo } = (await open.documents.snapshot()).workspace ?? {};
    if (movedTo === undefined || seen.has(movedTo)) return open;
    seen.add(movedTo);
    store = movedTo;
  }
}

/** Where value references of a Workspace are looked up. */
export function referenceSources(context: HandlerContext, open: OpenWorkspace | undefined): ReferenceSources {
  return {
    readEnvironment: (name) => context.readEnvironment(name),
    readFile: (path) => context.readFile(path),
    readStore: async (name) => open?.documents.findValue(name),
  };
}

/**
 * A declaration with the values of its references.
 *
 * @param what - names the resource in the message.
 * @throws InputError if a reference leads nowhere.
 */
export async function resolveDeclared<T>(what: string, value: T, sources: ReferenceSources): Promise<T> {
  try {
    return await resolveReferences(value, sources);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${what}: ${error.message}`);
    throw error;
  }
}

/**
 * Ends a create or update whose document is stored.
 *
 * @throws PartialCreateError naming the Deployments that are not up to date; Pulumi records the resource and the next
 *   `up` tries them again.
 */
export function requireProjected(
  what: string,
  id: string,
  outs: Properties,
  inputs: Properties,
  failures: ProjectionFailure[],
): void {
  if (failures.length === 0) return;
  const pending = failures.map(({ deployment }) => deployment);
  // Pulumi's own input, without which it could not find the code of a resource recorded in part.
  const { __provider } = inputs;
  const properties = { ...outs, pending, ...(__provider !== undefined && { __provider }) };
  throw new PartialCreateError(
    id,
    properties,
    failures.map((failure) => `${what} is stored, but ${describeFailure(failure)}`),
  );
}

/**
 * Ends a delete whose document is gone.
 *
 * @throws ProviderError naming the Deployments that still have it, unless the user has given their targets up.
 */
export function requireRemoved(context: HandlerContext, what: string, failures: ProjectionFailure[]): void {
  const left = withoutAbandoned(context, failures);
  if (left.length === 0) return;
  const texts = left.map((failure) => `${what} is deleted from the store, but ${describeFailure(failure)}`);
  throw new ProviderError("partial", `${texts.join("\n")}${isAnyUnavailable(left) ? `; ${HOW_TO_ABANDON}` : ""}`);
}

const ABANDON = "AIRFLOW_ENV_ABANDON_UNREACHABLE";

/** The way out when a cluster is gone and will not come back: nothing could be removed from it ever. */
export const HOW_TO_ABANDON = `if that place is gone for good, set ${ABANDON}=1 for one run`;

/** Failures that remain when the user has given up the targets that are unavailable; each of those is warned of. */
export function withoutAbandoned(context: HandlerContext, failures: ProjectionFailure[]): ProjectionFailure[] {
  if (context.readEnvironment(ABANDON) !== "1") return failures;
  return failures.filter((failure) => {
    if (!(failure.error instanceof TargetUnavailableError)) return true;
    context.warn(`${describeFailure(failure)}; left as it is, because ${ABANDON} is set`);
    return false;
  });
}

function isAnyUnavailable(failures: ProjectionFailure[]): boolean {
  return failures.some(({ error }) => error instanceof TargetUnavailableError);
}

/** Inputs that are recorded as outputs too; the rest is computed anew or only steers one operation. */
export function recorded(inputs: Properties): Properties {
  const { __provider, adopt, liveDiff, appliesTo, fingerprints, drift, instance, pending, ...rest } = inputs;
  void [__provider, adopt, liveDiff, appliesTo, fingerprints, drift, instance, pending];
  return rest;
}

/** What a refresh keeps of outputs that are no inputs: undefined values would not pass Pulumi's wire. */
export function refreshed({ instance }: Owned, props: Properties): Properties {
  const pending = pendingOf(props);
  return { ...(instance !== undefined && { instance }), ...(pending.length > 0 && { pending }) };
}

/** Deployments that the last operation could not project, as `requireProjected` recorded them; empty when it could. */
export function pendingOf(olds: Properties | undefined): string[] {
  const pending = olds?.["pending"];
  return Array.isArray(pending) ? (pending as string[]) : [];
}

/** The claim of a resource on its stored piece. */
export function claimOf(
  inputs: CommonInputs,
  olds?: Properties,
): { owner: string; previousOwner?: string; adopt?: boolean } {
  const previousOwner = olds?.["owner"];
  return {
    owner: inputs.owner,
    ...(typeof previousOwner === "string" && { previousOwner }),
    ...(inputs.adopt !== undefined && { adopt: inputs.adopt }),
  };
}

/**
 * The text of `appliesTo`: who is affected by which fields. Numbered, because Pulumi shows only inputs that differ
 * from the recorded ones, and the same fields may change twice in a row.
 */
export function describeReach(olds: Properties, fields: string[], reach: Reach): string {
  const before = typeof olds["appliesTo"] === "string" ? /\(change (\d+)/.exec(olds["appliesTo"])?.[1] : undefined;
  const number = Number(before ?? 0) + 1;
  const parts = [
    reach.changed.length > 0 ? reach.changed.join(", ") : "no Deployment",
    ...(reach.lost.length > 0 ? [`no longer ${reach.lost.join(", ")}`] : []),
    ...(reach.unchanged.length > 0 ? [`unchanged by overrides: ${reach.unchanged.join(", ")}`] : []),
  ];
  return `${parts.join("; ")} (change ${number}${fields.length > 0 ? `: ${fields.join(", ")}` : ""})`;
}
