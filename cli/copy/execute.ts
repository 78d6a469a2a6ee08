import { ConflictError, ProviderError, StaleVersionError } from "../../provider/errors";
import type { SecretsStore, StoredText } from "../../provider/stores/store";
import { shortList } from "../failure";
import { countWrites, isMarked, isSameDocument, markedText, type CopyPlan, type PlannedWrite } from "./plan";
import { documentKeys } from "../../provider/environment/keys";
import { metadataOf } from "../../provider/environment/metadata";

/** Writes under way at the same time; stores with a lower rate limit slow down by themselves. */
const CONCURRENT_WRITES = 8;

/**
 * Carries out a plan.
 *
 * An unmarked Workspace document is in the target only before the first or after the last write: it comes last, and
 * one that is there from an earlier copy is marked first. So nobody who looks for it takes half a copy for a whole one,
 * whenever this process is killed.
 *
 * @param onWritten - called after each document.
 * @throws ConflictError if a store changed meanwhile.
 * @throws ProviderError if the target does not give back what was written.
 */
export async function executeCopy(
  plan: CopyPlan,
  from: SecretsStore,
  to: SecretsStore,
  onWritten: () => void,
): Promise<void> {
  if (countWrites(plan) === 0) return;
  const last = await beginCopy(plan, to);
  await eachConcurrently(plan.writes, async (write) => {
    await put(to, write);
    onWritten();
  });
  const prefix = documentKeys.all(plan.workspace);
  const [source, target] = await Promise.all([from.list(prefix), to.list(prefix)]);
  requireUnchanged(plan.source, source, from);
  requireReadBack(plan.writes, target, to);
  if (!last) return;
  await put(to, last);
  const stored = await to.find(last.key);
  requireReadBack([last], stored ? [stored] : [], to);
  onWritten();
}

/** Makes the target's Workspace document tell that a copy is under way; returns the write that ends the copy. */
async function beginCopy(plan: CopyPlan, to: SecretsStore): Promise<PlannedWrite | undefined> {
  const { own, ownThere } = plan;
  if (!own || !ownThere || plan.writes.length === 0 || isMarked(ownThere)) return own;
  const mark = { ...own, text: markedText(ownThere), metadata: metadataOf(ownThere) };
  return { ...own, version: await put(to, mark) };
}

async function put(to: SecretsStore, { key, text, metadata, version }: PlannedWrite): Promise<string> {
  try {
    return await to.put(key, text, metadata, version);
  } catch (error) {
    if (!(error instanceof StaleVersionError)) throw error;
    throw changedMeanwhile([key], to, { cause: error });
  }
}

function requireUnchanged(before: StoredText[], now: StoredText[], from: SecretsStore): void {
  const texts = new Map(now.map(({ key, text }) => [key, text]));
  const changed = before.filter(({ key, text }) => texts.get(key) !== text).map(({ key }) => key);
  for (const { key } of before) texts.delete(key);
  changed.push(...texts.keys());
  if (changed.length > 0) throw changedMeanwhile(changed.sort(), from);
}

function requireReadBack(written: PlannedWrite[], now: StoredText[], to: SecretsStore): void {
  const texts = new Map(now.map(({ key, text }) => [key, text]));
  const wrong = written.filter(({ key, text }) => {
    const back = texts.get(key);
    return back === undefined || !isSameDocument(key, text, back);
  });
  if (wrong.length === 0) return;
  const keys = shortList(wrong.map(({ key }) => key));
  throw new ProviderError("not-verified", `store "${to.address}" does not give back what was written: ${keys}`);
}

function changedMeanwhile(keys: string[], store: SecretsStore, options?: { cause: unknown }): ConflictError {
  return new ConflictError(
    `store "${store.address}" was changed during the copy: ${shortList(keys)}; the copy is not complete. ` +
      `Let no pulumi up run on the Workspace, and run the copy again, with --overwrite`,
    options,
  );
}

/** Starts no further work after a failure, and waits for what is under way: a put must not outlive its store. */
async function eachConcurrently<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const remaining = items[Symbol.iterator]();
  let hasFailed = false;
  const worker = async () => {
    for (const item of remaining) {
      if (hasFailed) return;
      try {
        await work(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: CONCURRENT_WRITES }, worker));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}
