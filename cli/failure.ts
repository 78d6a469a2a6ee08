import { ProviderError } from "../provider/errors";
import { redact } from "../provider/redact";
import { EXIT } from "./exit-codes";

/** The command line or the settings lack something, or name something that is not there to be named. */
export class UsageError extends ProviderError {
  constructor(message: string) {
    super("usage", message);
  }
}

/** The command would do something that a person must decide; nothing, or nothing more, was written. */
export class RefusedError extends ProviderError {
  /** @param details - for `--json`: names only, never values. */
  constructor(
    message: string,
    readonly details?: object,
  ) {
    super("refused", message);
  }
}

/** A command that was to be run cannot be started. */
export class CannotStartError extends ProviderError {
  /** @param exitCode - as a shell's. */
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super("cannot-start", message);
  }
}

/** Ctrl-C at a prompt. */
export class InterruptedError extends ProviderError {
  constructor() {
    super("interrupted", "interrupted");
  }
}

const CODES = new Map<string, number>([
  ["input", EXIT.usage],
  ["usage", EXIT.usage],
  ["conflict", EXIT.refused],
  ["stale-version", EXIT.refused],
  ["refused", EXIT.refused],
  ["interrupted", EXIT.interrupted],
]);

/** What a failed command exits with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CannotStartError) return error.exitCode;
  return (error instanceof ProviderError ? CODES.get(error.code) : undefined) ?? EXIT.failure;
}

/** One line: our own messages hold no values, anything else goes through the redactor. */
export function describeFailure(error: unknown): { code: string; message: string; details?: object } {
  if (!(error instanceof ProviderError)) return { code: "failed", message: redact(error) };
  const details = error instanceof RefusedError ? error.details : undefined;
  return { code: error.code, message: oneLine(error.message), ...(details && { details }) };
}

/** A message on one line, for logs and JSON. */
export function oneLine(message: string): string {
  return message.trim().replace(/([.,:;])?\s*\n\s*/g, (_, end: string | undefined) => `${end ?? ";"} `);
}

/** Names for a message: at most ten, then how many more. */
export function shortList(names: string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
