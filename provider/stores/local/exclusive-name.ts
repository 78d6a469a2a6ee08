import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { StoreUnavailableError } from "../../errors";

/** Codes by which file systems say that they have no hard links, exFAT for example. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);
/** Between two looks at another process that is at it; it needs microseconds. */
const POLL_MS = 50;
const POLLS = 40;

/**
 * Gives a finished file its name, unless there is one of that name: of several processes one succeeds.
 *
 * @param link - the file system's hard link.
 * @returns false when the name is taken; `from` is still there then, and may be otherwise.
 * @throws StoreUnavailableError `timeout` if a process died in between on a file system without hard links.
 */
export async function takeName(store: string, from: string, to: string, link = fs.linkSync): Promise<boolean> {
  try {
    link(from, to);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EEXIST") return false;
    if (!NO_LINKS.has(code)) throw error;
  }
  return renameInTurn(store, from, to);
}

/** Renaming would replace a file that somebody else has just made; making a folder never does, on any file system. */
async function renameInTurn(store: string, from: string, to: string): Promise<boolean> {
  const turn = `${to}.turn`;
  for (let poll = 0; poll < POLLS; poll++) {
    if (fs.existsSync(to)) return false;
    if (!makeFolder(turn)) {
      await sleep(POLL_MS);
      continue;
    }
    try {
      if (fs.existsSync(to)) return false;
      fs.renameSync(from, to);
      return true;
    } finally {
      fs.rmdirSync(turn);
    }
  }
  throw new StoreUnavailableError(
    "timeout",
    `store "${store}": another process has been making it for too long; if there is none, remove the folder ${turn}`,
  );
}

/** @returns false when it is there. */
function makeFolder(path: string): boolean {
  try {
    fs.mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
