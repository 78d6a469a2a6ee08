import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect } from "chai";
import { marked, type Token, type Tokens } from "marked";

const ROOT = resolve(__dirname, "..");
const FOLDERS = ["docs", "examples", "catalog"];

/** Every page of the repository, as path from its root. */
function pages(): string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  return [...readdirSync(ROOT), ...inFolders].filter((name) => name.endsWith(".md") && !name.includes("node_modules"));
}

function tokensOf(page: string): Token[] {
  const tokens: Token[] = [];
  void marked.walkTokens(marked.lexer(readFileSync(join(ROOT, page), "utf8")), (token) => {
    tokens.push(token);
  });
  return tokens;
}

/** As GitHub names a heading: https://github.com/gjtorikian/html-pipeline, its filter for tables of contents. */
function anchorsOf(page: string): string[] {
  const headings = tokensOf(page).filter((token): token is Tokens.Heading => token.type === "heading");
  return headings.map(({ text }) =>
    text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function brokenLinks(page: string): string[] {
  const links = tokensOf(page).filter(
    (token): token is Tokens.Link | Tokens.Image => token.type === "link" || token.type === "image",
  );
  return links.flatMap(({ href }) => {
    if (/^[a-z]+:/.test(href)) return [];
    const [path = "", anchor] = href.split("#");
    const target = path === "" ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
    if (!existsSync(join(ROOT, target))) return [`${page}: ${href} leads nowhere`];
    if (anchor === undefined || anchorsOf(target).includes(anchor)) return [];
    return [`${page}: ${target} has no heading #${anchor}`];
  });
}

describe("the pages", () => {
  it("link to pages, files and headings that exist", () => {
    const all = pages();
    expect(all).to.include.members([
      "README.md",
      "docs/cli.md",
      "docs/stores/local.md",
      "examples/two-stacks/README.md",
    ]);
    expect(all.flatMap(brokenLinks)).to.deep.equal([]);
  });

  it("are all reachable from the README", () => {
    const seen = new Set<string>();
    const follow = (page: string): void => {
      if (seen.has(page) || !page.endsWith(".md")) return;
      seen.add(page);
      for (const token of tokensOf(page))
        if (token.type === "link" && !/^[a-z]+:/.test(token.href as string)) {
          const [path = ""] = (token.href as string).split("#");
          const target = relative(ROOT, resolve(ROOT, dirname(page), path));
          follow(existsSync(join(ROOT, target, "README.md")) ? join(target, "README.md") : target);
        }
    };
    follow("README.md");
    expect(pages().filter((page) => !seen.has(page))).to.deep.equal([]);
  });
});
