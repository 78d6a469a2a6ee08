// @ts-check
// Writes the SDK of a language, generated from the schema: node tools/sdk.mjs python FOLDER. Makes the generator on first use.
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "./processes/run.mjs";
import { root } from "./setup.mjs";
import { pulumiBundle } from "./toolchain/programs.mjs";
import { ensurePulumiPython, ToolchainError } from "./toolchain.mjs";

/** The generator writes packages, not the module that they are in. */
const GO_MODULE = `module github.com/pulumi-airflow-env/sdk

go 1.25

require github.com/pulumi/pulumi/sdk/v3 v${pulumiBundle.version}
`;

/** @param {string} language @param {string} folder replaced by the SDK. */
export async function writeSdk(language, folder) {
  const { gensdk } = await ensurePulumiPython();
  rmSync(folder, { recursive: true, force: true });
  await run(gensdk, [join(root, "provider/plugin/schema/schema.generated.json"), language, folder]);
  if (language === "go") writeFileSync(join(folder, "go.mod"), GO_MODULE);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [language = "python", folder = "sdk-python"] = process.argv.slice(2);
  try {
    await writeSdk(language, resolve(folder));
    process.stdout.write(`${folder}: the ${language} SDK\n`);
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
