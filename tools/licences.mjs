// @ts-check
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/**
 * The licences of packages that were copied into a build, each text once.
 *
 * @param {string} root - that the paths start from.
 * @param {string[]} files - of packages below node_modules; others are left out.
 * @returns {string} one section per text, under the names and versions of its packages.
 */
export function licencesOf(root, files) {
  const folders = [...new Set(files.flatMap((file) => PACKAGE.exec(file)?.[0] ?? []))].sort();
  /** @type {Map<string, string[]>} */
  const sections = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    if (typeof license !== "string") throw new Error(`${name}: package.json names no licence`);
    const text = textOf(join(root, folder)) || `(The package has no licence file; its package.json says ${license}.)`;
    sections.set(text, [...(sections.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...sections].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
  return `Software of others that is part of this package.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

/** @param {string} folder */
function textOf(folder) {
  const names = readdirSync(folder).filter((name) => LICENCE_FILE.test(name));
  return names
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8").trim())
    .join("\n\n");
}
