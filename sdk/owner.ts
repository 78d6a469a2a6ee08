import * as pulumi from "@pulumi/pulumi";
import { requireInstalledInProject } from "./installed";
import { isMocked, runningProgram } from "./program";

/** `organization/project/stack::name`: who a stored piece belongs to. Handlers do not see the URN, so it is an input. */
export function ownerOf(name: string): string {
  return `${organization()}/${pulumi.getProject()}/${pulumi.getStack()}::${name}`;
}

/** The engine names one always, if only this; `setMocks` leaves it out by default, and Pulumi then throws. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch (error) {
    if (isMocked()) return "organization";
    throw error;
  }
}

/** Settings of the program, from `pulumi config set airflow-env:<name>`. */
export function settings(): { store: string | undefined; liveDiff: boolean } {
  const config = new pulumi.Config("airflow-env");
  return { store: config.get("store"), liveDiff: config.getBoolean("liveDiff") ?? true };
}

const told = new WeakSet<object>();

/** A preview that does not look at the store must not pass for one that found no drift. */
function sayOnceThatDiffIsNotLive(): void {
  const program = runningProgram();
  if (told.has(program)) return;
  told.add(program);
  void pulumi.log.warn("airflow-env:liveDiff is false: compared with recorded state only, drift is not shown");
}

/**
 * Inputs that every resource passes on.
 *
 * @param declared - comparison with the rest of the program. It hangs on the owner, which never replaces a resource: an
 *   input that does would make this resource share the fate of everything that was compared.
 */
export function commonInputs(
  name: string,
  adopt: boolean | undefined,
  declared: pulumi.Output<void>,
): Record<string, pulumi.Input<unknown>> {
  requireInstalledInProject();
  const { liveDiff } = settings();
  if (!liveDiff) sayOnceThatDiffIsNotLive();
  const owner = ownerOf(name);
  return {
    owner: declared.apply(() => owner),
    ...(adopt !== undefined && { adopt }),
    ...(!liveDiff && { liveDiff: false }),
  };
}
