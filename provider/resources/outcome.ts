import { ProviderError, TargetMissingError, TargetUnavailableError } from "../errors";
import { describeFailure, type ProjectionFailure } from "../projection/projector";
import type { HandlerContext, Stored } from "./contract";
import type { Properties } from "./declaration/values";

const ABANDON = "AIRFLOW_ENV_ABANDON_UNREACHABLE";

/** The way out when a cluster is gone and will not come back: nothing could be removed from it ever. */
export const HOW_TO_ABANDON = `if that place is gone for good, set ${ABANDON}=1 for one run`;

/** The answer of a create or update whose document is stored; the next `up` tries again where it is not up to date. */
export function stored(what: string, id: string, outputs: Properties, failures: ProjectionFailure[]): Stored {
  const pending = failures.map(({ deployment }) => deployment);
  return {
    id,
    outputs: pending.length > 0 ? { ...outputs, pending } : outputs,
    notReady: failures.map((failure) => `${what} is stored, but ${describeFailure(failure)}`),
  };
}

/**
 * What is left of failures when those are told as warnings that only the stack of another Deployment can mend: its
 * target is missing, and gets what is stored when that stack makes it. Whoever may write the store could else keep this
 * program from ever succeeding, with a Deployment that nobody makes.
 *
 * @param isSaid - which of them are worth a warning.
 */
export function withoutMissing(
  context: HandlerContext,
  failures: ProjectionFailure[],
  isSaid: (error: TargetMissingError) => boolean = () => true,
): ProjectionFailure[] {
  return failures.filter((failure) => {
    const { error } = failure;
    if (!(error instanceof TargetMissingError)) return true;
    if (isSaid(error)) context.warn(describeFailure(failure), "missing targets of other stacks");
    return false;
  });
}

/**
 * Ends a delete whose document is gone.
 *
 * @throws ProviderError naming the Deployments that still have it, unless the user has given their targets up.
 */
export function requireRemoved(context: HandlerContext, what: string, failures: ProjectionFailure[]): void {
  // Where nothing is, nothing has it any more.
  const present = withoutMissing(context, failures, ({ isEmpty }) => !isEmpty);
  const left = withoutAbandoned(context, present);
  if (left.length === 0) return;
  const texts = left.map((failure) => `${what} is deleted from the store, but ${describeFailure(failure)}`);
  const isAnyUnavailable = left.some(({ error }) => error instanceof TargetUnavailableError);
  throw new ProviderError("partial", `${texts.join("\n")}${isAnyUnavailable ? `; ${HOW_TO_ABANDON}` : ""}`);
}

/** Failures that remain when the user has given up the targets that are unavailable; each of those is warned of. */
export function withoutAbandoned(context: HandlerContext, failures: ProjectionFailure[]): ProjectionFailure[] {
  if (context.readEnvironment(ABANDON) !== "1") return failures;
  return failures.filter((failure) => {
    if (!(failure.error instanceof TargetUnavailableError)) return true;
    context.warn(`${describeFailure(failure)}; left as it is, because ${ABANDON} is set`);
    return false;
  });
}
