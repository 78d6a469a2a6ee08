import type { Clock } from "../../provider/clock";
import type { SecretsStore } from "../../provider/stores/store";
import type { StalledDeleter } from "../conformance/store";
import { type ArmedFault, type FaultProxy, Hold } from "./fault-proxy";
import { instantClock } from "./instant-clock";

/**
 * A deleter whose tombstone is written and whose answer to that is kept back. Both clients share a clock that moves
 * only when one of them sleeps.
 */
export function stalledDeleter(
  proxy: FaultProxy,
  open: (client: string, clock: Clock) => SecretsStore,
  only: NonNullable<ArmedFault["only"]>,
): StalledDeleter {
  const clock = instantClock();
  const hold = new Hold();
  const client = "stalled";
  proxy.arm({ client, calls: 1, fault: { kind: "heldReply", hold }, only });
  return {
    store: open(client, clock),
    other: open("other", clock),
    stalled: () => hold.arrived,
    goOn: hold.letGo,
  };
}
