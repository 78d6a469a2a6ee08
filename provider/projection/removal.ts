import type { Clock } from "../clock";
import type { TargetSpec } from "../environment/documents";
import type { SpecTrust } from "../targets/target";
import type { Places, TargetAccess } from "./places";
import { startingOver } from "./starting-over";
import { isOwn } from "./target-ownership";

/** A place as somebody names it. */
export interface NamedPlace extends SpecTrust {
  target: TargetSpec;
}

/** Which target is to be removed. */
export interface Removal {
  /** Whose target it is. */
  deployment: string;
  /** The Workspace's. */
  uid: string;
  /** The Deployment's target, or one that it has left; the word of record or program, or only a document's. */
  place: NamedPlace;
  /** Where the Deployment is now: two specs may lead to one place, which then stays. */
  keep?: NamedPlace | undefined;
}

/** Removes a Deployment's target, if it is there and ours. */
export async function removePlace(
  places: Places,
  targets: TargetAccess,
  clock: Clock,
  { deployment, uid, place, keep }: Removal,
): Promise<void> {
  const target = await places.open(place.target, place);
  const kept = keep && (await (await places.open(keep.target, keep)).read())?.objectId;
  await startingOver(clock, async () => {
    const state = await target.read();
    if (!state || !isOwn(state, uid, deployment)) return;
    if (kept !== undefined && state.objectId === kept) return;
    await targets.limit(target, () => target.remove(state));
  });
}
