import { StoreUnavailableError } from "../../errors";
import type { DeletionSteps, TombstoneTiming } from "../shared/tombstone";
import { notOurs, stale } from "./conflicts";
import { labelOf } from "./failures";
import type { SecretCalls } from "./secret-calls";
import { moveVersion } from "./version-move";
import { isTombstone, newTombstone } from "./versions";

// AWS needs a value; it is never read, the version id alone marks the deletion.
const TOMBSTONE_VALUE = "deleted by pulumi-airflow-env";

/** DeleteSecret has no condition, and a name that is restored later must not bring the old document back to life. */
export function deletionOf(calls: SecretCalls, timing: TombstoneTiming, name: string): DeletionSteps<string> {
  return {
    async look() {
      const state = await calls.describe(name);
      if (state === undefined || state.deleted) return { is: "absent" };
      if (!state.managed) throw notOurs(name);
      const mark = state.current ?? "";
      return { is: isTombstone(mark) ? "tombstone" : "document", mark, state: mark };
    },
    async bury(current) {
      const tombstone = newTombstone();
      await moveVersion(calls, timing, name, TOMBSTONE_VALUE, current, tombstone);
      return tombstone;
    },
    async destroy(tombstone, within) {
      await calls.scheduleDeletion(name, within);
      const after = await calls.describe(name);
      if (after === undefined) return;
      if (!after.deleted) {
        throw new StoreUnavailableError(
          "denied",
          `${labelOf(name)}: AWS refused to delete it; remove its replicas, then try again`,
        );
      }
      // A document that was made all the same, since AWS took longer over the deletion than anybody waits.
      if (after.current !== tombstone) await calls.restore(name);
    },
    stale: () => stale(name),
  };
}
