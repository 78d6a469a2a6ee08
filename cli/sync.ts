import type { CliContext } from "./context";
import { EXIT } from "./exit-codes";
import { describeFailure } from "./failure";
import { withProjection } from "./projection";
import type { TargetOptions } from "./sync.command";

/** Projects Deployments again. @returns the exit code: one that failed does not stop the others. */
export async function sync(context: CliContext, options: TargetOptions): Promise<number> {
  const { terminal } = context;
  return withProjection(context, options, async ({ workspace, projector, deployments }) => {
    const failures = await projector.projectAll(deployments);
    const failed = failures.map(({ deployment, error }) => ({ deployment, reason: describeFailure(error).message }));
    const done = deployments.filter((name) => !failed.some(({ deployment }) => deployment === name));
    if (options.json) terminal.out(JSON.stringify({ workspace, upToDate: done, failed }));
    else {
      for (const { deployment, reason } of failed)
        terminal.note(`${terminal.bad("error:")} Deployment "${deployment}": ${reason}`);
      terminal.out(`${terminal.good(`${done.length} of ${deployments.length} Deployments`)} are up to date`);
    }
    return failed.length === 0 ? EXIT.ok : EXIT.failure;
  });
}
