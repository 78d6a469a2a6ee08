import type { Clock } from "../clock";
import type { CatalogFindings } from "./catalog";
import type { Projector } from "../projection/projector";
import type { WorkspaceStore } from "../stores/workspace-store";

/** Kinds of resources, as the serialised shell names them; stored in state, never renamed. */
export type Kind = "workspace" | "deployment" | "connection" | "connection-link" | "override";

/** Property bag as Pulumi passes it: JSON values, secrets in plain text, unknown values as a sentinel. */
export type Properties = Record<string, unknown>;

/** Answer of `check`. `property` stays empty: with a property Pulumi would print its value. */
export interface CheckResult {
  inputs: Properties;
  failures: { property: string; reason: string }[];
}

/** Answer of `diff`. */
export interface DiffResult {
  changes: boolean;
  replaces?: string[];
  deleteBeforeReplace?: boolean;
}

/** Life cycle of one kind of resource, as `pulumi.dynamic.ResourceProvider` wants it. */
export interface Handler {
  check(olds: Properties, news: Properties): Promise<CheckResult>;
  diff(id: string, olds: Properties, news: Properties): Promise<DiffResult>;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  read(id: string, props: Properties): Promise<{ id: string; props?: Properties; inputs?: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, props: Properties): Promise<void>;
}

/** Which Workspace, in which store. */
export interface WorkspaceRef {
  name: string;
  /** Store address, for example `local:.airflow-env`. */
  store: string;
}

/** A Workspace as one process sees it: its documents and the projections of its Deployments. */
export interface OpenWorkspace {
  documents: WorkspaceStore;
  projector: Projector;
  /** Names of the Deployments that this run declares, as far as they have been checked. */
  checkedDeployments: Set<string>;
}

/** Everything that handlers reach outside themselves. */
export interface HandlerContext {
  open(workspace: WorkspaceRef): Promise<OpenWorkspace>;
  catalog: CatalogFindings;
  clock: Clock;
  /**
   * Shows a warning to the user of Pulumi.
   *
   * @param topic - what many resources may be warned of alike; only the first few are then shown.
   */
  warn(message: string, topic?: string): void;
  /** A random id or key, base64url of so many bytes. */
  random(bytes: number): string;
  /** Absolute path that relative ones in declarations start from: the program's folder. */
  workingFolder: string;
  readEnvironment(name: string): string | undefined;
  readFile(path: string): Promise<string>;
}

/** Inputs that every resource below a Workspace has. */
export interface CommonInputs {
  workspace: WorkspaceRef;
  /** `organization/project/stack::resource`; the SDK passes it, because handlers do not see the URN. */
  owner: string;
  adopt?: boolean;
  /** False: compare with recorded state only, for previews without access to the store. */
  liveDiff?: boolean;
}
