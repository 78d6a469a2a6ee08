// @ts-check
import { cpSync, existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findOnPath, isExecutable, run } from "../processes/run.mjs";
import { cacheDirectory, digest } from "./cache.mjs";
import { ToolchainError } from "./errors.mjs";
import { withLock } from "./lock.mjs";
import { oncePer } from "./once.mjs";
import { withProgress } from "./progress.mjs";

/** Each major version that the package is tested with has a folder here, with package.json and package-lock.json. */
const pins = fileURLToPath(new URL("../npm/", import.meta.url));

/** @typedef {import("../toolchain.d.mts").NodeTool} NodeTool */

/** @type {import("../toolchain.d.mts").ensureNode} */
export const ensureNode = oncePer((major) => major, findNode);

/** @param {string} major @returns {Promise<NodeTool>} */
async function findNode(major) {
  if (process.versions.node.startsWith(`${major}.`)) return tool(dirname(process.execPath), process.versions.node);
  const own = join(pins, `node-${major}`);
  if (!existsSync(own)) throw new ToolchainError(`Node ${major} is not pinned in tools/npm`);
  const binDir = binFolder(await install(major, own));
  return tool(binDir, (await run(join(binDir, "node"), ["-p", "process.versions.node"])).trim());
}

/**
 * Installs beside the final place and renames, so that an interrupted installation leaves nothing behind.
 *
 * @param {string} major @param {string} own @returns {Promise<string>} the folder with node_modules
 */
async function install(major, own) {
  const place = join(cacheDirectory(), `node-${major}-${digest([own])}`);
  if (existsSync(place)) return place;
  if (!findOnPath("npm")) throw new ToolchainError("npm is needed on PATH");
  await withLock(`${place}.lock`, `installing Node ${major}`, async () => {
    if (existsSync(place)) return;
    const partial = await mkdtemp(`${place}-partial-`);
    try {
      cpSync(own, partial, { recursive: true });
      const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
      await withProgress(`installing Node ${major}`, () => run("npm", ["ci", ...options], { cwd: partial }));
      // npm takes a package of another system, or one it could not fetch, for an option that it may leave out.
      if (!isExecutable(join(binFolder(partial), "node"))) {
        throw new ToolchainError(`npm brought no Node ${major} for ${process.platform} on ${process.arch}`);
      }
      await rename(partial, place);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  });
  return place;
}

/** @param {string} folder with node_modules */
function binFolder(folder) {
  return join(folder, "node_modules", `node-${process.platform}-${process.arch}`, "bin");
}

/** @param {string} binDir @param {string} version @returns {NodeTool} */
function tool(binDir, version) {
  const PATH = `${binDir}${delimiter}${process.env.PATH ?? ""}`;
  return { node: join(binDir, "node"), binDir, version, env: { PATH } };
}
