// @ts-check
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ToolchainError } from "../toolchain/errors.mjs";
import { guardProcess, killGroup } from "./guard.mjs";

/** Enough of a failed program's output to see why, without flooding the terminal. */
const shownLines = 30;

/**
 * Runs a program to its end and returns what it wrote to standard output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options]
 * @returns {Promise<string>}
 * @throws ToolchainError with the last lines of its output, if it fails or takes too long.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a group of its own, so that what it started ends with it
    });
    const release = guardProcess(child);
    const timer = options.timeoutMs ? setTimeout(() => killGroup(child), options.timeoutMs) : undefined;
    const settle = () => {
      clearTimeout(timer);
      release();
    };
    let stdout = "";
    let all = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => (all += text));
    child.on("error", (error) => {
      settle();
      reject(new ToolchainError(`${command} cannot be started: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      settle();
      if (code === 0) return resolve(stdout);
      const tail = all.trimEnd().split("\n").slice(-shownLines).join("\n");
      reject(new ToolchainError(`${command} ${args[0] ?? ""} failed (${signal ?? `exit code ${code}`}):\n${tail}`));
    });
  });
}

/**
 * Finds a program on PATH.
 *
 * @param {string} name
 * @returns {string | undefined} its full path
 */
export function findOnPath(name) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Unreadable and absent are alike here: not a program that we can run.
    return false;
  }
}
