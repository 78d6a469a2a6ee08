import type { WorkspaceDocument } from "../../environment/documents";
import { ConflictError } from "../../errors";
import { pathText } from "../../path";
import type { Handler, HandlerContext, OpenWorkspace, Stored } from "../contract";
import type { Properties } from "../declaration/values";
import {
  INSTANCE_BYTES,
  instanceOf,
  isOwner,
  mayRemove,
  ownershipProblem,
  requireOwnership,
  takeover,
} from "../ownership";
import { claimOf, declaredPart, isLive, refreshed } from "../record";
import { driftTexts } from "../shared-object/diff";
import { describeWorkspace, parseWorkspace, requireWorkspaceDeclaration, workspaceProblems } from "./declaration";
import { answer, compareWorkspace } from "./diff";
import { markAsLeft, placeProblem, requireCopied } from "./move";

const KEY_BYTES = 32;
const UID_BYTES = 12;
/** More than these are counted, not listed. */
const MAX_LISTED = 10;

/** Keeps the Workspace document, which holds what all its resources share. */
export function workspaceHandler(context: HandlerContext): Handler {
  /** The stored document, if the store may be looked at. What a new store holds is for `update` to judge. */
  async function actualOf(olds: Properties, news: Properties) {
    const declared = parseWorkspace(news);
    if (!declared || !isLive(news)) return undefined;
    if (olds["store"] !== undefined && olds["store"] !== declared.store) return undefined;
    const open = await context.open(declared);
    return { document: (await open.documents.snapshot()).workspace };
  }

  async function write(inputs: Properties, olds?: Properties): Promise<Stored> {
    const what = describeWorkspace(inputs);
    const declared = requireWorkspaceDeclaration(inputs);
    const left = olds && parseWorkspace(olds);
    const isMoving = left !== undefined && left.store !== declared.store;
    const open = await context.open(declared);
    await open.documents.snapshot();
    const fresh = context.random(INSTANCE_BYTES);
    const { after } = await open.documents.changeWorkspace((current) => {
      requireOwnership(current, claimOf(inputs, olds), what);
      if (isMoving) requireCopied(current, olds?.["uid"], left, declared);
      return {
        kind: "workspace",
        name: declared.name,
        // A lost document comes back with the uid that the targets bear.
        uid: current?.uid ?? (typeof olds?.["uid"] === "string" ? olds["uid"] : context.random(UID_BYTES)),
        fingerprintKey:
          current?.fingerprintKey ?? Buffer.from(context.random(KEY_BYTES), "base64url").toString("base64"),
        owner: declared.owner,
        instance: instanceOf(current, olds, fresh),
        secretsFetching: declared.secretsFetching,
      };
    });
    if (isMoving) await markAsLeft(context, olds?.["uid"], left, declared);
    const outputs = { ...declaredPart(inputs), uid: after?.uid, instance: after?.instance };
    return { id: declared.name, outputs, notReady: [] };
  }

  return {
    async check(olds, inputs) {
      const subject = describeWorkspace(inputs);
      const problems = workspaceProblems(inputs);
      const declared = parseWorkspace(inputs);
      if (problems.length > 0 || !declared) return { inputs, problems, subject };
      context.name(declared);
      const misplaced = isLive(inputs) ? await placeProblem(context, declared, olds) : undefined;
      if (misplaced) return { inputs, problems: [misplaced], subject };
      const actual = await actualOf(olds, inputs);
      if (!actual) return { inputs, problems, subject };
      (await context.open(declared)).outlook.declareWorkspace();
      const owned = ownershipProblem(actual.document, claimOf(inputs, olds));
      if (owned !== undefined) return { inputs, problems: [{ path: [], reason: owned }], subject };
      const { drift, isGone } = compareWorkspace(olds, inputs, actual);
      const drifted = driftTexts("Workspace", drift, isGone, pathText);
      const { document } = actual;
      const isChanged = document !== undefined && document.secretsFetching !== declared.secretsFetching;
      const shown = {
        ...(drifted.length > 0 && { drift: drifted }),
        ...takeover(document, claimOf(inputs, olds), isChanged ? [["secretsFetching"]] : []),
      };
      return { inputs: { ...inputs, ...shown }, problems, subject };
    },

    diff: async (_id, olds, news) => answer(compareWorkspace(olds, news, await actualOf(olds, news)), news),

    create: (inputs) => write(inputs),

    async read(_id, props) {
      const { name, store } = requireWorkspaceDeclaration(props);
      const { workspace } = await (await context.open({ name, store })).documents.snapshot();
      if (!workspace || !isOwner(workspace, claimOf(props))) return undefined;
      const { uid: _, ...inputs } = declaredPart(props);
      if (workspace.secretsFetching !== (inputs["secretsFetching"] ?? false))
        inputs["secretsFetching"] = workspace.secretsFetching;
      return { inputs, outputs: { ...inputs, uid: workspace.uid, ...refreshed(workspace, props) } };
    },

    update: (_id, olds, news) => write(news, olds),

    async delete(_id, props) {
      const open = await context.open(requireWorkspaceDeclaration(props));
      await open.documents.refresh();
      await open.documents.changeWorkspace((current: WorkspaceDocument | undefined) => {
        if (!current || !mayRemove(current, claimOf(props), props)) return current;
        requireEmpty(open, describeWorkspace(props));
        return undefined;
      });
      warnOfValues(context, open);
    },

    secretsIn: () => [],
  };
}

function requireEmpty({ documents }: OpenWorkspace, what: string): void {
  const { deployments, objects } = documents.cached;
  const holders = [
    ...[...deployments.values()].map(({ name, owner }) => `Deployment "${name}" (${owner})`),
    ...objects.map(({ kind, id, owner }) => `${kind} "${id}" (${owner})`),
  ];
  if (holders.length === 0) return;
  const more = holders.length - MAX_LISTED;
  const shown = holders.slice(0, MAX_LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
  throw new ConflictError(`${what} still holds ${shown}; remove these first`);
}

/** Values were put there by hand, and go by hand. */
function warnOfValues(context: HandlerContext, { documents }: OpenWorkspace): void {
  const { values } = documents.cached;
  if (values.length === 0) return;
  context.warn(
    `Workspace "${documents.name}" is removed, its values stay in store "${documents.store.address}": ` +
      `${values.join(", ")}; remove them with: airflow-env value remove NAME`,
  );
}
