import type { z } from "zod";
import type { FileKind } from "../airflow/file";
import type { InputProblem } from "../errors";

/**
 * What one kind of shared object brings. Scope, owner, sharing, exclusion, links, overrides, reach, collision, guards,
 * admission and drift are the same for all and know nothing of it.
 *
 * @typeParam Base - its stored fields.
 * @typeParam Patch - field values for one Deployment: absent inherits, a value replaces, null clears.
 */
export interface ObjectKind<Base extends object = object, Patch extends object = object> {
  /** Kind of its documents, and its noun in messages, for example `connection`. */
  readonly name: string;
  /** Part of its documents' keys, for example `connections`. */
  readonly collection: string;
  /** Where Airflow reads it; one kind for each file, since ids are compared within a kind. */
  readonly file: FileKind;
  /** Shape of the stored fields. */
  readonly baseSchema: z.ZodType<Base>;
  /** Shape of a stored link's or Override's values. */
  readonly patchSchema: z.ZodType<Patch>;

  /**
   * Applies one layer of values.
   *
   * @returns `base` itself when the patch sets nothing, so that what is derived from it is derived once.
   */
  merge(base: Base, patch: Patch): Base;

  /** What Airflow would refuse, change or lose of it, with rule and remedy, never a value; empty when all is well. */
  problemsOf(id: string, value: Base): InputProblem[];

  /** Its entry in the file, deterministic JSON text. Called for what has no problems. */
  render(value: Base): string;

  /** What may be shown of it to someone who may not read secrets, besides the names of the fields that are set. */
  publicFieldsOf(base: Base): Record<string, unknown>;
}

/** The kinds that a process knows, by name. */
export type ObjectKinds = ReadonlyMap<string, ObjectKind>;
