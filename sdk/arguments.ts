import * as pulumi from "@pulumi/pulumi";
import { ProgramError } from "./program-error";

/**
 * The arguments of a resource. The first look at them: a program without type checks may have left them out.
 *
 * @param what - names the resource, such as `connection "warehouse"`.
 * @throws ProgramError if there are none.
 */
export function checkedArgs<Args extends object>(what: string, args: Args): Args {
  if (typeof (args as unknown) === "object" && (args as unknown) !== null) return args;
  throw new ProgramError(`${what}: its arguments are missing; pass them as an object after the name`);
}

/**
 * Arguments that the class has no use for, such as misspelt ones: the provider refuses them, and names what was meant.
 * Kept as secrets, for nobody knows what they are.
 */
export function otherInputs(args: object, known: readonly string[]): Record<string, pulumi.Input<unknown>> {
  const others = Object.entries(args).filter(([name, value]) => value !== undefined && !known.includes(name));
  return Object.fromEntries(others.map(([name, value]) => [name, pulumi.secret<unknown>(value)]));
}

/**
 * A Deployment that a connection or Variable belongs to alone.
 *
 * @throws ProgramError for its mere name, and for what is no Deployment.
 */
export function requireDeployment(what: string, deployment: unknown): void {
  if (typeof deployment === "object" && deployment !== null && "name" in deployment && "workspace" in deployment)
    return;
  const wrong =
    typeof deployment === "string"
      ? "a name alone does not say in which Workspace"
      : "is no Deployment of this program";
  throw new ProgramError(`${what}: deployment: ${wrong}; pass the Deployment itself`);
}

/** @throws ProgramError unless it is a list of Deployments or their names. */
export function requireExclusions(what: string, exclude: unknown): void {
  if (exclude === undefined) return;
  if (!Array.isArray(exclude))
    throw new ProgramError(`${what}: exclude: is no list; pass a list of Deployments or their names`);
  for (const [at, item] of exclude.entries())
    if (!isDeploymentLike(item))
      throw new ProgramError(`${what}: exclude[${at}]: is no Deployment; pass a Deployment or its name`);
}

/** @throws ProgramError unless it is one Deployment, or the name of one. */
export function requireOneDeployment(what: string, deployment: unknown): void {
  if (isDeploymentLike(deployment)) return;
  const isMissing = deployment === undefined || deployment === null;
  const wrong = isMissing
    ? "is missing"
    : Array.isArray(deployment)
      ? "is a list, and this is for one"
      : "is no Deployment";
  throw new ProgramError(`${what}: deployment: ${wrong}; pass a Deployment or its name`);
}

function isDeploymentLike(given: unknown): boolean {
  if (typeof given === "string") return true;
  if (typeof given !== "object" || given === null || Array.isArray(given)) return false;
  // A Workspace has a name too.
  return pulumi.Output.isInstance(given) || given instanceof Promise || ("name" in given && !("store" in given));
}
