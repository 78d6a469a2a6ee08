// @ts-check
import { join } from "node:path";
import { findOnPath, run } from "../processes/run.mjs";
import { cacheDirectory } from "./cache.mjs";
import { ToolchainError } from "./errors.mjs";
import { withLock } from "./lock.mjs";
import { withProgress } from "./progress.mjs";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/**
 * Finds Chromium, or installs Debian's package where this process may.
 *
 * @type {import("../toolchain.d.mts").ensureChromium}
 */
export async function ensureChromium() {
  const installed = find();
  if (installed) return { chromium: installed };
  const apt = findOnPath("apt-get");
  if (!apt || process.getuid?.() !== 0) throw needed("");
  await withLock(join(cacheDirectory(), "chromium.lock"), "installing Chromium", async () => {
    if (find()) return;
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    try {
      await withProgress("installing Chromium", async () => {
        await run(apt, ["update"], { env });
        await run(apt, ["install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"], { env });
      });
    } catch (error) {
      if (!(error instanceof ToolchainError)) throw error;
      throw needed(` (${error.message.trim().split("\n").at(-1)})`);
    }
  });
  const chromium = find();
  if (!chromium) throw needed(" (apt-get has brought none)");
  return { chromium };
}

function find() {
  return names.map((name) => findOnPath(name)).find((path) => path !== undefined);
}

/** @param {string} why */
function needed(why) {
  return new ToolchainError(
    `Chromium is needed on PATH for the tests of the page: apt-get install chromium, or Chrome${why}`,
  );
}
