import { isDeepStrictEqual } from "node:util";
import { entryOf, type DeploymentDocument, type Owned } from "../../environment/documents";
import { receives } from "../../environment/receive";
import { ConflictError, ProviderError } from "../../errors";
import type { HandlerContext, OpenWorkspace } from "../contract";
import type { DeclaredKind } from "../declared-kind";
import { namesKubeconfig } from "../outlook";
import { isSameStack } from "../ownership";
import { missingPackages, type MissingPackage } from "../requirements";

/** Another Deployment that has, or will have, the same target, whatever either calls it. */
export async function sharesTarget(
  { outlook, projector }: OpenWorkspace,
  wanted: DeploymentDocument,
  earlierName: string | undefined,
): Promise<DeploymentDocument | undefined> {
  const others = outlook.deployments().filter(({ name }) => name !== wanted.name && name !== earlierName);
  const named = others.find(({ target }) => isDeepStrictEqual(target, wanted.target));
  // Which cluster another stack's kubeconfig leads to is not for us to find out.
  const known = others.filter((one) => !namesKubeconfig(one.target) || outlook.isOwn(one));
  return named ?? projector.places.sharing(wanted, known);
}

/** The problem of a target that another Deployment has. */
export function targetIsTaken({ name, owner }: DeploymentDocument): string {
  return `is already that of Deployment "${name}" (${owner}); give each its own`;
}

/** Why somebody else's object is in the target's place; undefined if none is, or the target cannot be read. */
export async function foreignTarget(open: OpenWorkspace, wanted: DeploymentDocument): Promise<string | undefined> {
  const { workspace } = open.documents.cached;
  if (!workspace) return undefined;
  try {
    await open.projector.requireFree(wanted, workspace.uid, { isBrief: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    return error.message;
  }
}

/** @throws ConflictError naming who still uses a Deployment. */
export function requireUnused(open: OpenWorkspace, deployment: string, what: string): void {
  const holders = holdersOf(open, deployment).map(({ text }) => text);
  if (holders.length === 0) return;
  throw new ConflictError(`${what} is still used by ${holders.join(", ")}; remove these first`);
}

/** What other stacks have in a Deployment, which no run of its own stack removes. */
export function foreignHolders(open: OpenWorkspace, deployment: DeploymentDocument): string[] {
  return holdersOf(open, deployment.name).flatMap(({ owner, text }) =>
    isSameStack({ owner }, deployment) ? [] : [text],
  );
}

function holdersOf({ documents }: OpenWorkspace, deployment: string): { owner: string; text: string }[] {
  return documents.cached.objects.flatMap((document) => {
    const named = `${document.kind} "${document.id}"`;
    const textOf = (what: string, piece: Owned | undefined) =>
      piece ? [{ owner: piece.owner, text: `${what} ${named} (${piece.owner})` }] : [];
    return [
      ...textOf("its", document.deployment === deployment ? document : undefined),
      ...textOf("a link of", entryOf(document.links, deployment)),
      ...textOf("an override of", entryOf(document.overrides, deployment)),
    ];
  });
}

/** Provider packages that a Deployment lacks for what it gets. */
export function missingIn(
  context: HandlerContext,
  kinds: ReadonlyMap<string, DeclaredKind>,
  { documents }: OpenWorkspace,
  deployment: DeploymentDocument,
): MissingPackage[] {
  const needs = documents.cached.objects
    .filter((document) => receives(document, deployment.name))
    .flatMap((document) => {
      const connType = kinds.get(document.kind)?.packageFor(document.base);
      return connType === undefined ? [] : [{ id: document.id, connType }];
    });
  return missingPackages(context.catalog, deployment, needs);
}

/** The message of an error of ours; any other is thrown on. */
export function messageOf(error: unknown): string {
  if (error instanceof ProviderError) return error.message;
  throw error;
}
