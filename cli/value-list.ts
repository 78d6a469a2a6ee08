import { withStores, type CliContext } from "./context";
import { inventory } from "./inventory";
import { requireName } from "./names";
import { table } from "./table";
import type { ValueOptions } from "./value.command";
import { describeAbsence, missingLocalStore } from "./whereabouts";
import { documentKeys } from "../provider/environment/keys";

/** Prints names and owners of the values of one Workspace. */
export async function valueList(context: CliContext, { store: address, workspace, json }: ValueOptions): Promise<void> {
  const { terminal } = context;
  requireName("Workspace", workspace);
  await withStores(context, [address], async (store) => {
    const listed = await store.listMetadata(documentKeys.value(workspace, ""));
    const values = inventory(listed)[0]?.values ?? [];
    if (json) terminal.out(JSON.stringify({ workspace, values }));
    else if ((await missingLocalStore(store)) !== undefined) terminal.out(await describeAbsence(store));
    else if (values.length === 0) terminal.out(`Workspace "${workspace}" has no values in store "${store.address}"`);
    else
      terminal.out(
        table(
          ["VALUE", "OWNER"],
          values.map(({ name, owner }) => [name, owner]),
        ),
      );
  });
}
