import { SecretNotFoundError } from "../../provider/errors";
import { withStores, type CliContext } from "../context";
import { writeOwn } from "../output-file";
import type { UiOptions } from "../ui.command";
import { describeAbsence, requireWorkspace } from "../whereabouts";
import { REPORT_MARK, reportText } from "./pages/report";
import { storeSource } from "./source";
import { viewOf } from "./view";

/**
 * Writes what the page shows of one Workspace into one file.
 *
 * @throws SecretNotFoundError if the Workspace is not there, RefusedError for a file that is none of ours.
 */
export async function writeReport(context: CliContext, options: UiOptions & { output: string }): Promise<void> {
  const { terminal } = context;
  const { store: address, output, compare, json } = options;
  await withStores(context, [address], async (store) => {
    const name = await requireWorkspace(store, options.workspace);
    const source = storeSource(context, store, name);
    const workspace = await source.workspace(name);
    if (!workspace) throw new SecretNotFoundError(await describeAbsence(store, name));
    const checked = compare ? await source.check(name) : [];
    const content = {
      view: viewOf(workspace),
      store: store.address,
      checks: new Map(checked.map((one) => [one.deployment, one])),
      at: new Date(),
    };
    await writeOwn(output, await reportText(content), (existing) => existing.includes(REPORT_MARK));
    if (json) terminal.out(JSON.stringify({ workspace: name, output }));
    else terminal.out(`${content.view.objects.length} objects of Workspace "${name}" written to ${output}`);
  });
}
