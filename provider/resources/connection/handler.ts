import { isDeepStrictEqual } from "node:util";
import { ConflictError } from "../../errors";
import { documentKeys, type ConnectionDocument } from "../../model/documents";
import { collision, reachOf, receivers } from "../../model/resolve";
import { asDeclared } from "../as-declared";
import { fingerprintAll, secretValues, withoutRotated, type Fingerprints } from "../fingerprints";
import type { Handler, HandlerContext, OpenWorkspace, Properties } from "../handler";
import { checkResult, requireNoProblems, resolvedProblems } from "../inputs";
import {
  claimOf,
  describeReach,
  isLive,
  openToDelete,
  pendingOf,
  recorded,
  referenceSources,
  refreshed,
  requireProjected,
  requireRemoved,
  requireWorkspace,
  resolveDeclared,
} from "../operation";
import { INSTANCE_BYTES, instanceOf, isOwner, isSameStack, mayRemove, requireOwnership } from "../ownership";
import { findReferences } from "../references";
import { describeMissing, missingPackages, requirePackages, type MissingPackage } from "../requirements";
import { sealSecrets } from "../secret-outputs";
import { hasUnknown } from "../unknowns";
import { compareConnection, diffConnection, type ConnectionDifference } from "./diff";
import { checkConnection, declaredConnection, fieldsOf, type ConnectionInputs } from "./inputs";

const COMPARED = ["connId", "deployment", "owner", "sharing", "exclude"];

/** Keeps one Airflow connection equal to its declaration, in the store and in every Deployment that gets it. */
export function connectionHandler(context: HandlerContext): Handler {
  return {
    async check(olds, news) {
      const what = describe(news);
      const { problems, warnings } = checkConnection(news, context.catalog);
      for (const { field, reason } of warnings) context.warn(`${what}: ${field}: ${reason}`);
      const inputs = { ...news };
      if (problems.length > 0 || hasUnknown(news["connId"]) || hasUnknown(news["deployment"]))
        return checkResult(what, inputs, problems);
      if (!isLive(news)) return checkResult(what, { ...inputs, ...carriedOver(olds, news) }, []);
      const declared = news as unknown as ConnectionInputs;
      const open = await context.open(declared.workspace);
      const { workspace, deployments } = await open.documents.snapshot();
      open.projector.gathering.announce(keyOf(declared));
      const base = await resolveBase(context, open, declared);
      const unfit = resolvedProblems(fieldsOf(declared), base);
      if (unfit.length > 0) return checkResult(what, inputs, unfit);
      if (workspace) {
        const secrets = secretValues(context.catalog, declared.connType, fieldsOf(declared), base);
        const fingerprints = hasUnknown(base)
          ? undefined
          : fingerprintAll(workspace.fingerprintKey, keyOf(declared), secrets);
        if (fingerprints) inputs["fingerprints"] = fingerprints;
      }
      warnOfUnknownExclusions(context, open, declared);
      const difference = await compare(context, open, olds, news);
      const fingerprints = inputs["fingerprints"] as Fingerprints | undefined;
      difference.drift = withoutRotated(difference.drift, fieldsOf(declared), olds["fingerprints"], fingerprints);
      if (difference.drift.length > 0) inputs["drift"] = difference.drift;
      const isNew = olds["connType"] === undefined;
      const drifted = difference.drift.map((text) => text.split(":", 1)[0] ?? "");
      const fields = isNew ? [] : [...new Set([...difference.changed, ...drifted])];
      if (fields.length > 0 || isNew) {
        const actual = open.documents.peek<ConnectionDocument>(keyOf(declared));
        const wanted = documentOf(declared, declaredConnection(declared, base), actual);
        const reach = reachOf(actual, wanted, [...deployments.keys()]);
        const isReachKnown = !hasUnknown([declared.sharing, declared.exclude]);
        const reached = isReachKnown ? [...reach.changed, ...reach.unchanged] : [];
        const missing = missingFor(context, open, wanted, reached);
        const [refused] = missing.filter(({ strict }) => strict);
        if (refused) return checkResult(what, inputs, [{ field: "connType", reason: describeMissing(refused) }]);
        const brought = hasUnknown(base) ? [] : open.projector.admission.problemsOf(wanted, actual, reached);
        if (brought.length > 0) return checkResult(what, inputs, brought);
        for (const one of missing) context.warn(describeMissing(one), `missing ${one.packageName}`);
        if (fields.length > 0 || reach.changed.length > 0) inputs["appliesTo"] = describeReach(olds, fields, reach);
      } else if (olds["appliesTo"] !== undefined) inputs["appliesTo"] = olds["appliesTo"];
      return checkResult(what, inputs, []);
    },

    async diff(_id, olds, news) {
      // The engine also asks what would have to be replaced with a resource that this one depends on, by making inputs
      // unknown. Recorded references may lead nowhere by then.
      if (!isLive(news) || COMPARED.some((field) => hasUnknown(news[field])))
        return diffConnection(compareConnection(olds, news, undefined), news);
      const declared = news as unknown as ConnectionInputs;
      const open = await context.open(declared.workspace);
      await open.documents.snapshot();
      const difference = diffConnection(await compare(context, open, olds, news), news);
      const result = { ...difference, changes: difference.changes || pendingOf(olds).length > 0 };
      if (!result.changes) open.projector.gathering.retract(keyOf(declared));
      return result;
    },

    create: async (inputs) => {
      const declared = inputs as unknown as ConnectionInputs;
      return { id: keyOf(declared), outs: await write(context, declared, inputs) };
    },

    async read(id, props) {
      const recordedInputs = props as unknown as ConnectionInputs;
      const open = await context.open(recordedInputs.workspace);
      await open.documents.snapshot();
      const actual = open.documents.peek<ConnectionDocument>(keyOf(recordedInputs));
      if (!actual || !isOwner(actual, { owner: recordedInputs.owner })) return { id: "" };
      const declared = fieldsOf(recordedInputs);
      const lastDeclared = (await findReferences(declared, referenceSources(context, open))) ?? declared;
      const fields = asDeclared(declared, lastDeclared, actual.base) as Properties;
      const { workspace, owner, connId, deployment } = recordedInputs;
      const scope = { workspace, owner, connId, ...(deployment !== undefined && { deployment }) };
      const sharing = actual.sharing === "LinkedToAll" || recordedInputs.sharing ? { sharing: actual.sharing } : {};
      const isExcludeDeclared = isDeepStrictEqual(
        declaredConnection(recordedInputs, lastDeclared).exclude,
        actual.exclude,
      );
      const excluded = isExcludeDeclared ? recordedInputs.exclude : actual.exclude;
      const exclude = excluded ? { exclude: excluded } : {};
      const sealed = sealSecrets(context.catalog, actual.base.connType, fields);
      const inputs = { ...scope, ...sealed, ...sharing, ...exclude };
      const deployments = receivers(actual, open.documents.cached.deployments.keys());
      return { id, props: { ...outputs(inputs, deployments), ...refreshed(actual, props) }, inputs };
    },

    update: async (_id, olds, news) => ({
      outs: await write(context, news as unknown as ConnectionInputs, news, olds),
    }),

    async delete(_id, props) {
      const declared = props as unknown as ConnectionInputs;
      const what = describe(props);
      const key = keyOf(declared);
      const open = await openToDelete(context, declared.workspace);
      await open.projector.gathering.during(key, async () => {
        const changed = await open.documents.change<ConnectionDocument>(key, (current) => {
          if (!current || !mayRemove(current, claimOf(declared), props)) return current;
          requireUnattached(current, what);
          return undefined;
        });
        const deployments = (await open.documents.enumerateDeployments()).keys();
        // Absent already: an earlier delete may have ended before its projections, so look at all Deployments.
        const affected = changed.before ? receivers(changed.before, deployments) : [...deployments];
        requireRemoved(
          context,
          what,
          await open.projector.projectAll(affected, changed.written ? changed.sequence : 0),
        );
      });
    },
  };
}

async function write(
  context: HandlerContext,
  declared: ConnectionInputs,
  inputs: Properties,
  olds?: Properties,
): Promise<Properties> {
  const what = describe(inputs);
  const key = keyOf(declared);
  const open = await context.open(declared.workspace);
  await open.documents.snapshot();
  return open.projector.gathering.during(key, async () => {
    requireWorkspace(open);
    const wanted = declaredConnection(declared, await resolveBase(context, open, declared));
    requireNoProblems(what, resolvedProblems(fieldsOf(declared), wanted.base));
    if (declared.deployment !== undefined) await requireDeployment(open, declared.deployment, what);
    const fresh = context.random(INSTANCE_BYTES);
    const changed = await open.documents.change<ConnectionDocument>(key, (current) => {
      requireOwnership(current, claimOf(declared, olds), what);
      const next = { ...documentOf(declared, wanted, current), instance: instanceOf(current, olds, fresh) };
      requireExcludedUnlinked(next, what);
      requireNoCollision(open, next);
      requirePackages(missingFor(context, open, next, receivers(next, open.documents.cached.deployments.keys())));
      requireNoProblems(what, open.projector.admission.admit(next, current));
      return next;
    });
    const deployments = [...(await open.documents.enumerateDeployments()).keys()];
    const reached = receivers(changed.after, deployments);
    // What the record says is looked at too: an interrupted update has changed the document but not every Deployment.
    const recordedDocument =
      olds &&
      documentOf(
        olds as unknown as ConnectionInputs,
        declaredConnection(olds as unknown as ConnectionInputs, wanted.base),
        changed.after,
      );
    const affected = [
      ...reached,
      ...receivers(changed.before, deployments),
      ...receivers(recordedDocument, deployments),
    ];
    const left = changed.written ? undefined : leftBehind(olds, inputs);
    const isLeft = (deployment: string) => left?.includes(deployment) ?? true;
    const failures = await Promise.all([
      open.projector.projectAll(affected.filter(isLeft), changed.sequence),
      open.projector.projectAll(affected.filter((deployment) => !isLeft(deployment))),
    ]);
    const outs = { ...outputs(inputs, reached), instance: changed.after?.instance };
    requireProjected(what, key, outs, inputs, failures.flat());
    return outs;
  });
}

/**
 * The Deployments that the last operation could not project, if it stored exactly this declaration: all others got it
 * then. Undefined: nothing is known, as after an interruption.
 */
function leftBehind(olds: Properties | undefined, news: Properties): string[] | undefined {
  const pending = pendingOf(olds);
  if (!olds || pending.length === 0) return undefined;
  return compareConnection(olds, news, undefined).changed.length === 0 ? pending : undefined;
}

/** Provider packages that Deployments lack for this connection. */
function missingFor(
  context: HandlerContext,
  open: OpenWorkspace,
  document: ConnectionDocument,
  reached: string[],
): MissingPackage[] {
  const { deployments } = open.documents.cached;
  return reached.flatMap((name) => {
    const deployment = deployments.get(name);
    return deployment ? missingPackages(context.catalog, deployment, [document]) : [];
  });
}

async function compare(
  context: HandlerContext,
  open: OpenWorkspace,
  olds: Properties,
  news: Properties,
): Promise<ConnectionDifference> {
  const declared = news as unknown as ConnectionInputs;
  const base = await resolveBase(context, open, declared);
  const actual = open.documents.peek<ConnectionDocument>(keyOf(declared));
  const isNew = olds["connType"] === undefined;
  const last = isNew
    ? base
    : await findReferences(fieldsOf(olds as unknown as ConnectionInputs), referenceSources(context, open));
  return compareConnection(olds, news, {
    declared: declaredConnection(declared, base),
    // Unknown when a reference leads nowhere any more: then nothing tells drift from what was declared.
    lastDeclared: last ?? actual?.base ?? base,
    actual,
  });
}

function resolveBase(context: HandlerContext, open: OpenWorkspace, inputs: ConnectionInputs) {
  const what = describe(inputs as unknown as Properties);
  return resolveDeclared(what, fieldsOf(inputs), referenceSources(context, open));
}

function documentOf(
  inputs: ConnectionInputs,
  wanted: Pick<ConnectionDocument, "owner" | "base" | "sharing" | "exclude">,
  current: ConnectionDocument | undefined,
): ConnectionDocument {
  return {
    kind: "connection",
    connId: inputs.connId,
    ...(inputs.deployment !== undefined && { deployment: inputs.deployment }),
    links: current?.links ?? {},
    overrides: current?.overrides ?? {},
    ...wanted,
  };
}

function outputs(inputs: Properties, deployments: string[]): Properties {
  return { ...recorded(inputs), deployments };
}

/** Without the store the fingerprints stay as recorded while the secrets do. */
function carriedOver(olds: Properties, news: Properties): Properties {
  const kept: Properties = {};
  const changed = compareConnection(olds, news, undefined).changed;
  const before = olds["fingerprints"] as Record<string, string> | undefined;
  if (before) {
    const entries = Object.entries(before).map(([path, value]) => [path, changed.includes(path) ? "changed" : value]);
    kept["fingerprints"] = Object.fromEntries(entries) as Properties;
  }
  if (olds["appliesTo"] !== undefined) kept["appliesTo"] = olds["appliesTo"];
  return kept;
}

async function requireDeployment(open: OpenWorkspace, deployment: string, what: string): Promise<void> {
  if (open.documents.cached.deployments.has(deployment)) return;
  if (await open.documents.find(documentKeys.deployment(open.documents.name, deployment))) return;
  throw new ConflictError(
    `${what}: Deployment "${deployment}" does not exist in Workspace "${open.documents.name}"; create it first`,
  );
}

function requireExcludedUnlinked(document: ConnectionDocument, what: string): void {
  // A link of our own stack is about to be deleted, after us; a program that keeps both was refused in the preview.
  const isForeign = (deployment: string) => !isSameStack(document.links[deployment], document);
  const both = document.exclude.filter(
    (deployment) => Object.hasOwn(document.links, deployment) && isForeign(deployment),
  );
  if (both.length === 0) return;
  const links = both.map((deployment) => `"${deployment}" (link of ${document.links[deployment]?.owner})`);
  throw new ConflictError(
    `${what}: exclude names linked Deployments ${links.join(", ")}; remove the link or the exclusion`,
  );
}

function requireNoCollision(open: OpenWorkspace, document: ConnectionDocument): void {
  const { connections, deployments } = open.documents.cached;
  for (const other of connections) {
    if (other.connId !== document.connId || other.deployment === document.deployment) continue;
    const shared = receivers(
      other,
      receivers(document, document.deployment ? [document.deployment] : deployments.keys()),
    );
    if (shared[0] !== undefined) throw collision(shared[0], document, other);
  }
}

function requireUnattached(document: ConnectionDocument, what: string): void {
  const holders = [
    ...Object.entries(document.links).map(([deployment, { owner }]) => `link to "${deployment}" (${owner})`),
    ...Object.entries(document.overrides).map(([deployment, { owner }]) => `override in "${deployment}" (${owner})`),
  ];
  if (holders.length === 0) return;
  throw new ConflictError(
    `${what} is still used by ${holders.join(", ")}; remove these first (in one program: pass the Connection itself, ` +
      `so that Pulumi knows the order)`,
  );
}

function keyOf(inputs: ConnectionInputs): string {
  return documentKeys.connection(inputs.workspace.name, inputs.connId, inputs.deployment);
}

function describe(inputs: Properties): string {
  const deployment = typeof inputs["deployment"] === "string" ? ` of Deployment "${inputs["deployment"]}"` : "";
  return `connection "${String(inputs["connId"])}"${deployment}`;
}

/** A misspelt exclusion gives the connection to the very Deployment that was to be kept out. */
function warnOfUnknownExclusions(context: HandlerContext, open: OpenWorkspace, declared: ConnectionInputs): void {
  if (hasUnknown(declared.exclude)) return;
  const known = new Set([...open.documents.cached.deployments.keys(), ...open.checkedDeployments]);
  for (const name of declared.exclude ?? [])
    if (!known.has(name))
      context.warn(
        `connection "${declared.connId}": exclude: Workspace "${declared.workspace.name}" has no Deployment "${name}"; ` +
          `it has ${[...known].sort().join(", ") || "none"}`,
      );
}
