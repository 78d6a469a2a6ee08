// @ts-check
import { chmodSync, cpSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../processes/run.mjs";
import { ensureNode, ToolchainError } from "../toolchain.mjs";
import { manifest } from "./application.mjs";
import { npmOptions, ownPlatform, platforms } from "./platforms.mjs";

/** Pins Node by version and digest; archives bring the one of this folder. */
const nodePins = fileURLToPath(new URL("../npm/node-22/", import.meta.url));
const NAME = "pulumi-resource-airflow-env";
const MAIN = "node_modules/pulumi-airflow-env/dist/provider/plugin/main.js";

/**
 * Makes the archive that `pulumi plugin install` takes, with a Node of its own.
 *
 * @param {string} application folder, see installApplication @param {import("./platforms.mjs").Platform} platform
 * @param {string} folder where it goes @returns {Promise<string>} its path
 */
export async function makeArchive(application, platform, folder) {
  const content = await mkdtemp(join(tmpdir(), "airflow-env-archive-"));
  const node = await mkdtemp(join(tmpdir(), "airflow-env-node-"));
  try {
    cpSync(join(application, "node_modules"), join(content, "node_modules"), { recursive: true });
    const isWindows = platform.os === "win32";
    cpSync(await nodeFor(platform, node), join(content, isWindows ? "node.exe" : "node"));
    if (isWindows) writeFileSync(join(content, `${NAME}.cmd`), `@"%~dp0node.exe" "%~dp0${MAIN}" %*\r\n`);
    else {
      // Without another program, so that it starts with an empty PATH.
      writeFileSync(join(content, NAME), `#!/bin/sh\nhere="\${0%/*}"\nexec "$here/node" "$here/${MAIN}" "$@"\n`);
      chmodSync(join(content, NAME), 0o755);
    }
    const archive = resolve(folder, `${NAME}-v${manifest.version}-${platform.plugin}.tar.gz`);
    await run("tar", ["--create", "--gzip", "--file", archive, "--directory", content, "."]);
    return archive;
  } finally {
    await Promise.all([content, node].map((path) => rm(path, { recursive: true, force: true })));
  }
}

/**
 * Node 22 for a platform: this machine's own, or a pinned one for another Linux.
 *
 * @param {import("./platforms.mjs").Platform} platform @param {string} folder an empty one @returns {Promise<string>} its path
 */
async function nodeFor(platform, folder) {
  const { os, cpu } = platform;
  if (platforms[ownPlatform] === platform) return (await ensureNode("22")).node;
  if (os !== "linux") throw new ToolchainError(`an archive for ${os} is made on a machine of that kind`);
  cpSync(nodePins, folder, { recursive: true });
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  await run("npm", ["ci", ...quiet, ...npmOptions(platform)], { cwd: folder });
  return join(folder, "node_modules", `node-${os}-${cpu}`, "bin", "node");
}
