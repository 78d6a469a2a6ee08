// @ts-check
// Writes the SDK of a language, generated from the schema: node tools/sdk.mjs python FOLDER [--plugin-url URL], where the
// URL is the place that Pulumi downloads the plugin's archive from. Makes the generator on first use.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { run } from "./processes/run.mjs";
import { root } from "./setup.mjs";
import { pulumiBundle } from "./toolchain/programs.mjs";
import { ensurePulumiPython, ToolchainError } from "./toolchain.mjs";

/** The generator writes packages, not the module that they are in. */
const GO_MODULE = `module github.com/pulumi-airflow-env/sdk

go 1.25

require github.com/pulumi/pulumi/sdk/v3 v${pulumiBundle.version}
`;

/**
 * @param {string} language @param {string} folder replaced by the SDK.
 * @param {string} [pluginUrl] where Pulumi finds the archive, such as github://api.github.com/OWNER/REPOSITORY
 */
export async function writeSdk(language, folder, pluginUrl) {
  const { gensdk } = await ensurePulumiPython();
  rmSync(folder, { recursive: true, force: true });
  const schema = JSON.parse(readFileSync(join(root, "provider/plugin/schema/schema.generated.json"), "utf8"));
  const temporary = await mkdtemp(join(tmpdir(), "airflow-env-schema-"));
  try {
    const file = join(temporary, "schema.json");
    writeFileSync(file, JSON.stringify({ ...schema, ...(pluginUrl && { pluginDownloadURL: pluginUrl }) }));
    await run(gensdk, [file, language, folder]);
    if (language === "go") writeFileSync(join(folder, "go.mod"), GO_MODULE);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const options = /** @type {const} */ ({ "plugin-url": { type: "string" } });
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const [language = "python", folder = "sdk-python"] = positionals;
  try {
    await writeSdk(language, resolve(folder), values["plugin-url"]);
    process.stdout.write(`${folder}: the ${language} SDK\n`);
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
