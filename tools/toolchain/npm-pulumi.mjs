// @ts-check
import { spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guardProcess, killGroup } from "../processes/guard.mjs";
import { findOnPath, isExecutable, run } from "../processes/run.mjs";
import { cacheDirectory, digest } from "./cache.mjs";
import { ToolchainError } from "./errors.mjs";
import { withLock } from "./lock.mjs";
import { note, withProgress } from "./progress.mjs";

/** Folder with package.json and package-lock.json, which pin the official npm package. */
const pins = fileURLToPath(new URL("../npm/pulumi/", import.meta.url));
const installMs = 20_000;
/** Until the package has reached the place that it downloads from. Behind a closed network this is what the try costs. */
const reachMs = 8_000;
const downloadMs = 300_000;
/** A failed try is not repeated for this long. */
const rememberMs = 3_600_000;

/** @returns {string | undefined} folder of the programs that an earlier run downloaded */
export function downloadedPulumi() {
  const versions = join(place(), "home", "versions");
  if (!existsSync(versions)) return undefined;
  return readdirSync(versions)
    .map((version) => join(versions, version, "bin"))
    .find((folder) => isExecutable(join(folder, "pulumi")) && isExecutable(join(folder, "pulumi-language-nodejs")));
}

/**
 * Lets the official npm package `pulumi` download its release.
 *
 * @returns {Promise<string | undefined>} folder of the programs; nothing if the download is out of reach here
 */
export async function downloadPulumi() {
  const failed = join(cacheDirectory(), `pulumi-npm-${digest([pins])}.failed`);
  if (isRecent(failed) || !findOnPath("npm")) return undefined;
  return withLock(`${place()}.lock`, "downloading pulumi", async () => {
    const existing = downloadedPulumi();
    if (existing || isRecent(failed)) return existing;
    try {
      await withProgress("downloading pulumi with its npm package", download);
      const folder = downloadedPulumi();
      if (!folder) throw new ToolchainError("its programs are not where they are expected");
      return folder;
    } catch (error) {
      if (!(error instanceof ToolchainError)) throw error;
      writeFileSync(failed, `${error.message}\n`);
      note(`pulumi cannot be downloaded here (${error.message.split("\n")[0]})`);
      return undefined;
    }
  });
}

/** Downloads beside the final place and renames, so that an interrupted download leaves nothing behind. */
async function download() {
  const partial = await mkdtemp(join(cacheDirectory(), "pulumi-npm-partial-"));
  try {
    cpSync(pins, partial, { recursive: true });
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: partial, timeoutMs: installMs });
    const home = join(partial, "home");
    await mkdir(home);
    await fetchRelease(join(partial, "node_modules", "pulumi", "run.js"), home);
    rmSync(place(), { recursive: true, force: true });
    await rename(partial, place());
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * The package fetches an install script first and then runs it. The script's first words on standard output are the
 * sign that the network lets us through.
 *
 * @param {string} script @param {string} home
 * @returns {Promise<void>}
 */
function fetchRelease(script, home) {
  return new Promise((resolve, reject) => {
    // TMPDIR: the install script of a killed try goes away with the folder.
    const env = { ...process.env, PULUMI_HOME: home, PULUMI_VERSION: pinnedVersion(), TMPDIR: home };
    const child = spawn(process.execPath, [script, "version"], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const release = guardProcess(child);
    let reached = false;
    let said = "";
    let timer = setTimeout(() => killGroup(child), reachMs);
    child.stdout.setEncoding("utf8").on("data", () => {
      if (reached) return;
      reached = true;
      clearTimeout(timer);
      timer = setTimeout(() => killGroup(child), downloadMs);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      release();
      if (code === 0) return resolve();
      reject(
        new ToolchainError(signal ? "no answer in time" : (said.trim().split("\n").at(-1) ?? `exit code ${code}`)),
      );
    });
  });
}

function place() {
  return join(cacheDirectory(), `pulumi-npm-${pinnedVersion()}-${digest([pins])}`);
}

/** @returns {string} */
function pinnedVersion() {
  return JSON.parse(readFileSync(join(pins, "package.json"), "utf8")).dependencies.pulumi;
}

/** @param {string} path */
function isRecent(path) {
  return existsSync(path) && Date.now() - statSync(path).mtimeMs < rememberMs;
}
