import { isDeepStrictEqual } from "node:util";
import { effectiveObject, receives } from "../../environment/receive";
import { ConflictError } from "../../errors";
import { limitsOf } from "../../targets/limits";
import { requireWorkspace } from "../access";
import type { HandlerContext, OpenWorkspace, Stored } from "../contract";
import type { DeclaredKind } from "../declared-kind";
import { requireNoProblems } from "../declaration/problems";
import type { Properties } from "../declaration/values";
import { stored } from "../outcome";
import { INSTANCE_BYTES, instanceOf, requireOwnership } from "../ownership";
import { claimOf, declaredPart } from "../record";
import { requirePackages } from "../requirements";
import { describeDeployment, keyOf, requireDeployment } from "./declaration";
import { missingIn, sharesTarget, targetIsTaken } from "./guards";
import { clearRetired, recordedTarget, rememberRetired, retiredTargets } from "./places";
import { slowLookupWarning } from "../../airflow/rules";

/** Stores what is declared, brings the target up to date, and empties the places that the Deployment has left. */
export async function writeDeployment(
  context: HandlerContext,
  kinds: ReadonlyMap<string, DeclaredKind>,
  inputs: Properties,
  olds?: Properties,
): Promise<Stored> {
  const what = describeDeployment(inputs);
  const declared = requireDeployment(inputs, context.workingFolder);
  const { document: wanted, name } = declared;
  const key = keyOf(declared);
  const open = await context.open(declared.workspace);
  await open.documents.snapshot();
  return open.projector.gathering.during(key, async () => {
    const workspace = requireWorkspace(open);
    open.outlook.declareDeployment(wanted);
    const earlierName = typeof olds?.["name"] === "string" ? olds["name"] : undefined;
    const other = await sharesTarget(open, wanted, earlierName);
    if (other) throw new ConflictError(`${what}: its target ${targetIsTaken(other)}`);
    requirePackages(missingIn(context, kinds, open, wanted));
    const adopt = inputs["adopt"] === true;
    // What is stored after it concerns this Deployment alone: no other's projection waits until its target answers.
    const free = async () => adopt || open.projector.requireFree(wanted, workspace.uid);
    await open.projector.gathering.waiting(free());
    const fresh = context.random(INSTANCE_BYTES);
    const last = recordedTarget(olds, context.workingFolder);
    const changed = await open.documents.changeDeployment(name, (current) => {
      requireOwnership(current, claimOf(inputs, olds), what);
      requireNoProblems(what, open.projector.admission.problemsOfTarget(wanted, current));
      const isMoving = !isDeepStrictEqual(current?.target, wanted.target);
      const retired = retiredTargets(current, wanted.target, isMoving ? last : undefined);
      const instance = instanceOf(current, olds, fresh);
      return { ...wanted, instance, ...(retired.length > 0 && { retired }) };
    });
    const failures = await open.projector.projectAll([name], changed.sequence, { adopt });
    const left = retiredTargets(changed.after, wanted.target, last);
    if (changed.after && left.length > 0) {
      const leaving = { ...changed.after, retired: left };
      if (failures.length > 0) await rememberRetired(open, leaving);
      else failures.push(...(await clearRetired(context, open, leaving, last)));
    }
    warnOfSlowLookups(context, open, name);
    const outputs = { ...declaredPart(inputs), instance: changed.after?.instance, ownTarget: wanted.target };
    return stored(what, key, outputs, failures);
  });
}

/** Airflow's masker is slow with many distinct passwords in one file. */
function warnOfSlowLookups(context: HandlerContext, { documents }: OpenWorkspace, name: string): void {
  const deployment = documents.cached.deployments.get(name);
  if (!deployment || !limitsOf(deployment.target).oneFile) return;
  const passwords = documents.cached.objects.flatMap((document) => {
    const kind = documents.kinds.get(document.kind);
    if (!kind || !receives(document, name)) return [];
    const { value } = effectiveObject(kind, document, name);
    return "password" in value && typeof value.password === "string" ? [value.password] : [];
  });
  const slow = slowLookupWarning(passwords);
  if (slow !== undefined) context.warn(`Deployment "${name}": ${slow}`, "many distinct passwords");
}
