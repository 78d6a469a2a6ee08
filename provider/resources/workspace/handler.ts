import { ConflictError, ProviderError } from "../../errors";
import { documentKeys, type WorkspaceDocument } from "../../model/documents";
import type { Handler, HandlerContext, OpenWorkspace, Properties } from "../handler";
import { checkResult } from "../inputs";
import { claimOf, recorded, refreshed } from "../operation";
import { INSTANCE_BYTES, instanceOf, isOwner, mayRemove, requireOwnership } from "../ownership";
import { hasUnknown } from "../unknowns";
import { compareWorkspace, diffWorkspace } from "./diff";
import { checkWorkspace, type WorkspaceInputs } from "./inputs";

const KEY_BYTES = 32;
const UID_BYTES = 12;

/** Keeps the Workspace document, which holds what all its resources share. */
export function workspaceHandler(context: HandlerContext): Handler {
  const openOf = (inputs: Properties) => {
    const { name, store } = inputs as unknown as WorkspaceInputs;
    return context.open({ name, store });
  };
  const isLive = (inputs: Properties) =>
    inputs["liveDiff"] !== false && !hasUnknown(inputs["name"]) && !hasUnknown(inputs["store"]);

  async function actualOf(news: Properties): Promise<{ document: WorkspaceDocument | undefined } | undefined> {
    if (!isLive(news)) return undefined;
    const open = await openOf(news);
    return { document: (await open.documents.snapshot()).workspace };
  }

  async function write(news: Properties, olds?: Properties): Promise<{ id: string; outs: Properties }> {
    const inputs = news as unknown as WorkspaceInputs;
    const what = describe(news);
    const open = await openOf(news);
    await open.documents.snapshot();
    const moved = olds !== undefined && olds["store"] !== inputs.store;
    const fresh = context.random(INSTANCE_BYTES);
    const { after } = await open.documents.change<WorkspaceDocument>(keyOf(news), (current) => {
      requireOwnership(current, claimOf({ ...inputs, workspace: inputs }, olds), what);
      if (moved) requireCopied(current, olds, inputs.store, what);
      return {
        kind: "workspace",
        name: inputs.name,
        // A lost document comes back with the uid that the targets bear.
        uid: current?.uid ?? (typeof olds?.["uid"] === "string" ? olds["uid"] : context.random(UID_BYTES)),
        fingerprintKey:
          current?.fingerprintKey ?? Buffer.from(context.random(KEY_BYTES), "base64url").toString("base64"),
        owner: inputs.owner,
        instance: instanceOf(current, olds, fresh),
        secretsFetching: inputs.secretsFetching ?? false,
      };
    });
    if (moved) await tryToMarkAsLeft(olds, news);
    return { id: inputs.name, outs: { ...recorded(news), uid: after?.uid, instance: after?.instance } };
  }

  /** Whoever still comes to the old store, be it another stack or the delete of a record, must not work on old documents. */
  async function markAsLeft(olds: Properties, news: Properties): Promise<void> {
    const [left, entered] = [(await openOf(olds)).documents, (await openOf(news)).documents];
    const mark = (movedTo: string | undefined) => (current: WorkspaceDocument | undefined) => {
      if (current?.uid !== olds["uid"]) return current;
      const { movedTo: _, ...rest } = current as WorkspaceDocument;
      return { ...rest, ...(movedTo !== undefined && { movedTo }) };
    };
    await left.snapshot();
    await left.change<WorkspaceDocument>(keyOf(olds), mark(String(news["store"])));
    // Two addresses of one store: another spelling, or an option more.
    const seen = await entered.find<WorkspaceDocument>(keyOf(news));
    if (seen?.movedTo === undefined) return;
    await entered.change<WorkspaceDocument>(keyOf(news), mark(undefined));
    await left.refresh();
  }

  async function tryToMarkAsLeft(olds: Properties, news: Properties): Promise<void> {
    try {
      await markAsLeft(olds, news);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const text = `store "${String(olds["store"])}", which it left, could not be marked as old: ${error.message}`;
      context.warn(`${describe(olds)}: ${text}; no stack may use it any more`);
    }
  }

  return {
    async check(olds, news) {
      const what = describe(news);
      const problems = checkWorkspace(news);
      const inputs = { ...news };
      if (problems.length > 0) return checkResult(what, inputs, problems);
      const { drift } = compareWorkspace(olds, news, movedAway(olds, news) ? undefined : await actualOf(news));
      if (drift.length > 0) inputs["drift"] = drift;
      return checkResult(what, inputs, []);
    },

    diff: async (_id, olds, news) =>
      diffWorkspace(compareWorkspace(olds, news, movedAway(olds, news) ? undefined : await actualOf(news)), news),

    create: (inputs) => write(inputs),

    async read(id, props) {
      const open = await openOf(props);
      const { workspace } = await open.documents.snapshot();
      const { uid: _, ...inputs } = recorded(props) as Properties & { owner: string };
      if (!workspace || !isOwner(workspace, { owner: inputs["owner"] as string })) return { id: "" };
      if (workspace.secretsFetching !== (inputs["secretsFetching"] ?? false))
        inputs["secretsFetching"] = workspace.secretsFetching;
      return { id, props: { ...inputs, uid: workspace.uid, ...refreshed(workspace, props) }, inputs };
    },

    update: async (_id, olds, news) => ({ outs: (await write(news, olds)).outs }),

    async delete(_id, props) {
      const open = await openOf(props);
      await open.documents.refresh();
      await open.documents.change<WorkspaceDocument>(keyOf(props), (current) => {
        const claim = { owner: (props as unknown as WorkspaceInputs).owner };
        if (!current || !mayRemove(current, claim, props)) return current;
        requireEmpty(open, describe(props));
        return undefined;
      });
    },
  };
}

/** The recorded Workspace is in another store: what the new one holds is judged by `update`, not shown as drift. */
function movedAway(olds: Properties, news: Properties): boolean {
  return olds["store"] !== undefined && olds["store"] !== news["store"];
}

function requireCopied(current: WorkspaceDocument | undefined, olds: Properties, store: string, what: string): void {
  const isOld = current?.movedTo !== undefined;
  if (current && current.uid === olds["uid"] && !current.copying && !isOld) return;
  const found = !current
    ? "does not hold it"
    : isOld
      ? "holds what it was before it moved away"
      : current.copying
        ? "holds an unfinished copy of it"
        : `holds another Workspace "${current.name}"`;
  throw new ConflictError(
    `${what} moves to store "${store}", which ${found}; copy it first: ` +
      `npx airflow-env store copy "${String(olds["store"])}" "${store}" --workspace "${String(olds["name"])}"`,
  );
}

function requireEmpty({ documents }: OpenWorkspace, what: string): void {
  const { deployments, connections } = documents.cached;
  const holders = [
    ...[...deployments.values()].map(({ name, owner }) => `Deployment "${name}" (${owner})`),
    ...connections.map(({ connId, owner }) => `connection "${connId}" (${owner})`),
  ];
  if (holders.length === 0) return;
  const shown = holders.slice(0, 10).join(", ") + (holders.length > 10 ? ` and ${holders.length - 10} more` : "");
  throw new ConflictError(`${what} still holds ${shown}; remove these first`);
}

function keyOf(inputs: Properties): string {
  return documentKeys.workspace((inputs as unknown as WorkspaceInputs).name);
}

function describe(inputs: Properties): string {
  return `Workspace "${String(inputs["name"])}"`;
}
