import { InputError, ProviderError, SecretNotFoundError } from "../provider/errors";
import { decodeDocument, documentKeys, type ConnectionDocument } from "../provider/model/documents";
import type { EffectiveConnection } from "../provider/model/effective";
import { resolveDeployment } from "../provider/model/resolve";
import { renderConnections } from "../provider/projection/render";
import { validateConnection } from "../provider/projection/validate";
import type { SecretsStore } from "../provider/stores/store";
import { withStores, type CliContext } from "./context";
import { envFile } from "./env-file";
import { RefusedError, shortList } from "./failure";
import { isCommittable } from "./git";
import { requireName } from "./names";
import { writePrivateFile } from "./private-file";
import type { RenderOptions } from "./render.spec";
import { describeAbsence } from "./whereabouts";

/**
 * Writes what one Deployment gets to a file for local development.
 *
 * @throws RefusedError while the Workspace's `secretsFetching` is off; no connection has been read then.
 */
export async function render(context: CliContext, options: RenderOptions): Promise<void> {
  const { terminal } = context;
  const { workspace, deployment, output, format } = options;
  requireName("Workspace", workspace);
  requireName("Deployment", deployment);
  if (output === undefined && !options.stdout)
    throw new InputError("say where the secrets go: --output FILE, or --stdout to print them");
  await withStores(context, [options.store], async (store) => {
    await requireFetching(store, workspace);
    const connections = await effectiveConnections(store, workspace, deployment);
    const rendered = renderConnections(connections);
    const text = format === "env" ? envFile(rendered.entries) : rendered.text;
    if (output === undefined) return terminal.outRaw(text);
    await writePrivateFile(output, text);
    if (await isCommittable(output)) terminal.note(`warning: git does not ignore ${output}; add it to .gitignore`);
    const connIds = connections.map(({ connId }) => connId);
    if (options.json)
      terminal.out(JSON.stringify({ workspace, deployment, file: output, format, connections: connIds }));
    else
      terminal.out(
        `${terminal.good(`${connIds.length} connections`)} of Deployment "${deployment}" written to ${output}`,
      );
  });
}

async function requireFetching(store: SecretsStore, workspace: string): Promise<void> {
  const key = documentKeys.workspace(workspace);
  const stored = await store.find(key);
  if (!stored) throw new SecretNotFoundError(await describeAbsence(store, workspace));
  const document = decodeDocument(key, stored.text);
  if (document.kind === "workspace" && document.secretsFetching) return;
  throw new RefusedError(
    `Workspace "${workspace}" does not allow fetching secrets; its owner can declare it with secretsFetching: true ` +
      `and run pulumi up`,
  );
}

async function effectiveConnections(
  store: SecretsStore,
  workspace: string,
  deployment: string,
): Promise<EffectiveConnection[]> {
  const documents = (await store.list(documentKeys.all(workspace))).map(({ key, text }) => decodeDocument(key, text));
  const deployments = documents.flatMap((document) => (document.kind === "deployment" ? [document.name] : []));
  if (!deployments.includes(deployment))
    throw new SecretNotFoundError(
      `Workspace "${workspace}" has no Deployment "${deployment}"; it has ${shortList(deployments.sort()) || "none"}`,
    );
  const connections = resolveDeployment(
    deployment,
    documents.filter((document): document is ConnectionDocument => document.kind === "connection"),
  );
  const problems = connections.flatMap((connection) =>
    validateConnection(connection).map(({ field, reason }) => `connection "${connection.connId}": ${field}: ${reason}`),
  );
  if (problems.length === 0) return connections;
  throw new ProviderError("invalid", `Airflow could not read the file: ${shortList(problems)}`);
}
