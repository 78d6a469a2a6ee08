import type { ObjectKind } from "../objects/kind";

/** The collection of a kind, for example `connections`. */
type Collection = Pick<ObjectKind, "collection">;

/**
 * Keys of the documents of one Workspace. Flat, so that listing Deployments lists nothing else:
 *
 * ```
 * <workspace>/workspace
 * <workspace>/deployments/<deployment>
 * <workspace>/<collection>/<id>
 * <workspace>/deployment-<collection>/<deployment>/<id>
 * <workspace>/values/<name>
 * ```
 */
export const documentKeys = {
  all: (workspace: string) => `${workspace}/`,
  workspace: (workspace: string) => `${workspace}/workspace`,
  deployments: (workspace: string) => `${workspace}/deployments/`,
  deployment: (workspace: string, deployment: string) => `${workspace}/deployments/${deployment}`,
  value: (workspace: string, name: string) => `${workspace}/values/${name}`,
  object: (workspace: string, { collection }: Collection, id: string, deployment?: string) =>
    deployment === undefined
      ? `${workspace}/${collection}/${id}`
      : `${workspace}/deployment-${collection}/${deployment}/${id}`,
  connection: (workspace: string, connId: string, deployment?: string) =>
    documentKeys.object(workspace, { collection: "connections" }, connId, deployment),
};

/** Release 0.1.0 kept Deployment-level connections below their Deployment. */
const LEGACY_KEY = /^([^/]+)\/deployments\/([^/]+)\/connections\/([^/]+)$/;

/** The key under which a document of release 0.1.0 lies now; undefined for one that is there already. */
export function upgradedKey(key: string): string | undefined {
  const [, workspace, deployment, connId] = LEGACY_KEY.exec(key) ?? [];
  if (workspace === undefined || deployment === undefined || connId === undefined) return undefined;
  return documentKeys.connection(workspace, connId, deployment);
}

/** Where release 0.1.0 kept what lies under a key now; undefined if it had no such documents. */
export function legacyKey(key: string): string | undefined {
  const [, workspace, deployment, connId] = /^([^/]+)\/deployment-connections\/([^/]+)\/([^/]+)$/.exec(key) ?? [];
  return workspace === undefined ? undefined : `${workspace}/deployments/${deployment}/connections/${connId}`;
}

/** The part of a key that names the Workspace. */
export function workspaceOfKey(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf("/")));
}

/** The last part of a key: a name or an id. */
export function nameOfKey(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
