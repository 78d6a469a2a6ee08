import type { CatalogFindings } from "./catalog-findings";
import type { Clock } from "../clock";
import type { InputProblem } from "../errors";
import type { Projector } from "../projection/projector";
import type { WorkspaceStore } from "../workspace/workspace-store";
import type { Path } from "../path";
import type { Properties } from "./declaration/values";
import type { Outlook } from "./outlook";

/** Kinds of resources, as the serialised shell names them; stored in state, never renamed. */
export type Kind =
  "workspace" | "deployment" | "connection" | "connection-link" | "override" | "variable" | "variable-link";

/** Answer of `check`. */
export interface Checked {
  /** Normalised, with what the preview shows besides: `appliesTo`, `fingerprints`, `drift`. */
  inputs: Properties;
  problems: InputProblem[];
  /** Names the resource in front of a problem, for example `connection "warehouse"`. */
  subject: string;
}

/** Answer of `diff`. */
export interface Difference {
  changes: boolean;
  /** Inputs that cannot be changed in place. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** What a create or an update has stored. */
export interface Stored {
  id: string;
  outputs: Properties;
  /** Why the resource is not ready though it is stored, one text per Deployment that is not up to date. */
  notReady: string[];
}

/** What a refresh has found. */
export interface Found {
  inputs: Properties;
  outputs: Properties;
}

/**
 * Life cycle of one kind of resource. Knows no wire: takes values as `declaration/values` defines them, secrets in plain
 * text, and returns results that each wire puts into its own words.
 *
 * `olds` and `props` are what is recorded: of `check` the earlier inputs, of all else the earlier outputs, those of
 * earlier releases included.
 */
export interface Handler {
  check(olds: Properties, news: Properties): Promise<Checked>;
  diff(id: string, olds: Properties, news: Properties): Promise<Difference>;
  create(inputs: Properties): Promise<Stored>;
  /** @returns undefined when it is gone. */
  read(id: string, props: Properties): Promise<Found | undefined>;
  update(id: string, olds: Properties, news: Properties): Promise<Stored>;
  delete(id: string, props: Properties): Promise<void>;
  /** Where the secrets of inputs or outputs are, for a wire whose programs do not mark them. */
  secretsIn(properties: Properties): Path[];
}

/** Which Workspace, in which store. */
export interface WorkspaceRef {
  name: string;
  /** Store address, for example `local:.airflow-env`. */
  store: string;
}

/** A Workspace as one process sees it: its documents, the projections of its Deployments, and what this run declares. */
export interface OpenWorkspace {
  documents: WorkspaceStore;
  projector: Projector;
  outlook: Outlook;
}

/** Everything that handlers reach outside themselves. */
export interface HandlerContext {
  open(workspace: WorkspaceRef): Promise<OpenWorkspace>;
  /** Records that the program names a Workspace in a store. */
  name(workspace: WorkspaceRef): void;
  /** Whether the program, its configuration or the environment names a Workspace's store. */
  isNamed(workspace: WorkspaceRef): boolean;
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
