import type { ConnectionFields, FieldOverrides } from "../airflow/connection";

/** Written into every document; raised when the meaning of stored fields changes. */
export const SCHEMA_VERSION = 2;

/** What every piece has that one resource keeps. */
export interface Owned {
  /** `organization/project/stack::resource`. */
  owner: string;
  /** Random, new with each create: tells a piece from the next one of the same owner. */
  instance?: string | undefined;
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
  copying?: boolean | undefined;
  /** Address of the store that the Workspace has moved to: what is here is old. For people; nothing follows it. */
  movedTo?: string | undefined;
}

/** Where a Deployment's connections go: exactly one key, the target kind, with that kind's options. */
export type TargetSpec = Record<string, Record<string, unknown>>;

/** One Airflow installation. */
export interface DeploymentDocument extends Owned {
  kind: "deployment";
  name: string;
  target: TargetSpec;
  /** Places that the Deployment has left and that may not be empty yet. */
  retired?: TargetSpec[] | undefined;
  airflowVersion?: string | undefined;
  runtimeVersion?: string | undefined;
  /** Installed provider packages, as requirement lines. */
  providers?: string[] | undefined;
  /** A missing provider package is an error, not a warning. */
  strict?: boolean | undefined;
  /** Whether this Deployment's secrets may be fetched for local development; the Workspace's choice by default. */
  secretsFetching?: boolean | undefined;
}

/** Who gets a Workspace-level object. */
export type Sharing = "Restricted" | "LinkedToAll";

/** A link: gives one Deployment the object, with other values if it has any. */
export type Link<Patch extends object = object> = Owned & { overrides: Patch };
/** An Override: values for one Deployment that gets the object. */
export type Override<Patch extends object = object> = Owned & { fields: Patch };

/** One shared object, a connection or a Variable, with everything that others attached to it, each piece with its own owner. */
export interface SharedDocument<Base extends object = object, Patch extends object = object> extends Owned {
  /** Name of its kind. */
  kind: string;
  id: string;
  /** Set for a Deployment-level object: the only Deployment that gets it. */
  deployment?: string | undefined;
  base: Base;
  sharing: Sharing;
  /** Deployments that do not get a LinkedToAll object, sorted. */
  exclude: string[];
  links: Record<string, Link<Patch>>;
  overrides: Record<string, Override<Patch>>;
}

/** A connection. */
export type ConnectionDocument = SharedDocument<ConnectionFields, FieldOverrides>;

/** One secret text that inputs refer to with `valueFrom: { store: name }`. */
export interface ValueDocument {
  kind: "value";
  name: string;
  owner: string;
  value: string;
}

/** Everything that a store holds of a Workspace. */
export type Document = ValueDocument | WorkspaceDocument | DeploymentDocument | SharedDocument;

/** Whether a document is of one of the kinds that are not shared objects. */
export function isShared(document: Document): document is SharedDocument {
  return "links" in document;
}

/** Whether a document is of a kind that is no shared object. */
export function isOfKind<Kind extends "workspace" | "deployment" | "value">(
  document: Document,
  kind: Kind,
): document is Extract<Document, { kind: Kind }> {
  return !isShared(document) && document.kind === kind;
}

/** The own entry of a record, whatever its key is called. */
export function entryOf<T>(entries: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined;
}

/** A copy of a record with one entry set, or removed when the value is undefined; keys stay sorted. */
export function withEntry<T>(entries: Record<string, T>, key: string, value: T | undefined): Record<string, T> {
  const copy = new Map(Object.entries(entries));
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return Object.fromEntries([...copy].sort(([a], [b]) => (a < b ? -1 : 1)));
}
