import type { InputProblem } from "../errors";
import type { EffectiveConnection } from "../model/effective";

/** Who a target belongs to; written beside the content so that nobody else's is ever overwritten. */
export interface TargetMarks {
  workspace: string;
  /** Random id of the Workspace document: two Workspaces of one name in different stores differ. */
  workspaceUid: string;
  deployment: string;
  /** Pulumi owner of the Deployment, `organization/project/stack::name`. */
  owner: string;
}

/** Effective connections of one Deployment, ready for Airflow. */
export interface Rendered {
  /** The whole `connections.json`, deterministic. */
  text: string;
  /** The same, one JSON text per connection id, for targets that keep one object per connection. */
  entries: Record<string, string>;
}

/** What a target holds now. */
export interface TargetState {
  /** Changes with every write by anyone. */
  version: string;
  /** `connections.json` as Airflow would see it; undefined when the object exists without such content. */
  text: string | undefined;
  /** Undefined when the object is not managed by us. */
  marks: TargetMarks | undefined;
  /**
   * Equal for readings of the same object only. Tells that two addresses lead to one place: two contexts of one
   * cluster, a folder and a link to it. Whoever moves a target must not remove the old place when it is the new one.
   */
  objectId?: string;
}

/**
 * Where one Deployment's connections are projected.
 *
 * Reading and writing throw TargetUnavailableError for anything but absence; no error holds a value.
 */
export interface Target {
  readonly kind: string;
  /** Unique, printable and without credentials, for example `kubernetes:prod-eks/airflow/connections`. */
  readonly address: string;
  /** Largest `Rendered.text`, in UTF-8 bytes; Infinity when there is no such limit. */
  readonly maxBytes: number;

  read(): Promise<TargetState | undefined>;

  /**
   * Writes the content and the marks as a compare-and-set. A write always changes the version, even with equal
   * content: that is how a writer tells concurrent ones that it has been here.
   *
   * @param expected - what was read, or undefined if there was nothing.
   * @returns the new state.
   * @throws StaleVersionError if the target changed since; nothing (or, for targets of several objects, only part of
   *   what `rendered` says) was written: read again and start over.
   */
  write(rendered: Rendered, marks: TargetMarks, expected: TargetState | undefined): Promise<TargetState>;

  /**
   * Removes what we wrote; removing the absent succeeds.
   *
   * @throws StaleVersionError if the target changed since `expected` was read.
   */
  remove(expected: TargetState): Promise<void>;
}

/** What every target of one kind takes: known without network or credentials, so before anything is stored. */
export interface TargetLimits {
  /** As `Target.maxBytes`. */
  readonly maxBytes: number;

  /**
   * What the kind cannot hold although the file could.
   *
   * @param bytes - size of the connection's entry.
   * @returns problems with rule and remedy, never a value; equal texts for equal problems.
   */
  problemsOf(connection: Pick<EffectiveConnection, "connId" | "connType" | "port">, bytes: number): InputProblem[];
}

/** A target's state, or why it could not be read. */
export type TargetReading = { state: TargetState | undefined } | { error: Error };

/** How a target kind plugs in. `spec` has been validated by the kind's own schema in options.ts. */
export interface TargetDriver<Spec = unknown> {
  kind: string;
  /** Does not touch the network, and does not throw: what is wrong with the access is for the first call to say. */
  open(spec: Spec): Target | Promise<Target>;
  /** Reads many targets of this kind in few calls (one list per cluster), keyed by address. */
  readMany(targets: Target[]): Promise<Map<string, TargetReading>>;
}
