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
    super(message, options);
    this.name = new.target.name;
  }
}

/** One thing wrong with the declared inputs; `field` is a path such as `overrides.port`. */
export interface InputProblem {
  field: string;
  reason: string;
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
