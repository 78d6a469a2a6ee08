// @ts-check
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findOnPath, run } from "../processes/run.mjs";
import { cacheDirectory, digest } from "./cache.mjs";
import { ToolchainError } from "./errors.mjs";
import { withLock } from "./lock.mjs";
import { oncePer } from "./once.mjs";
import { note, withProgress } from "./progress.mjs";

const requirements = fileURLToPath(new URL("../python/", import.meta.url));
/** Written last: an environment without it was interrupted and is made again. */
const marker = "complete";

/** Airflow 2 ends with 3.12; the pins are resolved from 3.11 on. */
const oldestMinor = 11;
const newestMinor = 12;
const interpreters = ["python3", "python3.12", "python3.11"];

/**
 * Makes a virtual environment with pinned packages, once.
 *
 * @param {string} name of a requirements file in `tools/python/`
 * @returns {Promise<string>} folder of the environment
 * @throws ToolchainError if Python is missing or the packages cannot be installed.
 */
export const ensurePythonEnvironment = oncePer((/** @type {string} */ name) => name, makeEnvironment);

/** @param {string} name @returns {Promise<string>} */
async function makeEnvironment(name) {
  const pins = join(requirements, `${name}.txt`);
  const interpreter = await findInterpreter();
  const directory = join(cacheDirectory(), `python-${name}-${digest([pins], interpreter)}`);
  if (existsSync(join(directory, marker))) return directory;
  await withLock(`${directory}.lock`, `installing ${name}`, async () => {
    if (existsSync(join(directory, marker))) return;
    const uv = name === "uv" ? undefined : await findUv();
    await withProgress(`installing ${name}`, () => install(directory, interpreter.path, pins, uv));
    writeFileSync(join(directory, marker), "");
  });
  return directory;
}

/** @param {string} directory @param {string} python @param {string} pins @param {string | undefined} uv */
async function install(directory, python, pins, uv) {
  const env = cleanEnvironment();
  const target = join(directory, "bin", "python");
  // A virtual environment contains its own path, so it is made in place rather than renamed into place.
  rmSync(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  if (uv) {
    try {
      await run(python, ["-m", "venv", "--without-pip", directory], { env });
      await run(uv, ["pip", "install", "--quiet", "--python", target, "--requirement", pins], { env });
      return;
    } catch (error) {
      if (!(error instanceof ToolchainError)) throw error;
      // For example a company's package index that only pip is configured for.
      note("uv could not install the packages; trying pip");
      rmSync(directory, { recursive: true, force: true });
    }
  }
  await run(python, ["-m", "venv", directory], { env });
  await run(target, ["-m", "pip", "install", "--quiet", "--requirement", pins], { env });
}

/** uv installs the same packages several times faster; without it pip does. @returns {Promise<string | undefined>} */
async function findUv() {
  try {
    return join(await ensurePythonEnvironment("uv"), "bin", "uv");
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    return undefined;
  }
}

/** @returns {Promise<{ path: string, version: string }>} */
async function findInterpreter() {
  const seen = [];
  for (const name of interpreters) {
    const path = findOnPath(name);
    if (!path) continue;
    const version = (await run(path, ["-c", "import platform; print(platform.python_version())"])).trim();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const fits = major === 3 && minor >= oldestMinor && minor <= newestMinor;
    if (fits) return { path, version };
    seen.push(version);
  }
  const found = seen.length > 0 ? `found ${seen.join(", ")}` : "found none";
  throw new ToolchainError(
    `Python 3.11 or 3.12 is needed on PATH to run Airflow (${found}): https://www.python.org/downloads/`,
  );
}

/** The user's own Python settings must not leak into the environment. */
function cleanEnvironment() {
  const own = new Set(["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "UV_PYTHON", "UV_PROJECT"]);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.has(name)));
}
