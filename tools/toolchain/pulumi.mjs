// @ts-check
import { delimiter, dirname, join } from "node:path";
import { realpathSync } from "node:fs";
import { ToolchainError } from "./errors.mjs";
import { ensureBundle, isBuilt } from "./go-build.mjs";
import { downloadedPulumi, downloadPulumi } from "./npm-pulumi.mjs";
import { pulumiBundle } from "./programs.mjs";
import { note } from "./progress.mjs";
import { findOnPath, isExecutable, run } from "../processes/run.mjs";

/** The oldest engine that the provider is tested with. */
const oldest = { major: 3, minor: 200 };
const companions = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

/** @typedef {import("../toolchain.d.mts").PulumiTool} PulumiTool */

/**
 * Finds a Pulumi that can run TypeScript programs with dynamic providers: the installed one, else the official npm
 * package's, else one built from its source.
 *
 * @returns {Promise<PulumiTool>}
 * @throws ToolchainError with what to install, if there is no way.
 */
export async function ensurePulumi() {
  const installed = await installedPulumi();
  if (installed) return tool(installed, "installed");
  const downloaded = downloadedPulumi();
  if (downloaded) return tool(downloaded, "npm");
  if (!isBuilt(pulumiBundle)) {
    const fresh = await downloadPulumi();
    if (fresh) return tool(fresh, "npm");
    if (!findOnPath("go")) {
      throw new ToolchainError("Pulumi 3.200 or newer is needed: install it from https://www.pulumi.com/docs/install/");
    }
  }
  return tool(await ensureBundle(pulumiBundle), "built");
}

/** @returns {Promise<string | undefined>} folder of the installed `pulumi` */
async function installedPulumi() {
  const found = findOnPath("pulumi");
  if (!found) return undefined;
  // A link in a bin folder points to the installation, and the companions lie beside the real file.
  const folder = [dirname(found), dirname(realpathSync(found))].find((candidate) =>
    companions.every((name) => isExecutable(join(candidate, name)) || findOnPath(name)),
  );
  if (!folder) return undefined; // for example npm's wrapper, which has yet to download the real one
  const version = await versionOf(found);
  if (version && isNewEnough(version)) return folder;
  note(`the installed pulumi ${version ?? "(version unknown)"} is not used: 3.200 or newer is needed`);
  return undefined;
}

/** @param {string} folder @param {PulumiTool["source"]} source @returns {Promise<PulumiTool>} */
async function tool(folder, source) {
  const pulumi = join(folder, "pulumi");
  const version = await versionOf(pulumi);
  if (!version) throw new ToolchainError(`${pulumi} does not start; remove that folder and try again`);
  return { pulumi, binDir: folder, version, source, env: { PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` } };
}

/** @param {string} pulumi @returns {Promise<string | undefined>} `3.250.0` */
async function versionOf(pulumi) {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  try {
    return /v?(\d+\.\d+\.\d+)/.exec(await run(pulumi, ["version"], { env, timeoutMs: 20_000 }))?.[1];
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    return undefined; // does not start here, so it is of no use, for whatever reason
  }
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor);
}
