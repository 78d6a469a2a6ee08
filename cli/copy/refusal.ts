import { UnsupportedError } from "../../provider/errors";
import { assertFits } from "../../provider/stores/checks";
import type { SecretsStore } from "../../provider/stores/store";
import { RefusedError, shortList } from "../failure";
import { isMarked, type CopyPlan } from "./plan";
import { decodeDocument } from "../../provider/environment/codec";
import { documentKeys } from "../../provider/environment/keys";

/** What the user has agreed to. */
export interface CopyConsent {
  merge?: boolean;
  overwrite?: boolean;
}

/**
 * Judges a plan before anything is written.
 *
 * @throws RefusedError if the target holds what a copy would mix with or replace.
 * @throws UnsupportedError if a document does not fit into the target.
 */
export function requireAllowed(plan: CopyPlan, from: SecretsStore, to: SecretsStore, consent: CopyConsent): void {
  requireRoom(plan, to);
  requireWholeSource(plan, from);
  const what = `Workspace "${plan.workspace}"`;
  const { workspace, otherWorkspace, onlyInTarget } = plan;
  const differing = plan.differing.map(({ key, fields }) => `${key} (${fields.join(", ")})`);
  const refuse = (message: string) =>
    new RefusedError(message, { workspace, differing: plan.differing, onlyInTarget, otherWorkspace });
  if (otherWorkspace !== undefined)
    throw refuse(
      `${what}: store "${to.address}" holds another Workspace of that name, of ${otherWorkspace}; ` +
        `copy to another path of that store, or remove that Workspace first`,
    );
  if (differing.length > 0 && !consent.overwrite)
    throw refuse(
      `${what}: ${differing.length} documents in store "${to.address}" differ: ${shortList(differing)}; ` +
        `copy to an empty path, or replace them with --overwrite`,
    );
  if (onlyInTarget.length > 0 && !consent.merge && !consent.overwrite)
    throw refuse(
      `${what}: store "${to.address}" holds ${onlyInTarget.length} documents that the source has not: ` +
        `${shortList(onlyInTarget)}; copy to an empty path, or keep them with --merge`,
    );
}

function requireRoom({ writes, own }: CopyPlan, to: SecretsStore): void {
  const refused: string[] = [];
  for (const { key, text } of own ? [...writes, own] : writes) {
    try {
      assertFits(to, key, text);
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      refused.push(error.message);
    }
  }
  if (refused.length === 1) throw new UnsupportedError(refused[0] ?? "");
  if (refused.length > 1) throw new UnsupportedError(`${refused.length} documents do not fit: ${shortList(refused)}`);
}

/** A copy of an unfinished copy would pass for a finished one. */
function requireWholeSource({ workspace, source }: CopyPlan, from: SecretsStore): void {
  const own = source.find(({ key }) => key === documentKeys.workspace(workspace));
  if (!own || !isMarked(decodeDocument(own.key, own.text))) return;
  throw new RefusedError(
    `Workspace "${workspace}" in store "${from.address}" is itself an unfinished copy; run that copy again first`,
  );
}
