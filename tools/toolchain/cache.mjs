// @ts-check
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { homedir, platform } from "node:os";
import { basename, join } from "node:path";

/**
 * Where built programs and virtual environments are kept between runs.
 *
 * @returns an existing directory; `AIRFLOW_ENV_TOOLS_CACHE` names another one.
 */
export function cacheDirectory() {
  const directory = process.env.AIRFLOW_ENV_TOOLS_CACHE || join(userCacheDirectory(), "pulumi-airflow-env");
  mkdirSync(directory, { recursive: true });
  return directory;
}

function userCacheDirectory() {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
  return platform() === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
}

/**
 * A short digest of files and settings, so that a changed pin gets a new place in the cache.
 *
 * @param {string[]} paths files, or folders whose direct files count
 * @param {unknown[]} settings anything JSON can hold
 */
export function digest(paths, ...settings) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap(filesOf)) hash.update(path.name).update("\0").update(readFileSync(path.file));
  hash.update(JSON.stringify(settings));
  return hash.digest("hex").slice(0, 12);
}

/** @param {string} path */
function filesOf(path) {
  const name = basename(path);
  // Only names relative to the given path are hashed: two checkouts of one commit share the cache.
  if (!statSync(path).isDirectory()) return [{ name, file: path }];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: `${name}/${entry.name}`, file: join(path, entry.name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
