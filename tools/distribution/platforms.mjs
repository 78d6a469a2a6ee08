// @ts-check
/**
 * Where the archive and the wheel run.
 *
 * @typedef {object} Platform
 * @property {string} os as npm and Node call it
 * @property {string} cpu as npm and Node call it
 * @property {string} [libc] which of npm's packages, on Linux
 * @property {string} plugin as Pulumi calls it in the name of an archive
 * @property {string} wheel Python's tag; on Linux that of Node's own builds
 */

/** @type {Record<string, Platform>} */
export const platforms = {
  "linux-x64": { os: "linux", cpu: "x64", libc: "glibc", plugin: "linux-amd64", wheel: "manylinux_2_28_x86_64" },
  "linux-arm64": { os: "linux", cpu: "arm64", libc: "glibc", plugin: "linux-arm64", wheel: "manylinux_2_28_aarch64" },
  "darwin-x64": { os: "darwin", cpu: "x64", plugin: "darwin-amd64", wheel: "macosx_11_0_x86_64" },
  "darwin-arm64": { os: "darwin", cpu: "arm64", plugin: "darwin-arm64", wheel: "macosx_11_0_arm64" },
  "win32-x64": { os: "win32", cpu: "x64", plugin: "windows-amd64", wheel: "win_amd64" },
};

/** This machine's. */
export const ownPlatform = `${process.platform}-${process.arch}`;

/** @param {Platform} platform @returns {string[]} options by which npm takes that platform's packages */
export function npmOptions({ os, cpu, libc }) {
  return [`--os=${os}`, `--cpu=${cpu}`, ...(libc ? [`--libc=${libc}`] : [])];
}
