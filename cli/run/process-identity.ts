import { readFile } from "node:fs/promises";

/** A process, told from a later one of the same id by when it started. */
export interface ProcessIdentity {
  pid: number;
  /** In ticks since the machine started, or `0` where the system does not tell. */
  startedAt: string;
}

/** This process, or another one. @returns undefined when there is none of that id. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!isAlive(pid)) return undefined;
  return { pid, startedAt: (await startTime(pid)) ?? "0" };
}

/** Whether the process is still the same one. */
export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  return (await identify(pid))?.startedAt === startedAt;
}

/** The 22nd field of Linux's /proc/PID/stat; the name before it, in parentheses, may hold anything. */
async function startTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return false;
    // Somebody else's.
    if (code === "EPERM") return true;
    throw error;
  }
}
