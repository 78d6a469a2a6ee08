import Table from "cli-table3";
import { printable } from "../provider/printable";

const BORDERS = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"];
const RULES = ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"];
const NO_LINES = Object.fromEntries([...BORDERS, ...RULES].map((name) => [name, ""]));

/**
 * Columns aligned with spaces, no lines, no colours.
 *
 * @param rows - undefined shows as `-`.
 */
export function table(head: string[], rows: (string | undefined)[][]): string {
  const result = new Table({
    head,
    chars: { ...NO_LINES, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  result.push(...rows.map((row) => row.map((cell) => printable(cell === undefined || cell === "" ? "-" : cell))));
  const lines = result.toString().split("\n");
  return lines.map((line) => line.trimEnd()).join("\n");
}
