import { entryOf, type Owned, type SharedDocument } from "../../environment/documents";
import { collision, receivers } from "../../environment/receive";
import { ConflictError } from "../../errors";
import type { HandlerContext, OpenWorkspace } from "../contract";
import type { DeclaredKind } from "../declared-kind";
import { isSameStack } from "../ownership";
import { missingPackages, type MissingPackage } from "../requirements";

/** Provider packages that Deployments lack for an object. */
export function missingFor(
  context: HandlerContext,
  kind: DeclaredKind,
  { outlook }: OpenWorkspace,
  document: SharedDocument,
  deployments: string[],
): MissingPackage[] {
  const connType = kind.packageFor(document.base);
  if (connType === undefined) return [];
  return deployments.flatMap((name) => {
    const deployment = outlook.deployment(name);
    return deployment ? missingPackages(context.catalog, deployment, [{ id: document.id, connType }]) : [];
  });
}

/** Two of a kind with one id that one of the Deployments would get. */
export function collisionOf(
  document: SharedDocument,
  others: Iterable<SharedDocument>,
  deployments: Iterable<string>,
): ConflictError | undefined {
  const reached = receivers(document, document.deployment === undefined ? deployments : [document.deployment]);
  for (const other of others) {
    const isSame = other.kind !== document.kind || other.id !== document.id || other.deployment === document.deployment;
    const [shared] = isSame ? [] : receivers(other, reached);
    if (shared !== undefined) return collision(shared, document, other);
  }
  return undefined;
}

/** Why an object may not exclude the Deployments that it does: others have linked it there. */
export function excludedProblem(document: SharedDocument): string | undefined {
  // A link of our own stack is about to be deleted, after us; a program that keeps both was refused in the preview.
  const foreign = document.exclude.flatMap((deployment) => {
    const link = entryOf(document.links, deployment);
    return link && !isSameStack(link, document) ? [`"${deployment}" (link of ${link.owner})`] : [];
  });
  if (foreign.length === 0) return undefined;
  return `names linked Deployments ${foreign.join(", ")}; remove the link or the exclusion`;
}

/** @throws ConflictError if the object excludes Deployments that others have linked. */
export function requireExcludedUnlinked(document: SharedDocument, what: string): void {
  const problem = excludedProblem(document);
  if (problem !== undefined) throw new ConflictError(`${what}: exclude ${problem}`);
}

/** @throws ConflictError naming the links and Overrides that others hold. */
export function requireUnattached(document: SharedDocument, what: string): void {
  const holders = holdersOf(document).map(({ text }) => text);
  if (holders.length === 0) return;
  throw new ConflictError(
    `${what} is still used by ${holders.join(", ")}; remove these first (in one program: pass the resource itself, ` +
      `so that Pulumi knows the order)`,
  );
}

/** Links and Overrides of other stacks, which no run of its own stack removes. */
export function foreignHolders(document: SharedDocument): string[] {
  return holdersOf(document).flatMap(({ owner, text }) => (isSameStack({ owner }, document) ? [] : [text]));
}

function holdersOf({ links, overrides }: SharedDocument): { owner: string; text: string }[] {
  const textOf =
    (noun: string) =>
    ([deployment, { owner }]: [string, Owned]) => ({
      owner,
      text: `${noun} "${deployment}" (${owner})`,
    });
  return [...Object.entries(links).map(textOf("link to")), ...Object.entries(overrides).map(textOf("override in"))];
}

/** Why a recorded object cannot make way for the one that replaces it. */
export function heldProblem(document: SharedDocument | undefined): string | undefined {
  const holders = document ? foreignHolders(document) : [];
  if (holders.length === 0) return undefined;
  return `must be replaced, but is still used by ${holders.join(", ")}; remove these first`;
}
