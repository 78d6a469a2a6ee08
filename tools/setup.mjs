// @ts-check
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withProgress } from "./toolchain/progress.mjs";
import { run } from "./processes/run.mjs";

/** Root of the checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Installs the npm packages of the lock file, once per lock file.
 *
 * @returns {Promise<void>}
 */
export async function ensurePackages() {
  const modules = join(root, "node_modules");
  // A linked folder belongs to another checkout: npm ci would empty it.
  if (existsSync(modules) && lstatSync(modules).isSymbolicLink()) return;
  const marker = join(modules, ".installed-lock-file");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return;
  await withProgress("installing npm packages", () => run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root }));
  mkdirSync(modules, { recursive: true });
  // Written last: an interrupted installation is repeated.
  writeFileSync(marker, wanted);
}

/**
 * Compiles the package to dist/; quick when nothing changed.
 *
 * @returns {Promise<void>}
 */
export async function ensureBuilt() {
  await withProgress("compiling TypeScript", () => run("npm", ["run", "--silent", "build"], { cwd: root }));
}

/** Everything that any command of this repository needs. @returns {Promise<void>} */
export async function setUp() {
  await ensurePackages();
  await ensureBuilt();
}
