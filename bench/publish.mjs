// @ts-check
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tools/setup.mjs";
import { markdownOf, summaryOf } from "./markdown.mjs";
import { plotsOf } from "./plots.mjs";

const begin = "<!-- bench:start -->";
const end = "<!-- bench:end -->";

/**
 * Writes the figures into the documents: only what stands between the two marks changes.
 *
 * @param {any} results as in bench/results.json
 * @returns {string[]} files written, relative to the checkout
 */
export function publish(results) {
  const written = [];
  mkdirSync(join(root, "docs"), { recursive: true });
  const blocks = { "README.md": summaryOf(results), "docs/benchmarks.md": markdownOf(results) };
  for (const [file, block] of Object.entries(blocks)) if (replaceBlock(join(root, file), block)) written.push(file);
  for (const [name, svg] of Object.entries(plotsOf(results))) {
    writeFileSync(join(root, "docs", name), svg);
    written.push(`docs/${name}`);
  }
  return written;
}

/** @param {string} file @param {string} block @returns {boolean} whether the file has the marks */
function replaceBlock(file, block) {
  if (!existsSync(file)) return false;
  const text = readFileSync(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return false;
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n\n${block}\n\n${text.slice(to)}`);
  return true;
}
