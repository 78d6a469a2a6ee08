// @ts-check
// Makes what people without Node install: node tools/distribution.mjs FOLDER [--platform NAME]… [--only archive|wheel]
import { mkdtemp, mkdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeArchive } from "./distribution/archive.mjs";
import { installApplication, manifest } from "./distribution/application.mjs";
import { ownPlatform, platforms } from "./distribution/platforms.mjs";
import { makeWheel } from "./distribution/wheel.mjs";
import { run } from "./processes/run.mjs";
import { root } from "./setup.mjs";
import { withProgress } from "./toolchain/progress.mjs";
import { ToolchainError } from "./toolchain.mjs";

const makers = { archive: makeArchive, wheel: makeWheel };

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { platform: { type: "string", multiple: true }, only: { type: "string" } },
  });
  const [folder = "distribution"] = positionals;
  const names = values.platform ?? [ownPlatform];
  const kinds = Object.entries(makers).filter(([kind]) => values.only === undefined || values.only === kind);
  if (kinds.length === 0) throw new ToolchainError(`--only is archive or wheel, not ${values.only}`);
  await mkdir(folder, { recursive: true });
  const packed = await mkdtemp(join(tmpdir(), "airflow-env-pack-"));
  try {
    await run("npm", ["pack", "--silent", "--pack-destination", packed], { cwd: root });
    const tarball = join(packed, `pulumi-airflow-env-${manifest.version}.tgz`);
    for (const name of names) {
      const platform = platforms[name];
      if (!platform) throw new ToolchainError(`--platform is one of ${Object.keys(platforms).join(", ")}, not ${name}`);
      const application = join(packed, name);
      await withProgress(`installing for ${name}`, () => installApplication(tarball, platform, application));
      for (const [kind, make] of kinds) {
        const path = await withProgress(`making the ${kind}`, () => make(application, platform, resolve(folder)));
        process.stdout.write(`${path}: ${((await stat(path)).size / 1e6).toFixed(1)} MB\n`);
      }
    }
  } finally {
    await rm(packed, { recursive: true, force: true });
  }
} catch (error) {
  if (!(error instanceof ToolchainError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
