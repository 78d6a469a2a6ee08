import type { ChildProcess } from "node:child_process";

/**
 * Makes sure that a process, with the group that it leads, does not outlive this one, however this one ends.
 *
 * @param child - spawned with `detached: true`.
 * @returns to be called when the child has ended.
 */
export function guardProcess(child: ChildProcess): () => void;

/** Makes sure that a temporary folder does not outlive this process. @returns to be called when it has been removed. */
export function guardDirectory(path: string): () => void;

/** Kills a child and its group; `SIGKILL` by default. */
export function killGroup(child: ChildProcess, signal?: NodeJS.Signals): void;
