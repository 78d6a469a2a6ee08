import { readFileSync } from "node:fs";
import { join } from "node:path";

const read = new Map<string, string>();

/** Text of a file of the page. @param name - of a file in `assets/`. */
export function asset(name: "style.css" | "page.js"): string {
  const text = read.get(name) ?? readFileSync(join(__dirname, "assets", name), "utf8");
  read.set(name, text);
  return text;
}
