import type { WorkspaceDocument } from "../../environment/documents";
import { ConflictError, ProviderError, type InputProblem } from "../../errors";
import { requireWorkspace } from "../access";
import type { HandlerContext, OpenWorkspace } from "../contract";
import type { Properties } from "../declaration/values";
import { isNew } from "../record";
import { parseWorkspace, type WorkspaceDeclaration } from "./declaration";

/** @throws ConflictError unless a store holds a whole copy of the Workspace that moves to it. */
export function requireCopied(
  current: WorkspaceDocument | undefined,
  uid: unknown,
  from: WorkspaceDeclaration,
  to: WorkspaceDeclaration,
): void {
  const isOld = current?.movedTo !== undefined;
  if (current && current.uid === uid && !current.copying && !isOld) return;
  const found = !current
    ? "does not hold it"
    : isOld
      ? "holds what it was before it moved away"
      : current.copying
        ? "holds an unfinished copy of it"
        : `holds another Workspace "${current.name}"`;
  throw new ConflictError(
    `Workspace "${to.name}" moves to store "${to.store}", which ${found}; copy it first: ` +
      `npx airflow-env store copy "${from.store}" "${to.store}" --workspace "${from.name}"`,
  );
}

/** What an update would refuse, as far as the store shows it: no copy where it moves to, or a store that it has left. */
export async function placeProblem(
  context: HandlerContext,
  declared: WorkspaceDeclaration,
  olds: Properties,
): Promise<InputProblem | undefined> {
  const before = isNew(olds) ? undefined : parseWorkspace(olds);
  // Under another name it is another Workspace, which is made.
  if (before?.name !== declared.name) return undefined;
  const open = await context.open(declared);
  const { workspace } = await open.documents.snapshot();
  try {
    // Of recorded inputs the uid is not known: whether it is another Workspace is left to the update.
    if (before.store !== declared.store) requireCopied(workspace, olds["uid"] ?? workspace?.uid, before, declared);
    else if (workspace) requireWorkspace(open);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    return { path: ["store"], reason: error.message };
  }
}

/**
 * Marks the store that a Workspace has left: whoever still comes there, be it another stack or the delete of a record,
 * must not work on old documents. A store that cannot be marked gives a warning.
 */
export async function markAsLeft(
  context: HandlerContext,
  uid: unknown,
  from: WorkspaceDeclaration,
  to: WorkspaceDeclaration,
): Promise<void> {
  try {
    await mark(await context.open(from), await context.open(to), uid, to.store);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const text = `store "${from.store}", which it left, could not be marked as old: ${error.message}`;
    context.warn(`Workspace "${from.name}": ${text}; no stack may use it any more`);
  }
}

async function mark(left: OpenWorkspace, entered: OpenWorkspace, uid: unknown, store: string): Promise<void> {
  const marked = (movedTo: string | undefined) => (current: WorkspaceDocument | undefined) => {
    if (current?.uid !== uid || !current) return current;
    const { movedTo: _, ...rest } = current;
    return { ...rest, ...(movedTo !== undefined && { movedTo }) };
  };
  await left.documents.snapshot();
  await left.documents.changeWorkspace(marked(store));
  // Two addresses of one store: another spelling, or an option more.
  const seen = await entered.documents.findWorkspace();
  if (seen?.movedTo === undefined) return;
  await entered.documents.changeWorkspace(marked(undefined));
  await left.documents.refresh();
}
