import { SecretNotFoundError } from "../provider/errors";
import { documentKeys } from "../provider/model/documents";
import { withStores, type CliContext } from "./context";
import { inventory, type ListedConnection, type ListedWorkspace } from "./inventory";
import { requireName } from "./names";
import type { StoreListOptions } from "./store-list.spec";
import { printable, table } from "./table";
import type { Terminal } from "./terminal";
import { describeAbsence } from "./whereabouts";

/**
 * Prints what a store holds, from metadata alone.
 *
 * @throws SecretNotFoundError if the Workspace asked for is not there.
 */
export async function storeList(context: CliContext, address: string, options: StoreListOptions): Promise<void> {
  const { workspace, json } = options;
  const { terminal } = context;
  if (workspace !== undefined) requireName("Workspace", workspace);
  await withStores(context, [address], async (store) => {
    const listed = await store.listMetadata(workspace === undefined ? "" : documentKeys.all(workspace));
    const workspaces = inventory(listed);
    if (workspace !== undefined && workspaces.length === 0)
      throw new SecretNotFoundError(await describeAbsence(store, workspace));
    if (json) terminal.out(JSON.stringify({ address: store.address, workspaces }));
    else if (workspaces.length === 0) terminal.out(await describeAbsence(store));
    else terminal.out(workspaces.map((listed) => describe(listed, terminal)).join("\n\n"));
  });
}

function describe(workspace: ListedWorkspace, terminal: Terminal): string {
  const { deployments, connections, values } = workspace;
  const owner =
    workspace.owner === undefined
      ? "no Workspace document: not created yet, or an unfinished copy"
      : `${printable(workspace.owner)}, secrets fetching ${workspace.secretsFetching ? "on" : "off"}`;
  const parts = [`Workspace "${workspace.name}" ${terminal.faint(`(${owner})`)}`];
  if (connections.length > 0)
    parts.push(
      table(
        ["CONNECTION", "TYPE", "SHARING", "FIELDS", "LINKS", "OVERRIDES", "OWNER"],
        connections.map((connection) => [
          connection.connId,
          connection.connType,
          sharing(connection),
          connection.fields.join(" "),
          connection.links.join(" "),
          connection.overrides.join(" "),
          connection.owner,
        ]),
      ),
    );
  if (deployments.length > 0)
    parts.push(
      table(
        ["DEPLOYMENT", "TARGET", "AIRFLOW", "OWNER"],
        deployments.map(({ name, target, airflowVersion, owner }) => [name, target, airflowVersion, owner]),
      ),
    );
  if (values.length > 0)
    parts.push(
      table(
        ["VALUE", "OWNER"],
        values.map(({ name, owner }) => [name, owner]),
      ),
    );
  return parts.join("\n\n");
}

function sharing({ deployment, sharing, exclude }: ListedConnection): string | undefined {
  if (deployment !== undefined) return `only ${deployment}`;
  return exclude.length > 0 ? `${sharing ?? ""} less ${exclude.join(" ")}` : sharing;
}
