import type { InputProblem } from "../errors";
import type { FileKind, FileTexts, Rendered } from "../airflow/file";

/** Who a target belongs to; written beside the content so that nobody else's is ever overwritten. */
export interface TargetMarks {
  workspace: string;
  /** Random id of the Workspace document: two Workspaces of one name in different stores differ. */
  workspaceUid: string;
  deployment: string;
  /** Pulumi owner of the Deployment, `organization/project/stack::name`. */
  owner: string;
}

/** What a target holds now. */
export interface TargetState {
  /** Changes with every write by anyone. */
  version: string;
  /** What Airflow would see there, file by file; empty when the object exists without such content. */
  files: FileTexts;
  /** Files under our names that somebody else put into a place of ours; not in `files`, and never overwritten. */
  foreign?: FileKind[];
  /** Undefined when the object is not managed by us. */
  marks: TargetMarks | undefined;
  /**
   * True when what carries the marks is gone, so that they are only guessed from the rest. Only the Deployment's own
   * stack may put it back.
   */
  unanchored?: true;
  /**
   * Equal for readings of the same object only. Tells that two targets lead to one place although nothing else shows it:
   * two names of one API server. Whoever moves a target must not remove the old place when it is the new one.
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
  /** For people only: printable and without credentials, for example `kubernetes:prod-eks/airflow/connections`. */
  readonly address: string;
  /** Equal for targets in one cluster or on one disk, whatever they are called; opaque. */
  readonly group: string;
  /** Largest content, all files together, in UTF-8 bytes; Infinity when there is no such limit. */
  readonly maxBytes: number;

  /** What the place is, apart from how it was named: server, namespace and name, or file system and path. */
  identity(): Promise<readonly string[]>;

  read(): Promise<TargetState | undefined>;

  /**
   * Writes the files and the marks as one compare-and-set. A write always changes the version, even with equal content:
   * that is how a writer tells concurrent ones that it has been here.
   *
   * @param expected - what was read, or undefined if there was nothing. A place without marks is taken over.
   * @returns the new state.
   * @throws StaleVersionError if the target changed since; nothing (or, for targets of several objects, only part of
   *   what `rendered` says) was written: read again and start over.
   * @throws ConflictError if it would overwrite a file of somebody else's in a place of ours.
   */
  write(rendered: Rendered, marks: TargetMarks, expected: TargetState | undefined): Promise<TargetState>;

  /**
   * Removes what we wrote; removing the absent succeeds.
   *
   * @throws StaleVersionError if the target changed since `expected` was read.
   */
  remove(expected: TargetState): Promise<void>;
}

/** Whether two targets are one place, as far as their names tell. `TargetState.objectId` knows better where both exist. */
export async function sameTarget(a: Target, b: Target): Promise<boolean> {
  if (a === b) return true;
  const [one, other] = await Promise.all([a.identity(), b.identity()]);
  return one.length === other.length && one.every((part, index) => part === other[index]);
}

/** What is true of every target of one kind: known without network or credentials, so before anything is stored. */
export interface TargetLimits {
  /** As `Target.maxBytes`. */
  readonly maxBytes: number;
  /** Airflow reads everything from one file at each look-up, so that what one entry costs, every look-up costs. */
  readonly oneFile: boolean;
  /** Provider package without which Airflow cannot read it. */
  readonly requiredPackage?: string;
  /** The place as an allow-list names it, `kubernetes:CONTEXT/NAMESPACE` or `directory:FOLDER`; without it none allows it. */
  readonly placeOf?: (options: Record<string, unknown>) => string;
  /** Options that are paths: relative ones start at the folder of the program that declares the Deployment. */
  readonly paths: readonly string[];

  /**
   * What the kind cannot hold of one entry although the file could.
   *
   * @param entry - its JSON text, ASCII.
   * @returns problems with rule and remedy, never a value; equal texts for equal problems.
   */
  problemsOf(file: FileKind, id: string, entry: string): InputProblem[];
}

/** A target's state, or why it could not be read. */
export type TargetReading = { state: TargetState | undefined } | { error: Error };

/** Whose word a spec is. */
export interface SpecTrust {
  /**
   * False for the document of another stack, whose writer may not decide which login files this process reads or which
   * programs it starts: contexts are then looked up in this process's own kubeconfig.
   */
  trusted: boolean;
  /** Context of our own kubeconfig by context in the documents of others, where names differ. */
  contexts?: Readonly<Record<string, string>>;
}

/** How a target kind plugs in. `spec` has been validated by the kind's own schema in options.ts. */
export interface TargetDriver<Spec = unknown> {
  kind: string;
  /** Does not touch the network, and does not throw: what is wrong with the access is for the first call to say. */
  open(spec: Spec): Target | Promise<Target>;
  /** Reads many targets of this kind in few calls: one list per cluster. */
  readMany(targets: Target[]): Promise<Map<Target, TargetReading>>;
}
