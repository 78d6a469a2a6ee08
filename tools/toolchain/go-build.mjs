// @ts-check
import { chmod, copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, digest } from "./cache.mjs";
import { ToolchainError } from "./errors.mjs";
import { withLock } from "./lock.mjs";
import { oncePer } from "./once.mjs";
import { withProgress } from "./progress.mjs";
import { findOnPath, isExecutable, run } from "../processes/run.mjs";

/** @typedef {import("./programs.mjs").Bundle} Bundle */
/** @typedef {import("./programs.mjs").GoProgram} GoProgram */

/**
 * Two builds overlap well: the linker of one keeps a single core busy while the other compiles. More of them need more
 * memory (up to 2 GB each) than a small machine has.
 */
const parallelBuilds = 2;
let free = parallelBuilds;
/** @type {(() => void)[]} */
const waiting = [];

const modules = fileURLToPath(new URL("../go/", import.meta.url));

/**
 * Where a bundle is, or will be, in the cache. The pins are part of the name: a changed pin builds anew.
 *
 * @param {Bundle} bundle
 */
export function bundleDirectory(bundle) {
  const pins = bundle.programs.map((program) => join(modules, program.name));
  return join(cacheDirectory(), `${bundle.name}-${bundle.version}-${digest(pins, bundle)}`);
}

/** @param {Bundle} bundle */
export function isBuilt(bundle) {
  const directory = bundleDirectory(bundle);
  return namesOf(bundle).every((name) => isExecutable(join(directory, name)));
}

/**
 * Builds what is missing of a bundle.
 *
 * @param {Bundle} bundle
 * @returns {Promise<string>} the folder with its programs
 * @throws ToolchainError if Go is missing, or a build fails.
 */
export const ensureBundle = oncePer((bundle) => bundle.name, makeBundle);

/** @param {Bundle} bundle */
async function makeBundle(bundle) {
  const directory = bundleDirectory(bundle);
  if (isBuilt(bundle)) return directory;
  if (!findOnPath("go")) {
    throw new ToolchainError(
      `${bundle.name} is built from its source with Go: install Go from https://go.dev/doc/install`,
    );
  }
  const label = `building ${bundle.name} ${bundle.version}`;
  await withLock(`${directory}.lock`, label, async () => {
    if (isBuilt(bundle)) return;
    await mkdir(directory, { recursive: true });
    await removePartial(directory);
    await inTurn(() =>
      withProgress(label, async () => {
        for (const program of bundle.programs) await build(program, directory);
        for (const script of bundle.scripts ?? []) await copyScript(script, directory);
      }),
    );
  });
  return directory;
}

/** @param {() => Promise<void>} work */
async function inTurn(work) {
  if (free === 0) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  else free -= 1;
  try {
    await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }
}

/** @param {GoProgram} program @param {string} directory */
async function build(program, directory) {
  if (isExecutable(join(directory, program.name))) return;
  const variables = Object.entries(program.variables).map(([name, value]) => `-X ${name}=${value}`);
  await inPlace(directory, program.name, (partial) =>
    go(program.name, [
      "build",
      "-mod=readonly", // exactly what go.sum pins
      "-trimpath",
      "-buildvcs=false",
      `-ldflags=${["-s", "-w", ...variables].join(" ")}`,
      "-o",
      partial,
      program.package,
    ]),
  );
}

/** @param {NonNullable<Bundle["scripts"]>[number]} script @param {string} directory */
async function copyScript(script, directory) {
  const folder = (
    await go(script.programName, ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", script.module])
  ).trim();
  await inPlace(directory, script.name, async (partial) => {
    await copyFile(join(folder, script.path), partial);
    await chmod(partial, 0o755); // files of the module cache are neither writable nor executable
  });
}

/**
 * Makes a file under another name and renames it: under its own name it is always whole.
 *
 * @param {string} directory @param {string} name @param {(partial: string) => Promise<unknown>} make
 */
async function inPlace(directory, name, make) {
  const partial = join(directory, `.${name}.${process.pid}.partial`);
  try {
    await make(partial);
    await rename(partial, join(directory, name));
  } finally {
    await rm(partial, { force: true });
  }
}

/** Takes away what a killed build left; the caller holds the lock. @param {string} directory */
async function removePartial(directory) {
  for (const name of await readdir(directory)) {
    if (name.endsWith(".partial")) await rm(join(directory, name), { force: true });
  }
}

/** @param {string} module @param {string[]} args */
function go(module, args) {
  // CGO off: no C compiler is needed. GOWORK off: a workspace around the checkout must not change the pins.
  // Go looks for its caches below HOME, which a service or a container may not set.
  const env = {
    HOME: homedir(),
    ...process.env,
    CGO_ENABLED: "0",
    GOWORK: "off",
    GO111MODULE: "on",
    GOOS: "",
    GOARCH: "",
  };
  return run("go", args, { cwd: join(modules, module), env });
}

/** @param {Bundle} bundle */
function namesOf(bundle) {
  return [...bundle.programs, ...(bundle.scripts ?? [])].map((file) => file.name);
}
