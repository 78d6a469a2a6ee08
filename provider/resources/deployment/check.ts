import { isDeepStrictEqual } from "node:util";
import { changedPaths } from "../../environment/compare";
import type { DeploymentDocument } from "../../environment/documents";
import type { InputProblem } from "../../errors";
import { pathText } from "../../path";
import { limitsOf } from "../../targets/limits";
import { workspaceProblem } from "../access";
import type { Checked, HandlerContext, OpenWorkspace } from "../contract";
import type { DeclaredKind } from "../declared-kind";
import { type Properties } from "../declaration/values";
import { isOwner, ownershipProblem, takeover } from "../ownership";
import { claimOf, isLive, isNew, textIn } from "../record";
import { describeMissing, describeMissingOnce, missingBackendPackage } from "../requirements";
import { driftTexts } from "../shared-object/diff";
import {
  deploymentProblems,
  describeDeployment,
  keyOf,
  normalizeDeployment,
  parseDeployment,
  type DeploymentDeclaration,
} from "./declaration";
import { compareDeployment, type DeploymentDifference } from "./diff";
import { foreignHolders, foreignTarget, messageOf, missingIn, sharesTarget, targetIsTaken } from "./guards";
import { targetDrift, targetDriftText } from "./target-drift";

/** What differs between declaration, record, store and target. */
export interface ComparedDeployment {
  difference: DeploymentDifference;
  /** How the target differs from what it should hold, as texts. */
  targetDrift: string[];
  isWorkspaceThere: boolean;
}

/** Judges a declared Deployment, and says what the preview shows of it besides. */
export async function checkDeployment(
  context: HandlerContext,
  kinds: ReadonlyMap<string, DeclaredKind>,
  olds: Properties,
  given: Properties,
): Promise<Checked> {
  const inputs = normalizeDeployment(given);
  const subject = describeDeployment(inputs);
  const problems = deploymentProblems(inputs);
  const declared = parseDeployment(inputs, context.workingFolder);
  if (problems.length > 0 || !declared || !isLive(inputs)) return { inputs, problems, subject };
  context.name(declared.workspace);
  const open = await context.open(declared.workspace);
  await open.documents.snapshot();
  open.projector.gathering.announce(keyOf(declared));
  const { document } = declared;
  if (!document) return { inputs, problems, subject };
  open.outlook.declareDeployment(document);
  const refused = await problemsOf(context, kinds, open, document, olds, inputs);
  if (refused.length > 0) return { inputs, problems: refused, subject };
  const compared = await compare(context, open, declared, olds, inputs);
  const drift = [...fieldDrift(compared.difference), ...compared.targetDrift];
  const shown = { ...(drift.length > 0 && { drift }), ...(await takenOver(open, document, olds, inputs)) };
  return { inputs: { ...inputs, ...shown }, problems: [], subject };
}

/** What differs, by the record, the store and the target. */
export async function compare(
  context: HandlerContext,
  open: OpenWorkspace,
  declared: DeploymentDeclaration,
  olds: Properties,
  news: Properties,
): Promise<ComparedDeployment> {
  const { deployments, workspace } = open.documents.cached;
  const actual = deployments.get(declared.name);
  const wanted = declared.document;
  const last = parseDeployment(olds, context.workingFolder)?.document;
  const difference = compareDeployment(olds, news, wanted && { wanted, last, actual });
  const isStaying = wanted !== undefined && isDeepStrictEqual(actual?.target, wanted.target);
  const isCompared = isStaying && difference.replaces.length === 0 && !isNew(olds);
  const drifted = isCompared ? await driftOfTarget(context, open, declared.name) : [];
  return { difference, targetDrift: drifted, isWorkspaceThere: workspace !== undefined };
}

async function problemsOf(
  context: HandlerContext,
  kinds: ReadonlyMap<string, DeclaredKind>,
  open: OpenWorkspace,
  wanted: DeploymentDocument,
  olds: Properties,
  inputs: Properties,
): Promise<InputProblem[]> {
  const { documents, projector } = open;
  const nowhere = await workspaceProblem(open);
  if (nowhere) return [nowhere];
  const actual = documents.cached.deployments.get(wanted.name);
  const owned = ownershipProblem(actual, claimOf(inputs, olds));
  if (owned !== undefined) return [{ path: [], reason: owned }];
  const last = documents.cached.deployments.get(textIn(olds, "name") ?? "");
  const held = last && last.name !== wanted.name && isOwner(last, claimOf(olds)) ? foreignHolders(open, last) : [];
  if (held.length > 0)
    return [{ path: [], reason: `must be replaced, but is still used by ${held.join(", ")}; remove these first` }];
  const missing = missingIn(context, kinds, open, wanted);
  const [strict] = missing.filter((one) => one.strict);
  if (strict) return [{ path: ["providers"], reason: describeMissing(strict) }];
  const unfit = projector.admission.problemsOfTarget(wanted, actual);
  if (unfit.length > 0) return unfit;
  const other = await sharesTarget(open, wanted, textIn(olds, "name"));
  if (other) return [{ path: ["target"], reason: targetIsTaken(other) }];
  const isPlaceNew = isNew(olds) || (actual !== undefined && !isDeepStrictEqual(actual.target, wanted.target));
  if (isPlaceNew && inputs["adopt"] !== true) {
    const foreign = await foreignTarget(open, wanted);
    if (foreign !== undefined) return [{ path: ["target"], reason: foreign }];
  }
  for (const one of missing) context.warn(describeMissingOnce(one), `missing ${one.packageName}`);
  const backend = missingBackendPackage(wanted, limitsOf(wanted.target));
  if (backend !== undefined) context.warn(backend);
  return [];
}

/** What `adopt: true` takes over: the document of another owner, the target of another Deployment. */
async function takenOver(open: OpenWorkspace, wanted: DeploymentDocument, olds: Properties, inputs: Properties) {
  if (inputs["adopt"] !== true) return {};
  const { deployments, workspace } = open.documents.cached;
  const stored = deployments.get(wanted.name);
  const { retired: _, instance: __, ...actual } = stored ?? wanted;
  const { takesOver: document } = takeover(stored, claimOf(inputs, olds), changedPaths(actual, wanted));
  const target = workspace && (await open.projector.foreign(wanted, workspace.uid, { isBrief: true }));
  const texts = [document, target && `the target: ${target}`].filter((text) => text !== undefined);
  return texts.length > 0 ? { takesOver: texts.join("; ") } : {};
}

function fieldDrift({ drift, isGone, isMoveUnfinished }: DeploymentDifference): string[] {
  const unfinished = isMoveUnfinished ? ["the place it moved away from is not cleared yet"] : [];
  return [...driftTexts("Deployment", drift, isGone, pathText), ...unfinished];
}

/**
 * Drift of the target; a target that cannot be read gives a warning, not a failed preview. A target that this very run
 * is about to bring up to date is no drift: the change of a connection may be under way when its Deployments are checked.
 */
async function driftOfTarget(context: HandlerContext, { documents, projector }: OpenWorkspace, name: string) {
  if (documents.isTouched(name)) return [];
  try {
    const { actual, rendered, target } = await projector.compare(name, { isBrief: true });
    return targetDrift(actual, rendered).map((drift) => targetDriftText(target.address, drift));
  } catch (error) {
    context.warn(
      `Deployment "${name}": drift of its target is not known: ${messageOf(error)}`,
      "unknown drift of targets",
    );
    return [];
  }
}
