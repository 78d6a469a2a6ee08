import type { ConnectionFields } from "../provider/airflow/connection";
import { renderFile, type RenderedFile } from "../provider/airflow/file";
import { decodeFound } from "../provider/environment/codec";
import { isShared, type SharedDocument } from "../provider/environment/documents";
import { documentKeys } from "../provider/environment/keys";
import { ProviderError, SecretNotFoundError } from "../provider/errors";
import { EffectiveObject } from "../provider/objects/effective";
import type { ObjectKind } from "../provider/objects/kind";
import { connectionKind } from "../provider/objects/connection/kind";
import { variableKind, type VariableFields } from "../provider/objects/variable/kind";
import { objectKinds } from "../provider/objects/registry";
import { planDeployment, planProblemText } from "../provider/projection/plan";
import type { SecretsStore } from "../provider/stores/store";
import { limitsOf } from "../provider/targets/limits";
import { WorkspaceStore } from "../provider/workspace/workspace-store";
import { RefusedError, shortList } from "./failure";
import { describeAbsence, requireDeployment } from "./whereabouts";

/** A connection with its id. */
export interface EffectiveConnection extends ConnectionFields {
  connId: string;
}

/** What one Deployment gets, or what a Workspace shares, with secrets. */
export interface Effective {
  connections: EffectiveConnection[];
  rendered: RenderedFile;
  /** Values by key. */
  variables: Record<string, string>;
}

/**
 * Reads everything that one Deployment gets.
 *
 * @param deployment - undefined for the Workspace-level objects with their own values, of no Deployment.
 * @throws RefusedError while fetching is off; no connection has been read then.
 * @throws SecretNotFoundError when the Workspace or the Deployment is not there.
 */
export async function fetchEffective(
  store: SecretsStore,
  workspace: string,
  deployment: string | undefined,
): Promise<Effective> {
  await requireFetching(store, workspace, deployment);
  const { objects } = await new WorkspaceStore(workspace, store).snapshot();
  return effectiveOf(objects, deployment);
}

/**
 * What the documents of a Workspace come to for one Deployment. Pure.
 *
 * @throws ConflictError for two objects of one id, ProviderError for what Airflow could not read.
 */
export function effectiveOf(documents: readonly SharedDocument[], deployment: string | undefined): Effective {
  const objects = deployment === undefined ? shared(documents) : planned(documents, deployment);
  const ofKind = <Base extends object>(kind: ObjectKind<Base>) =>
    objects.filter((object): object is EffectiveObject<Base> => object.kind.name === kind.name);
  const connections = ofKind(connectionKind);
  const variables = ofKind<VariableFields>(variableKind);
  return {
    connections: connections.map(({ id, value }) => ({ connId: id, ...value })),
    rendered: renderFile(Object.fromEntries(connections.map(({ id, entry }) => [id, entry]))),
    variables: Object.fromEntries(variables.map(({ id, value }) => [id, value.value])),
  };
}

function planned(documents: readonly SharedDocument[], deployment: string): EffectiveObject[] {
  const { objects, problems } = planDeployment(objectKinds, deployment, documents, limitsOf({}));
  if (problems.length === 0) return objects;
  throw new ProviderError("invalid", `Airflow could not read the file: ${shortList(problems.map(planProblemText))}`);
}

function shared(documents: readonly SharedDocument[]): EffectiveObject[] {
  return documents
    .filter((document) => document.deployment === undefined)
    .flatMap(({ kind, id, base }) => {
      const known = objectKinds.get(kind);
      return known ? [new EffectiveObject(known, id, base)] : [];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function requireFetching(store: SecretsStore, workspace: string, deployment: string | undefined): Promise<void> {
  const key = documentKeys.workspace(workspace);
  const stored = await store.find(key);
  if (!stored) throw new SecretNotFoundError(await describeAbsence(store, workspace));
  const document = decodeFound(key, stored.text);
  const byDefault = !isShared(document) && document.kind === "workspace" && document.secretsFetching;
  const own =
    deployment === undefined ? undefined : (await requireDeployment(store, workspace, deployment)).secretsFetching;
  const isOwnChoice = own !== undefined;
  if (own ?? byDefault) return;
  const whose = isOwnChoice ? `Deployment "${deployment}"` : `Workspace "${workspace}"`;
  const scope = deployment === undefined || isOwnChoice ? "" : ", for this Deployment alone or for the Workspace,";
  throw new RefusedError(
    `${whose} does not allow fetching secrets; its owner can declare it with secretsFetching: true${scope} and run pulumi up`,
  );
}
