import type { SharedDocument } from "../environment/documents";
import type { Reach } from "../environment/receive";
import { pathText, type Path } from "../path";
import type { Properties } from "./declaration/values";

/**
 * The inputs that tell whom a change affects. Numbered, because Pulumi shows only inputs that differ from the recorded
 * ones, and the same fields may change twice in a row.
 *
 * @param changed - what changes; empty for a new object.
 */
export function affected(
  olds: Properties,
  changed: Path[],
  reach: Reach,
  of: Pick<SharedDocument, "sharing">,
): Properties {
  const change = numberOf(olds) + 1;
  const parts = [
    gettingText(reach.changed, of),
    ...(reach.lost.length > 0 ? [`no longer ${reach.lost.join(", ")}`] : []),
    ...(reach.overridden.length > 0 ? [`unchanged by overrides: ${reach.overridden.join(", ")}`] : []),
    ...(reach.unchanged.length > 0 ? [`unchanged: ${reach.unchanged.join(", ")}`] : []),
  ];
  const fields = changed.length > 0 ? `: ${changed.map(pathText).join(", ")}` : "";
  return { appliesTo: `${parts.join("; ")} (change ${change}${fields})`, change };
}

/**
 * The same where nothing changes: who gets it. It is what a preview shows when the object is removed. Where there is
 * no update either, a recorded text that names the same Deployments stays: another one would make the engine write its state.
 */
export function unaffected(
  olds: Properties,
  receiving: string[],
  of: Pick<SharedDocument, "sharing">,
  isNoUpdate: boolean,
): Properties {
  const [change, text, recorded] = [numberOf(olds), gettingText(receiving, of), olds["appliesTo"]];
  const isSame = isNoUpdate && typeof recorded === "string" && recorded.startsWith(`${text} (change `);
  return { appliesTo: isSame ? recorded : text, ...(change > 0 && { change }) };
}

/** A LinkedToAll object reaches Deployments of other stacks too, also those that come after this text is recorded. */
function gettingText(names: string[], { sharing }: Pick<SharedDocument, "sharing">): string {
  if (names.length === 0) return "no Deployment";
  const listed = names.join(", ");
  return sharing === "LinkedToAll" ? `every Deployment: ${listed}` : listed;
}

function numberOf(olds: Properties): number {
  return typeof olds["change"] === "number" ? olds["change"] : 0;
}
