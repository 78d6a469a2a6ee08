import { setTimeout as sleep } from "node:timers/promises";
import { documentKeys } from "../../provider/environment/keys";
import type { SecretsStore } from "../../provider/stores/store";

/** What following a store needs. */
export interface Following {
  store: SecretsStore;
  workspace: string;
  intervalMs: number;
  signal: AbortSignal;
  /** Called after each change of the Workspace. */
  onChange: () => Promise<void>;
  /** Called with the first failure of a row; the next try comes all the same. */
  onFailure: (error: unknown) => void;
}

/** Looks at the versions of a Workspace's documents until it is aborted; reads no secret for that. */
export async function follow(following: Following): Promise<void> {
  const { store, workspace, intervalMs, signal, onChange, onFailure } = following;
  let seen: string | undefined;
  let hasFailed = false;
  while (!signal.aborted) {
    try {
      const listed = await store.listMetadata(documentKeys.all(workspace));
      const versions = JSON.stringify(listed.map(({ key, version }) => [key, version]).sort());
      // The files were written before the first look, which may have seen more: so it counts as a change.
      if (versions !== seen) await onChange();
      seen = versions;
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) onFailure(error);
      hasFailed = true;
    }
    await sleep(intervalMs, undefined, { signal }).catch((error: unknown) => {
      if (!(error instanceof Error && error.name === "AbortError")) throw error;
    });
  }
}
