/** A number of a JSON text, as it is written there: JavaScript would change `1.0` and lose digits of long ones. */
export class ExactNumber {
  constructor(readonly text: string) {}
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN/g;
/** Begins a string that stands for a number; a JSON text cannot hold it unescaped. */
const MARK = "\u0000number:";

/**
 * Parses JSON as Python does: numbers keep their text, and NaN and Infinity are numbers.
 *
 * @throws SyntaxError whose message may quote the text: never print it.
 */
export function parseExactJson(text: string): unknown {
  const marked = text.replace(TOKEN, (token) => (token.startsWith('"') ? token : JSON.stringify(MARK + token)));
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK) ? new ExactNumber(value.slice(MARK.length)) : value,
  ) as unknown;
}

/** Compact JSON, keys in their order, numbers as they were written. */
export function exactJsonText(value: unknown): string {
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(exactJsonText).join(",")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([key, member]) => `${JSON.stringify(key)}:${exactJsonText(member)}`)
      .join(",")}}`;
  return JSON.stringify(value);
}
