import { receivers, reachOf } from "../../environment/receive";
import type { InputProblem } from "../../errors";
import { pathText } from "../../path";
import { affected, unaffected } from "../applies-to";
import { referenceSources, resolveDeclared, storingProblem, workspaceProblem } from "../access";
import type { Checked, HandlerContext, OpenWorkspace } from "../contract";
import type { DeclaredKind, Normalized, Warning } from "../declared-kind";
import {
  carriedOver,
  fingerprintAll,
  fingerprintsIn,
  withoutRotated,
  type Fingerprints,
} from "../declaration/fingerprints";
import { findReferences, tryToResolve } from "../declaration/references";
import { markSecrets } from "../declaration/secrets";
import { hasUnknown, type Properties } from "../declaration/values";
import { claimOf, isLive, isNew } from "../record";
import { isOwner, ownershipProblem, takeover } from "../ownership";
import { describeMissing, describeMissingOnce } from "../requirements";
import { resolvedProblems } from "../resolved";
import {
  declarationProblems,
  describeObject,
  isWhole,
  keyOf,
  parseDeclaration,
  wantedDocument,
  type ObjectDeclaration,
} from "./declaration";
import { compareObject, driftTexts, unique, type ObjectDifference } from "./diff";
import { collisionOf, excludedProblem, heldProblem, missingFor } from "./guards";

/** Judges a declared object, and says what the preview shows of it besides. */
export async function checkObject(
  context: HandlerContext,
  kind: DeclaredKind,
  olds: Properties,
  given: Properties,
): Promise<Checked> {
  // What the SDK says of the rest of the program is not recorded.
  const { declaredReach: reach, ...inputs } = given;
  const normalized = kind.normalize?.(inputs, context.catalog) ?? { inputs, problems: [], warnings: [] };
  const checked = await checkNormalized(context, kind, olds, normalized, Array.isArray(reach) ? reach.map(String) : []);
  return { ...checked, inputs: markSecrets(checked.inputs, normalized.secrets ?? []) };
}

async function checkNormalized(
  context: HandlerContext,
  kind: DeclaredKind,
  olds: Properties,
  { inputs, problems, warnings }: Normalized,
  declaredReach: string[],
): Promise<Checked> {
  const subject = describeObject(kind, inputs);
  const refused = (because: InputProblem[]): Checked => ({ inputs, problems: because, subject });
  const badForm = problems.length > 0 ? problems : declarationProblems(kind, inputs);
  if (badForm.length > 0) return refused(badForm);
  const judged = kind.judge(kind.fieldsOf(inputs), inputs, context.catalog);
  if (judged.problems.length > 0) return refused(judged.problems);
  warnOf(context, subject, inputs, [...warnings, ...judged.warnings]);
  const declared = parseDeclaration(kind, inputs);
  if (!declared) return { inputs, problems: [], subject };
  if (!isLive(inputs))
    return { inputs: { ...inputs, ...asRecorded(kind, context, olds, inputs) }, problems: [], subject };
  context.name(declared.workspace);
  const open = await context.open(declared.workspace);
  await open.documents.snapshot();
  open.projector.gathering.announce(keyOf(kind.object, declared));
  const resolved = await resolveDeclared(subject, declared.fields, referenceSources(context, open));
  if (findReferences(declared.fields).length > 0) {
    const followed = kind.judge(resolved, inputs, context.catalog);
    if (followed.problems.length > 0) return refused(resolvedProblems(declared.fields, followed.problems));
    if (isWhole(kind, declared.fields)) warnOf(context, subject, inputs, followed.warnings);
  }
  const preview = await previewObject(context, kind, open, {
    olds,
    inputs,
    declared,
    resolved,
    subject,
    declaredReach,
  });
  return { inputs: { ...inputs, ...preview.shown }, problems: preview.problems, subject };
}

/** Warns of what a declaration does not say that it means. */
function warnOf(context: HandlerContext, subject: string, inputs: Properties, warnings: Warning[]): void {
  const { ignoreWarnings } = inputs;
  const ignored: unknown[] = Array.isArray(ignoreWarnings) ? ignoreWarnings : [];
  for (const { path, reason, topic } of warnings)
    if (!ignored.includes(topic))
      context.warn(`${subject}: ${pathText(path)}: ${reason} (where it is meant: ignoreWarnings: ["${topic}"])`);
}

interface Previewed {
  olds: Properties;
  inputs: Properties;
  declared: ObjectDeclaration;
  resolved: object;
  subject: string;
  /** Deployments that the program gives the object to, those included that the run has not come to yet. */
  declaredReach: string[];
}

async function previewObject(
  context: HandlerContext,
  kind: DeclaredKind,
  open: OpenWorkspace,
  { olds, inputs, declared, resolved, subject, declaredReach }: Previewed,
): Promise<{ shown: Properties; problems: InputProblem[] }> {
  const { documents, outlook, projector } = open;
  const key = keyOf(kind.object, declared);
  const actual = documents.peekShared(key);
  const wanted = wantedDocument(kind, declared, resolved, actual);
  outlook.declareObject(key, wanted);
  warnOfUnknownExclusions(context, open, declared, subject);

  const difference = await compare(context, kind, open, olds, inputs);
  const before = parseDeclaration(kind, olds);
  const replaced =
    before && difference.replaces.length > 0 ? documents.peekShared(keyOf(kind.object, before)) : undefined;
  // Somebody who has taken it over keeps it.
  const isOwnReplaced = replaced !== undefined && isOwner(replaced, claimOf(olds));
  // The same object in another scope: it is removed before this one is created.
  if (before && isOwnReplaced && difference.deleteBeforeReplace) outlook.declareReplaced(keyOf(kind.object, before));
  const { workspace } = documents.cached;
  const secrets = kind.secretsOf(declared.fields, inputs, context.catalog);
  const fingerprints =
    workspace && !hasUnknown(resolved) ? fingerprintAll(workspace.fingerprintKey, key, secrets, resolved) : undefined;
  const drift = withoutRotated(
    difference.drift,
    declared.fields,
    fingerprintsIn(olds["fingerprints"]),
    fingerprints,
    kind,
  );
  const drifted = driftTexts(kind.object.name, drift, difference.isGone, pathText);

  const reach = reachOf(kind.object, actual, wanted, outlook.deploymentNames);
  const reached = declared.isReachKnown ? [...reach.changed, ...reach.overridden, ...reach.unchanged] : [];
  const changed = isNew(olds) ? [] : unique([...difference.changed, ...drift]);
  const isChange = changed.length > 0 || difference.isGone || reach.lost.length > 0 || isNew(olds);
  const problems = await problemsOfChange();
  if (problems.length > 0) return { shown: {}, problems };
  if (isChange)
    for (const one of missingFor(context, kind, open, wanted, reached))
      context.warn(describeMissingOnce(one), `missing ${one.packageName}`);
  return {
    shown: {
      ...(fingerprints && { fingerprints }),
      ...(drifted.length > 0 && { drift: drifted }),
      ...takeover(actual, claimOf(inputs, olds), difference.changed),
      ...reachShown(),
    },
    problems: [],
  };

  async function problemsOfChange(): Promise<InputProblem[]> {
    const nowhere = await workspaceProblem(open);
    if (nowhere) return [nowhere];
    const owned = ownershipProblem(actual, claimOf(inputs, olds));
    if (owned !== undefined) return [{ path: [], reason: owned }];
    if (declared.deployment !== undefined && !(await isDeploymentExpected(open, declared.deployment)))
      return [{ path: ["deployment"], reason: noSuchDeployment(open, declared.deployment) }];
    if (!isChange) return [];
    const held = isOwnReplaced ? heldProblem(replaced) : undefined;
    if (held !== undefined) return [{ path: [], reason: held }];
    const excluded = excludedProblem(wanted);
    if (excluded !== undefined) return [{ path: ["exclude"], reason: excluded }];
    const collided = collisionOf(wanted, outlook.objects().values(), outlook.deploymentNames);
    if (collided) return [{ path: [kind.idInput], reason: collided.message }];
    const [strict] = missingFor(context, kind, open, wanted, reached).filter((one) => one.strict);
    if (strict) return [{ path: ["connType"], reason: describeMissing(strict) }];
    if (hasUnknown(resolved)) return [];
    const refused = projector.admission.problemsOf(wanted, actual, reached);
    return refused.length > 0 ? refused : storingProblem(open, key, wanted);
  }

  function reachShown(): Properties {
    // A change of owner alone, as with another name of stack or resource, concerns no Deployment.
    const real = changed.filter(([field]) => field !== "owner");
    const concerns = reach.changed.length > 0 || reach.lost.length > 0 || real.length > 0 || difference.isGone;
    const receiving = [...new Set([...receivers(wanted, outlook.deploymentNames), ...declaredReach])].sort();
    if (!concerns) return unaffected(olds, receiving, wanted, changed.length === 0);
    const keeping = [...reach.overridden, ...reach.unchanged];
    const getting = isNew(olds) ? receiving.filter((name) => !keeping.includes(name)) : reach.changed;
    return affected(olds, real, { ...reach, changed: getting }, wanted);
  }
}

/** What differs, by the record and by the store. */
export async function compare(
  context: HandlerContext,
  kind: DeclaredKind,
  open: OpenWorkspace,
  olds: Properties,
  news: Properties,
): Promise<ObjectDifference> {
  const declared = parseDeclaration(kind, news);
  if (!declared) return compareObject(kind.idInput, olds, news, undefined);
  const sources = referenceSources(context, open);
  const resolved = await resolveDeclared(describeObject(kind, news), declared.fields, sources);
  const actual = open.documents.peekShared(keyOf(kind.object, declared));
  const wanted = wantedDocument(kind, declared, resolved, actual);
  const last = isNew(olds) ? resolved : await tryToResolve(kind.fieldsOf(olds), sources);
  return compareObject(kind.idInput, olds, news, {
    wanted,
    // Unknown when a reference leads nowhere any more: then nothing tells drift from what was declared.
    lastBase: last ? kind.baseOf(last) : (actual?.base ?? wanted.base),
    actual,
  });
}

/** Without the store the fingerprints stay as recorded while the secrets do. */
function asRecorded(kind: DeclaredKind, context: HandlerContext, olds: Properties, news: Properties): Properties {
  const { changed } = compareObject(kind.idInput, olds, news, undefined);
  const secrets = kind.secretsOf(kind.fieldsOf(news), news, context.catalog);
  const fingerprints: Fingerprints = carriedOver(fingerprintsIn(olds["fingerprints"]), changed, secrets);
  const { appliesTo, change } = olds;
  return {
    ...(Object.keys(fingerprints).length > 0 && { fingerprints }),
    ...(appliesTo !== undefined && { appliesTo }),
    ...(change !== undefined && { change }),
  };
}

/** A misspelt exclusion gives the object to the very Deployment that was to be kept out. */
function warnOfUnknownExclusions(
  context: HandlerContext,
  { outlook, documents }: OpenWorkspace,
  { exclude }: ObjectDeclaration,
  subject: string,
): void {
  const known = outlook.deploymentNames;
  for (const name of exclude)
    if (!known.includes(name))
      context.warn(
        `${subject}: exclude: Workspace "${documents.name}" has no Deployment "${name}"; ` +
          `it has ${known.join(", ") || "none"}`,
      );
}

/** Whether a Deployment is stored or declared, or comes further down in the program. */
export function isDeploymentExpected({ outlook }: OpenWorkspace, name: string): Promise<boolean> {
  return outlook.awaits(() => outlook.deployment(name) !== undefined);
}

/** The problem of a name that no Deployment has. */
export function noSuchDeployment({ documents }: OpenWorkspace, name: string): string {
  return (
    `Deployment "${name}" does not exist in Workspace "${documents.name}"; declare it first, pass the Deployment itself, ` +
    `or correct the name`
  );
}
