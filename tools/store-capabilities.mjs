// @ts-check
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "docs", "stores", "README.md");
const begin = "<!-- capabilities:start -->";
const end = "<!-- capabilities:end -->";

const usage = `Rewrites the table of store capabilities in docs/stores/README.md from the compiled code.

  node tools/store-capabilities.mjs           rewrite (after npm run build)
  node tools/store-capabilities.mjs --check   exit 1 when the page differs from the code
`;

/** @typedef {import("./store-capabilities.d.mts").NamedCapabilities} NamedCapabilities */

/**
 * The table, one row per store, sorted by name.
 *
 * @param {NamedCapabilities[]} stores
 * @returns {string}
 */
export function capabilitiesTable(stores) {
  const head = ["store", "largest document", "metadata without reading secrets", "keeps earlier versions", "listing"];
  const rows = [...stores]
    .sort((a, b) => (a.store < b.store ? -1 : 1))
    .map(({ store, capabilities: { maxBytes, separateMetadata, history, listing } }) => [
      `[${store}](${store}.md)`,
      `${maxBytes / 1024} KiB`,
      separateMetadata ? "yes" : "no",
      history ? "yes" : "no",
      listing === "native" ? "the store's own" : "an index document",
    ]);
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/**
 * The page with the block between its markers replaced.
 *
 * @param {string} text
 * @param {string} table
 * @returns {string}
 */
export function withTable(text, table) {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no block between ${begin} and ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}

/**
 * Capabilities of every compiled store: the export whose name ends in "Capabilities" of its capabilities.js.
 *
 * @param {string} stores folder with one folder per store
 * @returns {Promise<NamedCapabilities[]>}
 */
export async function readCapabilities(stores) {
  if (!existsSync(stores)) throw new Error("dist is missing; run npm run build first");
  const folders = readdirSync(stores).filter((name) => existsSync(join(stores, name, "capabilities.js")));
  return Promise.all(
    folders.map(async (store) => {
      const loaded = await import(pathToFileURL(join(stores, store, "capabilities.js")).href);
      const name = Object.keys(loaded).find((key) => key.endsWith("Capabilities"));
      if (name === undefined) throw new Error(`${store}/capabilities.js exports no capabilities`);
      return { store, capabilities: loaded[name] };
    }),
  );
}

/** @param {string[]} args @returns {Promise<number>} exit code */
async function main(args) {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(usage);
    return 0;
  }
  const text = readFileSync(page, "utf8");
  const fresh = withTable(text, capabilitiesTable(await readCapabilities(join(root, "dist", "provider", "stores"))));
  if (fresh === text) return 0;
  if (args.includes("--check")) {
    process.stderr.write("docs/stores/README.md differs from the code; run node tools/store-capabilities.mjs\n");
    return 1;
  }
  writeFileSync(page, fresh);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
