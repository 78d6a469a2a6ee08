import { UnsupportedError } from "../provider/errors";
import { airflowSide } from "../provider/targets/airflow-sides";
import { documentKeys } from "../provider/environment/keys";
import type { SecretsStore } from "../provider/stores/store";
import { settingsText } from "./airflow-settings";
import { withStores, type CliContext } from "./context";
import { inventory } from "./inventory";
import { requireName } from "./names";
import { objectsOf, receivedBy } from "./received";
import type { ValuesOptions } from "./values.command";
import { requireDeployment, requireWorkspace } from "./whereabouts";

/** Prints how a Deployment's Airflow is set up. Of the store it reads that Deployment's document, and metadata. */
export async function values(context: CliContext, options: ValuesOptions): Promise<void> {
  const { terminal } = context;
  const { deployment, format, mountPath } = options;
  requireName("Deployment", deployment);
  await withStores(context, [options.store], async (store) => {
    const workspace = await requireWorkspace(store, options.workspace);
    const { target } = await requireDeployment(store, workspace, deployment);
    const variables = options.variables ?? (await getsVariables(store, workspace, deployment));
    const side = airflowSide(target, { variables, ...(mountPath !== undefined && { mountPath }) });
    const text = side && settingsText(side, format);
    if (text === undefined)
      throw new UnsupportedError(
        `Deployment "${deployment}": there is no ${format} form of the target ${Object.keys(target).join()}` +
          (side && !side.secretRights ? ", whose Airflow needs no rights on the cluster" : ""),
      );
    if (options.json) terminal.out(JSON.stringify({ workspace, deployment, format, settings: side, text }));
    else terminal.outRaw(text);
    if (side?.requiredPackage !== undefined)
      terminal.note(`note: the image needs ${side.requiredPackage}, in a version that has this backend`);
  });
}

async function getsVariables(store: SecretsStore, workspace: string, deployment: string): Promise<boolean> {
  const [listed] = inventory(await store.listMetadata(documentKeys.all(workspace)));
  if (!listed) return false;
  return objectsOf(listed).some((object) => object.kind === "variable" && receivedBy(object, deployment) !== undefined);
}
