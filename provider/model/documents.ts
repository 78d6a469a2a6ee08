import { UnsupportedError } from "../errors";
import type { ConnectionFields, FieldOverrides } from "./effective";

/** Written into every document; raised when the meaning of stored fields changes. */
export const SCHEMA_VERSION = 1;

/** What every piece has that one resource keeps. */
export interface Owned {
  /** `organization/project/stack::resource`. */
  owner: string;
  /** Random, new with each create: tells a piece from the next one of the same owner. */
  instance?: string;
}

/** The Workspace itself. */
export interface WorkspaceDocument extends Owned {
  kind: "workspace";
  name: string;
  /** Random; tells two Workspaces of one name in different stores apart. */
  uid: string;
  /** Key of the HMAC fingerprints shown in previews, base64 of 32 random bytes. */
  fingerprintKey: string;
  /** Whether Members may fetch secrets for local development. */
  secretsFetching: boolean;
  /** A copy into this Workspace was begun and has not ended. */
  copying?: boolean;
  /** Address of the store that the Workspace has moved to: what is here is old. */
  movedTo?: string;
}

/** Where a Deployment's connections go: exactly one key, the target kind, with that kind's options. */
export type TargetSpec = Record<string, Record<string, unknown>>;

/** One Airflow installation. */
export interface DeploymentDocument extends Owned {
  kind: "deployment";
  name: string;
  target: TargetSpec;
  /** Places that the Deployment has left and that may not be empty yet. */
  retired?: TargetSpec[];
  airflowVersion?: string;
  runtimeVersion?: string;
  /** Installed provider packages, as requirement lines. */
  providers?: string[];
  /** A missing provider package is an error, not a warning. */
  strict?: boolean;
}

/** Who gets a Workspace-level connection. */
export type Sharing = "Restricted" | "LinkedToAll";

/** One connection with everything that others attached to it, each piece with its own owner. */
export interface ConnectionDocument extends Owned {
  kind: "connection";
  connId: string;
  /** Set for a Deployment-level connection: the only Deployment that gets it. */
  deployment?: string;
  base: ConnectionFields;
  sharing: Sharing;
  /** Deployments that do not get a LinkedToAll connection, sorted. */
  exclude: string[];
  links: Record<string, Owned & { overrides: FieldOverrides }>;
  overrides: Record<string, Owned & { fields: FieldOverrides }>;
}

/** One secret text that inputs refer to with `valueFrom: { store: name }`. */
export interface ValueDocument {
  kind: "value";
  name: string;
  owner: string;
  value: string;
}

export type Document = ValueDocument | WorkspaceDocument | DeploymentDocument | ConnectionDocument;

/** Keys of the documents of one Workspace. */
export const documentKeys = {
  all: (workspace: string) => `${workspace}/`,
  workspace: (workspace: string) => `${workspace}/workspace`,
  deployments: (workspace: string) => `${workspace}/deployments/`,
  value: (workspace: string, name: string) => `${workspace}/values/${name}`,
  deployment: (workspace: string, deployment: string) => `${workspace}/deployments/${deployment}`,
  connection: (workspace: string, connId: string, deployment?: string) =>
    deployment === undefined
      ? `${workspace}/connections/${connId}`
      : `${workspace}/deployments/${deployment}/connections/${connId}`,
};

/** @returns the Deployment's name if the key is that of a Deployment document. */
export function deploymentOfKey(workspace: string, key: string): string | undefined {
  const rest = key.slice(documentKeys.deployments(workspace).length);
  return rest.includes("/") ? undefined : rest;
}

/** Stored text of a document; equal documents give equal text. */
export function encodeDocument(document: Document): string {
  return JSON.stringify(sorted({ schemaVersion: SCHEMA_VERSION, ...document }));
}

/**
 * Reads stored text.
 *
 * @throws UnsupportedError for a document of a newer release or for text that is no document of ours.
 */
export function decodeDocument(key: string, text: string): Document {
  const parsed = parse(key, text);
  const version = parsed["schemaVersion"];
  if (typeof version !== "number" || typeof parsed["kind"] !== "string")
    throw new UnsupportedError(`document "${key}" was not written by airflow-env; move it out of the Workspace's path`);
  if (version > SCHEMA_VERSION)
    throw new UnsupportedError(
      `document "${key}" has schema version ${version}, this release reads up to ${SCHEMA_VERSION}; ` +
        `upgrade the npm package pulumi-airflow-env`,
    );
  const upgraded = version < SCHEMA_VERSION ? upgrade(parsed) : parsed;
  const { schemaVersion: _, ...document } = upgraded;
  return document as unknown as Document;
}

/** What may be shown of a document to someone who may not read secrets: names, types and which fields are set. */
export function metadataOf(document: Document): string {
  if (document.kind === "value") return JSON.stringify({ kind: document.kind, owner: document.owner });
  if (document.kind === "workspace")
    return JSON.stringify({ kind: document.kind, owner: document.owner, secretsFetching: document.secretsFetching });
  if (document.kind === "deployment")
    return JSON.stringify({
      kind: document.kind,
      owner: document.owner,
      target: Object.keys(document.target)[0],
      airflowVersion: document.airflowVersion,
    });
  return JSON.stringify({
    kind: document.kind,
    owner: document.owner,
    connType: document.base.connType,
    deployment: document.deployment,
    sharing: document.sharing,
    exclude: document.exclude.length > 0 ? document.exclude : undefined,
    fields: Object.keys(document.base)
      .filter((field) => field !== "connType")
      .sort(),
    links: Object.keys(document.links),
    overrides: Object.keys(document.overrides),
  });
}

/** Version 0 (pre-release) kept no `exclude`, `links` or `overrides` when they were empty. */
function upgrade(parsed: Record<string, unknown>): Record<string, unknown> {
  return parsed["kind"] === "connection"
    ? { sharing: "Restricted", exclude: [], links: {}, overrides: {}, ...parsed }
    : parsed;
}

function parse(key: string, text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // V8 quotes the text in its message, and the text holds secrets.
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnsupportedError(`document "${key}" is not JSON; it was not written by airflow-env`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new UnsupportedError(`document "${key}" is not a JSON object; it was not written by airflow-env`);
  return parsed as Record<string, unknown>;
}

/** Deep copy with sorted keys, so that equal documents are equal bytes whatever order they were built in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
