import { spawn } from "node:child_process";
import { constants } from "node:os";
import { EXIT } from "../exit-codes";
import { CannotStartError } from "../failure";

/** Signals that are meant for the command. */
const PASSED_ON = ["SIGTERM", "SIGHUP", "SIGUSR2"] as const;
/** A terminal sends these to the command itself; it must not get them twice. */
const FROM_TERMINAL = ["SIGINT", "SIGQUIT"] as const;

/**
 * Runs a command with this process's own streams until it ends. Signals go to it; this process waits for its end.
 *
 * @returns its exit code, or 128 + the number of the signal that ended it.
 * @throws CannotStartError when it cannot be started.
 */
export async function runChild(command: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { stdio: "inherit", env: environment });
  const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
  const ignore = () => undefined;
  for (const signal of PASSED_ON) process.on(signal, passOn);
  for (const signal of FROM_TERMINAL) process.on(signal, process.stdin.isTTY ? ignore : passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", (error: NodeJS.ErrnoException) => reject(cannotStart(file, error)));
      child.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    for (const signal of [...PASSED_ON, ...FROM_TERMINAL]) {
      process.off(signal, passOn);
      process.off(signal, ignore);
    }
  }
}

function cannotStart(file: string, error: NodeJS.ErrnoException): Error {
  if (error.code === "ENOENT") return new CannotStartError(`${file}: command not found`, EXIT.notFound);
  if (error.code === "EACCES") return new CannotStartError(`${file}: permission denied`, EXIT.cannotStart);
  return error;
}
