import { SecretNotFoundError } from "../provider/errors";
import { withStores, type CliContext } from "./context";
import { describeDuration } from "./duration";
import { UsageError } from "./failure";
import { requireName } from "./names";
import type { UiOptions } from "./ui.command";
import { describeAbsence, missingLocalStore } from "./whereabouts";

/**
 * Serves the page until Ctrl-C, or until nobody has looked for some time; or writes it into a file.
 *
 * @throws SecretNotFoundError if the store, or the Workspace asked for, is not there.
 */
export async function ui(context: CliContext, options: UiOptions): Promise<void> {
  const { output, compare, workspace } = options;
  if (workspace !== undefined) requireName("Workspace", workspace);
  if (output === undefined) {
    if (compare) throw new UsageError("--compare is for --output; the page compares when it is asked to");
    return serve(context, options);
  }
  const { writeReport } = await import("./ui/report.js");
  await writeReport(context, { ...options, output });
}

async function serve(context: CliContext, { store: address, workspace, idle, json }: UiOptions): Promise<void> {
  const { terminal } = context;
  const [{ servePage }, { storeSource }] = await Promise.all([import("./ui/server.js"), import("./ui/source.js")]);
  await withStores(context, [address], async (store) => {
    // A mistyped path must not pass for an empty store.
    if ((await missingLocalStore(store)) !== undefined) throw new SecretNotFoundError(await describeAbsence(store));
    const source = storeSource(context, store, workspace);
    if ((await source.workspaces()).length === 0)
      throw new SecretNotFoundError(await describeAbsence(store, workspace));
    const page = await servePage(source, idle);
    const stop = () => page.close();
    process.once("SIGINT", stop).once("SIGTERM", stop);
    try {
      if (json) terminal.out(JSON.stringify({ address: page.address }));
      else terminal.out(`Open ${page.address}`);
      terminal.note("The address lets everybody who has it look. Ctrl-C ends the page.");
      if ((await page.ended) === "idle") terminal.note(`ended after ${describeDuration(idle)} without a request`);
    } finally {
      process.off("SIGINT", stop).off("SIGTERM", stop);
    }
  });
}
