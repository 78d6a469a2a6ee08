import type { CliContext } from "./context";
import { describeDifference, differences, type Difference } from "./differences";
import { EXIT } from "./exit-codes";
import { describeFailure } from "./failure";
import { withProjection, type Projection } from "./projection";
import type { TargetOptions } from "./sync.command";

/** What one Deployment's target holds, against what the store says. */
interface Comparison {
  deployment: string;
  target?: string;
  /** Undefined when it could not be found out. */
  differences?: Difference[];
  /** Set for what is wrong with the target as a whole. */
  reason?: string;
}

/** Compares without writing. @returns the exit code; see `EXIT`. */
export async function diff(context: CliContext, options: TargetOptions): Promise<number> {
  const { terminal } = context;
  return withProjection(context, options, async ({ workspace, projector, deployments }) => {
    const comparisons = await Promise.all(deployments.map((deployment) => compare(projector, deployment)));
    if (options.json) terminal.out(JSON.stringify({ workspace, deployments: comparisons }));
    else for (const comparison of comparisons) terminal.out(describe(comparison));
    if (comparisons.some(({ differences }) => differences === undefined)) return EXIT.failure;
    const isEqual = comparisons.every(({ differences, reason }) => differences?.length === 0 && reason === undefined);
    return isEqual ? EXIT.ok : EXIT.different;
  });
}

async function compare(projector: Projection["projector"], deployment: string): Promise<Comparison> {
  try {
    const compared = await projector.compare(deployment);
    const reason = compared.notMade?.replace(/^[: ]+/, "");
    const { address } = compared.target;
    return { deployment, target: address, differences: differences(compared), ...(reason !== undefined && { reason }) };
  } catch (error) {
    return { deployment, reason: describeFailure(error).message };
  }
}

function describe({ deployment, target, differences, reason }: Comparison): string {
  const head = `Deployment "${deployment}"${target === undefined ? "" : ` (${target})`}`;
  if (reason !== undefined) return `${head}: ${reason}`;
  if (!differences || differences.length === 0) return `${head}: equal`;
  return `${head}: different\n${differences.map((one) => `  ${describeDifference(one)}`).join("\n")}`;
}
