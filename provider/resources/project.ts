import type { ProjectionFailure } from "../projection/projector";
import type { OpenWorkspace } from "./contract";

/**
 * Projects Deployments, as `Projector.projectEach` does. A Deployment that the program declares further down is its own
 * all the same: where the target needs that, it is tried again as soon as it is known.
 *
 * @param sequences - by Deployment, of the document write that its projection must include.
 */
export async function project(
  { projector, outlook, documents }: OpenWorkspace,
  sequences: ReadonlyMap<string, number>,
  options: { adopt?: boolean } = {},
): Promise<ProjectionFailure[]> {
  const isOwn = (name: string) => {
    const document = documents.cached.deployments.get(name);
    return document !== undefined && outlook.isOwn(document);
  };
  const failures = await projector.projectEach(sequences, options);
  const foreign = failures.map(({ deployment }) => deployment).filter((name) => !isOwn(name));
  if (foreign.length === 0 || !outlook.isDeclaring) return failures;
  await outlook.awaits(() => foreign.every(isOwn));
  const own = foreign.filter(isOwn);
  if (own.length === 0) return failures;
  const again = await projector.projectEach(new Map(own.map((name) => [name, sequences.get(name) ?? 0])), options);
  return [...failures.filter(({ deployment }) => !own.includes(deployment)), ...again];
}
