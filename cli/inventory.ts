import { deploymentOfKey } from "../provider/model/documents";
import type { StoredMetadata } from "../provider/stores/store";

/** One connection, without values. `deployment` is set for a Deployment-level one. */
export interface ListedConnection {
  connId: string;
  deployment?: string;
  connType?: string;
  sharing?: string;
  exclude: string[];
  /** Names of the fields that are set. */
  fields: string[];
  /** Deployments with a link. */
  links: string[];
  /** Deployments with an Override. */
  overrides: string[];
  owner?: string;
}

/** What one Workspace holds, without values. */
export interface ListedWorkspace {
  name: string;
  /** Unset when the store holds no document of the Workspace itself: not created yet, or an unfinished copy. */
  owner?: string;
  secretsFetching?: boolean;
  deployments: { name: string; target?: string; airflowVersion?: string; owner?: string }[];
  connections: ListedConnection[];
  values: { name: string; owner?: string }[];
}

/** Sorts metadata by Workspace and kind. Pure; metadata of a kind or shape that is not known is left out. */
export function inventory(listed: StoredMetadata[]): ListedWorkspace[] {
  const workspaces = new Map<string, ListedWorkspace>();
  for (const { key, metadata } of listed) {
    const [name = "", rest] = splitOnce(key);
    if (rest === undefined) continue;
    const workspace = workspaces.get(name) ?? { name, deployments: [], connections: [], values: [] };
    workspaces.set(name, workspace);
    add(workspace, key, parse(metadata));
  }
  return [...workspaces.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Metadata = Record<string, unknown>;

function add(workspace: ListedWorkspace, key: string, metadata: Metadata): void {
  const owner = text(metadata["owner"]);
  const name = key.slice(key.lastIndexOf("/") + 1);
  if (metadata["kind"] === "workspace") {
    workspace.owner = owner;
    workspace.secretsFetching = metadata["secretsFetching"] === true;
  } else if (metadata["kind"] === "deployment") {
    const { target, airflowVersion } = metadata;
    workspace.deployments.push({ name, target: text(target), airflowVersion: text(airflowVersion), owner });
  } else if (metadata["kind"] === "connection") {
    workspace.connections.push({
      connId: name,
      deployment: text(metadata["deployment"]) ?? deploymentOf(workspace.name, key),
      connType: text(metadata["connType"]),
      sharing: text(metadata["sharing"]),
      exclude: texts(metadata["exclude"]),
      fields: texts(metadata["fields"]),
      links: texts(metadata["links"]),
      overrides: texts(metadata["overrides"]),
      owner,
    });
  } else if (metadata["kind"] === "value") workspace.values.push({ name, owner });
}

/** `<workspace>/deployments/<deployment>/connections/<connId>`. */
function deploymentOf(workspace: string, key: string): string | undefined {
  if (!key.startsWith(`${workspace}/deployments/`) || deploymentOfKey(workspace, key) !== undefined) return undefined;
  return key.split("/")[2];
}

function splitOnce(key: string): [string, string | undefined] {
  const end = key.indexOf("/");
  return end < 0 ? [key, undefined] : [key.slice(0, end), key.slice(end + 1)];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function parse(metadata: string): Metadata {
  try {
    const parsed: unknown = JSON.parse(metadata);
    return typeof parsed === "object" && parsed !== null ? (parsed as Metadata) : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}
