import { isDeepStrictEqual } from "node:util";
import { ConflictError, ProviderError, TargetUnavailableError } from "../../errors";
import { documentKeys, type DeploymentDocument, type Document, type TargetSpec } from "../../model/documents";
import { receives, resolveDeployment } from "../../model/resolve";
import type { ProjectionFailure } from "../../projection/projector";
import { slowLookupWarning } from "../../projection/validate";
import type { Handler, HandlerContext, OpenWorkspace, Properties } from "../handler";
import { checkResult, requireNoProblems } from "../inputs";
import {
  claimOf,
  HOW_TO_ABANDON,
  isLive,
  openToDelete,
  recorded,
  refreshed,
  requireProjected,
  requireRemoved,
  requireWorkspace,
  withoutAbandoned,
} from "../operation";
import { INSTANCE_BYTES, instanceOf, isOwner, mayRemove, requireOwnership } from "../ownership";
import { describeMissing, missingBackendPackage, missingPackages, requirePackages } from "../requirements";
import { hasUnknown } from "../unknowns";
import { compareDeployment, diffDeployment, documentOf, targetDrift } from "./diff";
import { checkDeployment, type DeploymentInputs } from "./inputs";

/** Keeps one Deployment and the target that its Airflow reads equal to what is declared. */
export function deploymentHandler(context: HandlerContext): Handler {
  async function compare(olds: Properties, news: Properties) {
    if (!isLive(news) || hasUnknown(news["name"]))
      return {
        ...compareDeployment(olds, news, undefined, context.workingFolder),
        isWorkspaceThere: false,
        missing: [],
        unfit: [],
      };
    const inputs = news as unknown as DeploymentInputs;
    const open = await context.open(inputs.workspace);
    const { deployments, workspace } = await open.documents.snapshot();
    open.checkedDeployments.add(inputs.name);
    const document = deployments.get(inputs.name);
    const difference = compareDeployment(olds, news, { document }, context.workingFolder);
    const isMoving =
      document !== undefined && !isDeepStrictEqual(document.target, documentOf(inputs, context.workingFolder).target);
    if (document && !isMoving && difference.replaces.length === 0 && olds["name"] !== undefined)
      difference.drift.push(...(await driftOfTarget(context, open, inputs.name)));
    const received = open.documents.cached.connections.filter((connection) => receives(connection, inputs.name));
    return {
      ...difference,
      isWorkspaceThere: workspace !== undefined,
      missing: missingPackages(context.catalog, documentOf(inputs, context.workingFolder), received),
      unfit: open.projector.admission.problemsOfTarget(documentOf(inputs, context.workingFolder), document),
    };
  }

  const gatheringOf = async (news: Properties) =>
    (await context.open((news as unknown as DeploymentInputs).workspace)).projector.gathering;

  /** Deployments that are created side by side share one reading of the documents. */
  async function announce(news: Properties): Promise<void> {
    if (isLive(news) && !hasUnknown(news["name"]))
      (await gatheringOf(news)).announce(keyOf(news as unknown as DeploymentInputs));
  }

  /** Why a new Deployment may not have its target, as far as the preview can know. */
  async function takenTarget(olds: Properties, news: Properties): Promise<string | undefined> {
    if (!isLive(news) || hasUnknown(news) || olds["name"] !== undefined || news["adopt"] === true) return undefined;
    const inputs = news as unknown as DeploymentInputs;
    const open = await context.open(inputs.workspace);
    const { workspace, deployments } = open.documents.cached;
    const wanted = documentOf(inputs, context.workingFolder);
    // One of the same Workspace may be about to move away.
    const isTaken = [...deployments.values()].some(({ target }) => isDeepStrictEqual(target, wanted.target));
    if (!workspace || isTaken) return undefined;
    try {
      await open.projector.requireFree(wanted, workspace.uid);
      return undefined;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      return error.message;
    }
  }

  async function write(news: Properties, olds?: Properties): Promise<Properties> {
    const inputs = news as unknown as DeploymentInputs;
    const what = describe(news);
    const key = keyOf(inputs);
    const open = await context.open(inputs.workspace);
    await open.documents.snapshot();
    return open.projector.gathering.during(key, async () => {
      const workspace = requireWorkspace(open);
      const wanted = documentOf(inputs, context.workingFolder);
      requireSoleUser(open, wanted, what);
      const received = open.documents.cached.connections.filter((connection) => receives(connection, inputs.name));
      requirePackages(missingPackages(context.catalog, wanted, received));
      if (inputs.adopt) open.projector.adopt(inputs.name);
      else await open.projector.requireFree(wanted, workspace.uid);
      const fresh = context.random(INSTANCE_BYTES);
      const changed = await open.documents.change<DeploymentDocument>(key, (current) => {
        requireOwnership(current, claimOf(inputs, olds), what);
        requireNoProblems(what, open.projector.admission.problemsOfTarget(wanted, current));
        const retired = retiredTargets(current, wanted.target);
        const instance = instanceOf(current, olds, fresh);
        return { ...wanted, instance, ...(retired.length > 0 && { retired }) };
      });
      const failures = await open.projector.projectAll([inputs.name], changed.sequence);
      if (failures.length === 0 && changed.after?.retired)
        failures.push(...(await clearRetired(context, open, changed.after)));
      const outs = { ...recorded(news), instance: changed.after?.instance };
      requireProjected(what, key, outs, news, failures);
      warnAbout(context, open, inputs.name);
      return outs;
    });
  }

  return {
    async check(olds, news) {
      const what = describe(news);
      const problems = checkDeployment(news);
      const inputs = { ...news };
      if (problems.length > 0) return checkResult(what, inputs, problems);
      const { drift, missing, unfit } = await compare(olds, news);
      if (drift.length > 0) inputs["drift"] = drift;
      const [refused] = missing.filter(({ strict }) => strict);
      if (refused) return checkResult(what, inputs, [{ field: "providers", reason: describeMissing(refused) }]);
      if (unfit.length > 0) return checkResult(what, inputs, unfit);
      const taken = await takenTarget(olds, news);
      if (taken !== undefined) return checkResult(what, inputs, [{ field: "target", reason: taken }]);
      for (const one of missing) context.warn(describeMissing(one), `missing ${one.packageName}`);
      const backend = missingBackendPackage(news as unknown as DeploymentInputs);
      if (backend !== undefined) context.warn(backend);
      await announce(news);
      return checkResult(what, inputs, []);
    },

    async diff(_id, olds, news) {
      const result = diffDeployment(await compare(olds, news), olds, news);
      if (!result.changes && isLive(news))
        (await gatheringOf(news)).retract(keyOf(news as unknown as DeploymentInputs));
      return result;
    },

    create: async (inputs) => ({ id: keyOf(inputs as unknown as DeploymentInputs), outs: await write(inputs) }),

    async read(id, props) {
      const inputs = props as unknown as DeploymentInputs;
      const open = await context.open(inputs.workspace);
      const { deployments } = await open.documents.snapshot();
      const actual = deployments.get(inputs.name);
      if (!actual || !isOwner(actual, { owner: inputs.owner })) return { id: "" };
      const { kind: _, retired: __, instance: ___, ...fields } = actual;
      const last = new Map<string, unknown>(Object.entries(documentOf(inputs, context.workingFolder)));
      // Stored paths are absolute and packages sorted: what is stored as declared reads as it was declared.
      const asDeclared = Object.entries(fields).map(([field, value]: [string, unknown]) => [
        field,
        isDeepStrictEqual(last.get(field), value) ? props[field] : value,
      ]);
      const current = { workspace: inputs.workspace, ...(Object.fromEntries(asDeclared) as Properties) };
      return { id, props: { ...current, ...refreshed(actual, props) }, inputs: current };
    },

    update: async (_id, olds, news) => ({ outs: await write(news, olds) }),

    async delete(_id, props) {
      const inputs = props as unknown as DeploymentInputs;
      const what = describe(props);
      const open = await openToDelete(context, inputs.workspace);
      await open.projector.gathering.during(keyOf(inputs), async () => {
        const workspace = open.documents.cached.workspace;
        let removed = documentOf(inputs, context.workingFolder);
        const stored = open.documents.cached.deployments.get(inputs.name);
        if (workspace && stored && mayRemove(stored, claimOf(inputs), props)) {
          requireUnused(open, inputs.name, what);
          // While the document is there, it remembers them.
          const left = await leftPlaces(context, open, stored, workspace.uid);
          if (left.length > 0)
            throw new ProviderError(
              "partial",
              left.map(({ error }) => `${what} is not deleted: ${error.message}`).join("\n"),
            );
        }
        await open.documents.change<DeploymentDocument>(keyOf(inputs), (current) => {
          if (!current || !mayRemove(current, claimOf(inputs), props)) return current;
          requireUnused(open, inputs.name, what);
          removed = current;
          return undefined;
        });
        open.projector.forget(inputs.name);
        if (!workspace || open.documents.cached.deployments.has(inputs.name)) return;
        requireRemoved(context, what, await removeTarget(open, removed, workspace.uid));
      });
    },
  };
}

/**
 * Drift of the target; a target that cannot be read gives a warning, not a failed preview. A target that this very run
 * is about to bring up to date is no drift: the change of a connection may be under way when its Deployments are checked.
 */
async function driftOfTarget(context: HandlerContext, open: OpenWorkspace, name: string): Promise<string[]> {
  const concerns = (document: Document | undefined) => document?.kind === "connection" && receives(document, name);
  if (open.documents.written.some(({ before, after }) => concerns(before) || concerns(after))) return [];
  try {
    const { actual, rendered, target } = await open.projector.compare(name);
    return targetDrift(actual, rendered, target.address);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    context.warn(
      `Deployment "${name}": drift of its target is not known: ${error.message}`,
      "unknown drift of targets",
    );
    return [];
  }
}

/** Empties the places that the Deployment left, then looks once more for what was written to them meanwhile. */
async function clearRetired(
  context: HandlerContext,
  open: OpenWorkspace,
  document: DeploymentDocument,
): Promise<ProjectionFailure[]> {
  const left = await leftPlaces(context, open, document, requireWorkspace(open).uid);
  if (left.length > 0) return left;
  open.projector.forget(document.name);
  await open.documents.change<DeploymentDocument>(
    documentKeys.deployment(open.documents.name, document.name),
    (current) => {
      if (!current) return current;
      const { retired: _, ...rest } = current;
      return rest;
    },
  );
  return open.projector.projectAll([document.name]);
}

/** Empties the places that a Deployment left. @returns those that could not be, and were not given up. */
async function leftPlaces(
  context: HandlerContext,
  open: OpenWorkspace,
  document: DeploymentDocument,
  uid: string,
): Promise<ProjectionFailure[]> {
  const failures: ProjectionFailure[] = [];
  for (const target of document.retired ?? [])
    failures.push(...(await removeTarget(open, { ...document, target }, uid, document.target)));
  return withoutAbandoned(context, failures).map(withWayOut);
}

async function removeTarget(
  open: OpenWorkspace,
  document: DeploymentDocument,
  uid: string,
  keep?: TargetSpec,
): Promise<ProjectionFailure[]> {
  try {
    await open.projector.removeTarget(document, uid, keep);
    return [];
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return [{ deployment: document.name, error }];
  }
}

function withWayOut({ deployment, error }: ProjectionFailure): ProjectionFailure {
  if (!(error instanceof TargetUnavailableError)) return { deployment, error };
  const text = `the place that it left is not cleared: ${error.message}; ${HOW_TO_ABANDON}`;
  return { deployment, error: new TargetUnavailableError(error.reason, text, { cause: error }) };
}

function retiredTargets(current: DeploymentDocument | undefined, target: TargetSpec): TargetSpec[] {
  if (!current) return [];
  const left = isDeepStrictEqual(current.target, target) ? [] : [current.target];
  return [...(current.retired ?? []), ...left].filter((old) => !isDeepStrictEqual(old, target));
}

function requireSoleUser(open: OpenWorkspace, wanted: DeploymentDocument, what: string): void {
  for (const other of open.documents.cached.deployments.values())
    if (other.name !== wanted.name && isDeepStrictEqual(other.target, wanted.target))
      throw new ConflictError(
        `${what}: its target is already that of Deployment "${other.name}" (${other.owner}); give each its own`,
      );
}

function requireUnused(open: OpenWorkspace, deployment: string, what: string): void {
  const holders = open.documents.cached.connections.flatMap((document) => {
    const link = Object.hasOwn(document.links, deployment) ? document.links[deployment] : undefined;
    const override = Object.hasOwn(document.overrides, deployment) ? document.overrides[deployment] : undefined;
    return [
      ...(document.deployment === deployment ? [`its connection "${document.connId}" (${document.owner})`] : []),
      ...(link ? [`a link of connection "${document.connId}" (${link.owner})`] : []),
      ...(override ? [`an override of connection "${document.connId}" (${override.owner})`] : []),
    ];
  });
  if (holders.length === 0) return;
  throw new ConflictError(`${what} is still used by ${holders.join(", ")}; remove these first`);
}

/** Warnings about the Deployment's connections as a whole: missing provider packages, slow look-ups. */
function warnAbout(context: HandlerContext, open: OpenWorkspace, name: string): void {
  const { connections, deployments } = open.documents.cached;
  const document = deployments.get(name);
  if (!document) return;
  const connectionsOfIt = resolveDeployment(
    name,
    connections.filter((connection) => receives(connection, name)),
  );
  const slow = slowLookupWarning(connectionsOfIt);
  if (slow !== undefined && !("kubernetesBackend" in document.target))
    context.warn(`Deployment "${name}": ${slow}`, "many distinct passwords");
}

function keyOf(inputs: DeploymentInputs): string {
  return documentKeys.deployment(inputs.workspace.name, inputs.name);
}

function describe(inputs: Properties): string {
  return `Deployment "${String(inputs["name"])}"`;
}
