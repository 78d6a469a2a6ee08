import { nameOfKey, workspaceOfKey } from "../provider/environment/keys";
import { isObjectMetadata, readMetadata, type Metadata, type ObjectMetadata } from "../provider/environment/metadata";
import type { StoredMetadata } from "../provider/stores/store";

/** A shared object, without values. `deployment` is set for a Deployment-level one. */
export interface ListedObject {
  deployment?: string;
  sharing?: string;
  exclude: string[];
  /** Names of the fields that are set. */
  fields: string[];
  /** By Deployment with a link, the fields that the link sets. */
  links: Record<string, string[]>;
  /** By Deployment with an Override, the fields that it sets. */
  overrides: Record<string, string[]>;
  owner?: string;
}

/** A connection. */
export interface ListedConnection extends ListedObject {
  connId: string;
  connType?: string;
}

/** A Variable. */
export interface ListedVariable extends ListedObject {
  key: string;
}

/** A Deployment. */
export interface ListedDeployment {
  name: string;
  /** Kind of its target. */
  target?: string;
  airflowVersion?: string;
  runtimeVersion?: string;
  /** Its own choice, where it has made one. */
  secretsFetching?: boolean;
  owner?: string;
}

/** What one Workspace holds, without values. */
export interface ListedWorkspace {
  name: string;
  /** Unset when the store holds no document of the Workspace itself: not created yet, or an unfinished copy. */
  owner?: string;
  secretsFetching?: boolean;
  deployments: ListedDeployment[];
  connections: ListedConnection[];
  variables: ListedVariable[];
  values: { name: string; owner?: string }[];
}

/** Sorts metadata by Workspace and kind. Pure; metadata of a kind or shape that is not known is left out. */
export function inventory(listed: StoredMetadata[]): ListedWorkspace[] {
  const workspaces = new Map<string, ListedWorkspace>();
  for (const { key, metadata } of listed) {
    const name = workspaceOfKey(key);
    if (name === "") continue;
    const workspace = workspaces.get(name) ?? { name, deployments: [], connections: [], variables: [], values: [] };
    workspaces.set(name, workspace);
    const read = readMetadata(metadata);
    if (read) add(workspace, nameOfKey(key), read);
  }
  return [...workspaces.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function add(workspace: ListedWorkspace, name: string, metadata: Metadata): void {
  const { owner } = metadata;
  if (isObjectMetadata(metadata)) {
    const { connType } = metadata;
    if (metadata.kind === "connection")
      workspace.connections.push({
        connId: name,
        ...(typeof connType === "string" && { connType }),
        ...objectOf(metadata),
      });
    if (metadata.kind === "variable") workspace.variables.push({ key: name, ...objectOf(metadata) });
  } else if (metadata.kind === "workspace") {
    workspace.owner = owner;
    workspace.secretsFetching = metadata.secretsFetching === true;
  } else if (metadata.kind === "deployment") {
    const { target, airflowVersion, runtimeVersion, secretsFetching } = metadata;
    workspace.deployments.push({ name, target, airflowVersion, runtimeVersion, secretsFetching, owner });
  } else workspace.values.push({ name, owner });
}

function objectOf({ owner, deployment, sharing, exclude, fields, links, overrides }: ObjectMetadata): ListedObject {
  return { deployment, sharing, exclude, fields, links, overrides, owner };
}
