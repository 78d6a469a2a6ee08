import type { z } from "zod";
import type { InputProblem } from "../errors";
import type { ObjectKind } from "../objects/kind";
import type { Path } from "../path";
import type { CatalogFindings } from "./catalog-findings";
import type { Properties } from "./declaration/values";
import type { WarningCode } from "./warning-codes";

/** Something about a declaration that works, and probably is not meant. */
export interface Warning extends InputProblem {
  /** Names the kind of warning, so that one connection can be spared it. */
  topic: WarningCode;
}

/** What a kind's own rules say of declared fields. */
export interface Judgement {
  problems: InputProblem[];
  warnings: Warning[];
}

/** Inputs as the schemas want them. */
export interface Normalized extends Judgement {
  inputs: Properties;
  /** Where secrets are that came as part of another input: the engine does not know of them. */
  secrets?: Path[];
}

/**
 * How one kind of shared object is declared. `fields` are what a program says, references included; what is stored of
 * them is the object's `base`.
 */
export interface DeclaredKind<Base extends object = object> {
  readonly object: ObjectKind<Base>;
  /** Input that names the object, for example `connId`. */
  readonly idInput: string;
  /** Schemas of its own inputs. */
  readonly inputs: z.ZodRawShape;
  /** The inputs as the schemas want them: other ways to write the same are brought to one. */
  normalize?(inputs: Properties, catalog: CatalogFindings): Normalized;
  /** An input that says all fields at once, where it is given by reference: until that is followed none is known. */
  readonly wholeInput?: string;
  /** Rules for inputs that no schema of one of them tells. */
  problemsOfInputs?(inputs: Properties): InputProblem[];
  /** A better word about an input that there is not. */
  explain?(problem: InputProblem, inputs: Properties): InputProblem;
  /** The declared fields among the inputs; those that are not set are left out. */
  fieldsOf(inputs: Properties): object;
  /** The inputs that declare fields: the inverse of `fieldsOf`. */
  inputsOf(fields: object, recorded: Properties): Properties;
  /** What is stored of fields whose references have been resolved. */
  baseOf(fields: object): Base;
  /** Airflow's and the catalog's rules for fields; what is a reference or unknown is not judged. */
  judge(fields: object, inputs: Properties, catalog: CatalogFindings): Judgement;
  /** Where the secrets are. */
  secretsOf(fields: object, inputs: Properties, catalog: CatalogFindings): Path[];
  /** Where the secrets of values are that one Deployment gets instead; `base` is undefined when it is not known. */
  secretsOfPatch(base: Base | undefined, values: object, inputs: Properties, catalog: CatalogFindings): Path[];
  /** The connection type whose provider package Airflow needs for it; undefined for none. */
  packageFor(base: Base): string | undefined;
}

/** A resource that gives one Deployment an object, or other values of it. */
export interface AttachmentKind {
  readonly of: DeclaredKind;
  /** Where it is kept in the object's document. */
  readonly slot: "links" | "overrides";
  /** For messages and ids: `link`, `override`. */
  readonly noun: "link" | "override";
  /** Input that holds the values, or undefined when each value is an input of its own. */
  readonly valuesInput: string | undefined;
  /** Schemas of the inputs that hold values. */
  readonly inputs: z.ZodRawShape;
  /** The inputs as the schemas want them: other ways to write the same are brought to one. */
  normalize?(inputs: Properties): Properties;
  /** The values among the inputs. */
  valuesOf(inputs: Properties): object;
  /** What is stored of values whose references have been resolved. */
  patchOf(values: object): object;
  /** Airflow's rules for values; what is a reference, unknown or null is not judged. */
  problemsOf(values: object): InputProblem[];
  /** A better word about an input that there is not. */
  explain?(problem: InputProblem): InputProblem;
}
