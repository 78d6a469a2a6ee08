import { ProviderError, TargetUnavailableError, type UnavailableReason } from "../../errors";
import { redactedCause } from "../../redact";

/** True for an error of node:fs with one of the codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? "");
}

/** Something that can be opened but is no file. */
export class NotAFileError extends Error {
  readonly code = "NOT_A_FILE";

  constructor(readonly file: string) {
    super("not a file");
  }
}

/** What a failed file operation means, with the remedy; never the file's content. */
export function fileError(file: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof ProviderError) return error;
  const [reason, text] = EXPLANATIONS[code ?? ""] ?? (["failed", `${code ?? "failed"}; see the cause`] as const);
  return new TargetUnavailableError(reason, `directory target ${file}: ${text}`, { cause: redactedCause(error) });
}

const NO_FILE = "a named pipe, device or socket is in the way; remove it or choose another fileName";

const EXPLANATIONS: Record<string, readonly [UnavailableReason, string]> = {
  EACCES: ["denied", "permission denied; run as a user who may read and write the folder"],
  EPERM: ["denied", "permission denied; run as a user who may read and write the folder"],
  EROFS: ["denied", "the file system is read-only; choose another folder"],
  NOT_A_FILE: ["failed", NO_FILE],
  ENXIO: ["failed", NO_FILE],
  EISDIR: ["failed", "a folder is in the way; remove it or choose another fileName"],
  ENOTDIR: ["failed", "a part of the path is a file, not a folder; choose another path"],
  EEXIST: ["failed", "a file is in the way of the folder; remove it or choose another path"],
  ELOOP: ["failed", "the path runs in a circle of symbolic links; choose another path"],
  ENAMETOOLONG: ["failed", "the path is too long; choose a shorter one"],
  ENOSPC: ["failed", "no space left on the disk"],
  EDQUOT: ["failed", "the disk quota is used up"],
};
