// @ts-check
// `npm pack` works in a fresh clone: installs what the build needs, if nobody has, and builds.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, ensurePackages, root } from "./setup.mjs";
import { ToolchainError } from "./toolchain/errors.mjs";

// Set by `npm pack --dry-run`; the installation and the build are meant all the same.
delete process.env.npm_config_dry_run;

try {
  if (!existsSync(join(root, "node_modules", ".bin", "tsc"))) await ensurePackages();
  await ensureBuilt();
} catch (error) {
  if (!(error instanceof ToolchainError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
