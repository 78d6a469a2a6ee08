import { pathText, type Path } from "./path";
import { printableLines } from "./printable";

/** Why a store or a target did not serve us; never used for absence. */
export type UnavailableReason =
  | "unreachable"
  | "timeout"
  | "denied"
  | "expired"
  | "throttled"
  | "sealed"
  | "wrong-key"
  | "corrupt"
  | "missing"
  | "failed";

/**
 * Base of every error we throw on purpose. Across the serialised boundary test `code`, not the class.
 * Messages name the object, what failed and the remedy, and never hold a value.
 */
export class ProviderError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(printableLines(message), options);
    this.name = new.target.name;
  }
}

/** The code that Node and most clients give their errors, such as `ENOENT`; undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** One thing wrong with the declared inputs. Never holds a value. */
export interface InputProblem {
  /** The input, for example `["overrides", "port"]`; empty when it is about the resource as a whole. */
  path: Path;
  /** The rule and the remedy, to be read after the input's name. */
  reason: string;
  /** Tells kinds of problems apart, where somebody acts differently. */
  code?: "not-a-field";
  /** Of what is not a field: the name of the one beside it that was meant. */
  meant?: string;
}

/** One line for people. */
export function problemText({ path, reason }: InputProblem): string {
  return path.length === 0 ? reason : `${pathText(path)}: ${reason}`;
}

/** The declaration is wrong; changing the program is the remedy. */
export class InputError extends ProviderError {
  constructor(
    message: string,
    readonly problems: InputProblem[] = [],
  ) {
    super("input", message);
  }
}

/** The backend itself said that nothing is stored there. */
export class SecretNotFoundError extends ProviderError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("not-found", message, options);
  }
}

/** The store refused us or could not be reached; says nothing about what is stored. */
export class StoreUnavailableError extends ProviderError {
  constructor(
    readonly reason: UnavailableReason,
    message: string,
    options?: { cause?: unknown },
  ) {
    super("store-unavailable", message, options);
  }
}

/** A Deployment's target refused us or could not be reached. */
export class TargetUnavailableError extends ProviderError {
  constructor(
    readonly reason: UnavailableReason,
    message: string,
    options?: { cause?: unknown },
  ) {
    super("target-unavailable", message, options);
  }
}

/**
 * A Deployment's target is not there, or not marked as the Deployment's, and the running program may not create it: the
 * Deployment's own stack must. Nothing else is wrong; what is stored reaches the target then.
 */
export class TargetMissingError extends ProviderError {
  /** @param isEmpty - nothing is there at all. */
  constructor(
    message: string,
    readonly isEmpty = true,
  ) {
    super("target-missing", message);
  }
}

/** Somebody else owns the object, or the change would break another declaration; a person must decide. */
export class ConflictError extends ProviderError {
  constructor(message: string, options?: { cause?: unknown; code?: string }) {
    super(options?.code ?? "conflict", message, options);
  }
}

/** A compare-and-set lost: the object changed since it was read. Read again and retry. */
export class StaleVersionError extends ConflictError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, { ...options, code: "stale-version" });
  }
}

/** The backend cannot do this at all (size, schema version, missing capability). */
export class UnsupportedError extends ProviderError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("unsupported", message, options);
  }
}

/**
 * The object exists but is not ready. The only error with an `id`: Pulumi then records the resource
 * and calls update at the next `up`.
 */
export class PartialCreateError extends ProviderError {
  constructor(
    readonly id: string,
    readonly properties: Record<string, unknown>,
    readonly reasons: string[],
  ) {
    super("partial", reasons.join("\n"));
  }
}
