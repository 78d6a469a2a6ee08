// @ts-check
import { cpSync, readFileSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../processes/run.mjs";
import { root } from "../setup.mjs";
import { npmOptions } from "./platforms.mjs";

/** What nobody loads: documents, types and maps. */
const UNUSED = /\.(d\.[cm]?ts|map|md|ts)$/;

/** @type {{ version: string, devDependencies: Record<string, string> }} */
export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/**
 * Installs the packed package with all that it runs on, and of Pulumi only the plugin's protocol: 2 MB of 150.
 *
 * @param {string} tarball of `npm pack` @param {import("./platforms.mjs").Platform} platform
 * @param {string} folder gets node_modules @returns {Promise<void>}
 */
export async function installApplication(tarball, platform, folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), "{}\n");
  const protocol = ["@grpc/grpc-js", "google-protobuf"].map((name) => `${name}@${manifest.devDependencies[name]}`);
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--no-save", "--no-bin-links"];
  await run("npm", ["install", ...quiet, "--legacy-peer-deps", ...npmOptions(platform), tarball, ...protocol], {
    cwd: folder,
  });
  const [from, to] = [root, folder].map((base) => join(base, "node_modules", "@pulumi", "pulumi"));
  if (!from || !to) throw new Error("unreachable");
  for (const path of ["package.json", "LICENSE", "proto"])
    cpSync(join(from, path), join(to, path), { recursive: true, filter: (source) => !UNUSED.test(source) });
  const packages = join(folder, "node_modules");
  for (const unused of ["docs", "examples"]) rmSync(join(packages, "pulumi-airflow-env", unused), { recursive: true });
  // npm brings both of Linux's, whatever it is told.
  if (platform.libc === "glibc") rmSync(join(packages, "@libsql", `linux-${platform.cpu}-musl`), { recursive: true });
}
