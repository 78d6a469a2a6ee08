import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The plugin, as it is built. */
export const MAIN = join(__dirname, "../../dist/provider/plugin/main.js");

/** Puts the built plugin into a folder, under the name that the engine looks for. */
export function writePlugin(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const script = `#!/bin/sh\nexec node "${MAIN}" "$@"\n`;
  writeFileSync(join(folder, "pulumi-resource-airflow-env"), script, { mode: 0o755 });
}

/**
 * Writes a project of the test program for the plugin, which the project's file leads to.
 *
 * @param folder - of the project, where an earlier one of the same name may be.
 */
export function writePluginProject(folder: string, name: string, language: "nodejs" | "python"): void {
  writePlugin(join(folder, "plugin"));
  const lines = [
    `name: ${name}`,
    `runtime: ${language}`,
    `main: ${relative(folder, join(__dirname, "plugin-program"))}/${language === "nodejs" ? "index.js" : ""}`,
    "plugins:",
    "  providers:",
    "    - name: airflow-env",
    "      path: plugin",
  ];
  writeFileSync(join(folder, "Pulumi.yaml"), `${lines.join("\n")}\n`);
}

/**
 * What programs in Python need: the language's host, Pulumi's packages, and the SDK, generated from the schema and
 * installed as its users do.
 *
 * @param folder - where the SDK goes.
 * @param path - the rest of PATH.
 */
export async function pythonWithSdk(
  folder: string,
  path = "",
): Promise<{ env: Record<string, string>; python: string; installed: string }> {
  const { ensurePulumiPython } = await import("../../tools/toolchain.mjs");
  const { writeSdk } = await import("../../tools/sdk.mjs");
  const { binDir, venv, python } = await ensurePulumiPython();
  const [sdk, installed] = [join(folder, "sdk"), join(folder, "installed")];
  await writeSdk("python", sdk);
  const install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-compile"];
  await run(python, [...install, "--target", installed, sdk]);
  const PATH = [join(venv, "bin"), binDir, path].join(delimiter);
  return { env: { PATH, PYTHONPATH: installed, PYTHONDONTWRITEBYTECODE: "1" }, python, installed };
}
