import { SecretNotFoundError } from "../provider/errors";
import { withStores, type CliContext } from "./context";
import { UsageError } from "./failure";
import { inventory, type ListedObject, type ListedWorkspace } from "./inventory";
import { requireName } from "./names";
import type { StoreListOptions } from "./store-list.command";
import { printable } from "../provider/printable";
import { table } from "./table";
import type { Terminal } from "./terminal";
import { describeAbsence, missingLocalStore } from "./whereabouts";
import { documentKeys } from "../provider/environment/keys";

/**
 * Prints what a store holds, from metadata alone.
 *
 * @throws SecretNotFoundError if the local store, or the Workspace asked for, is not there.
 */
export async function storeList(
  context: CliContext,
  argument: string | undefined,
  options: StoreListOptions,
): Promise<void> {
  const { workspace, json } = options;
  const address = argument ?? options.store;
  if (address === undefined)
    throw new UsageError("which store is meant? Pass its address, or set AIRFLOW_ENV_STORE; add --help for examples");
  const { terminal } = context;
  if (workspace !== undefined) requireName("Workspace", workspace);
  await withStores(context, [address], async (store) => {
    // A mistyped path must not pass for an empty store.
    if ((await missingLocalStore(store)) !== undefined) throw new SecretNotFoundError(await describeAbsence(store));
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
  const { deployments, connections, variables, values } = workspace;
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
          pieces(connection.links),
          pieces(connection.overrides),
          connection.owner,
        ]),
      ),
    );
  if (variables.length > 0)
    parts.push(
      table(
        ["VARIABLE", "SHARING", "LINKS", "OWNER"],
        variables.map((variable) => [variable.key, sharing(variable), pieces(variable.links), variable.owner]),
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

/** Deployments, each with the names of the fields that its piece sets. */
function pieces(fieldsOf: Record<string, string[]>): string {
  return Object.entries(fieldsOf)
    .map(([deployment, fields]) => (fields.length > 0 ? `${deployment}(${fields.join(",")})` : deployment))
    .join(" ");
}

function sharing({ deployment, sharing, exclude }: ListedObject): string | undefined {
  if (deployment !== undefined) return `only ${deployment}`;
  return exclude.length > 0 ? `${sharing ?? ""} less ${exclude.join(" ")}` : sharing;
}
