import { withStores, type CliContext } from "./context";
import { requireName, requireValueName } from "./names";
import { findValue, requireCliOwned } from "./value-document";
import type { ValueChangeOptions } from "./value.command";
import { documentKeys } from "../provider/environment/keys";

/** Removes one value; removing the absent succeeds. */
export async function valueRemove(context: CliContext, name: string, options: ValueChangeOptions): Promise<void> {
  const { terminal } = context;
  const { workspace } = options;
  requireName("Workspace", workspace);
  requireValueName(name);
  await withStores(context, [options.store], async (store) => {
    const current = await findValue(store, workspace, name);
    if (current) {
      requireCliOwned(current.document, options.adopt);
      await store.delete(documentKeys.value(workspace, name), current.version);
    }
    const outcome = current ? "removed" : "absent";
    if (options.json) terminal.out(JSON.stringify({ workspace, name, outcome }));
    else terminal.out(current ? `value "${name}" ${terminal.good("removed")}` : `value "${name}" was not there`);
  });
}
