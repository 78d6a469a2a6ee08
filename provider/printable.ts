/** What a terminal obeys, and what turns the order of letters round: control characters, separators, bidirectional marks. */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const OBEYED_EVERYWHERE = new RegExp(OBEYED, "gu");
const MAX_CHARACTERS = 500;

/** Text of a document, a target or a vendor on one line for people, at most 500 characters of it. */
export function printable(text: string): string {
  const line = text.slice(0, MAX_CHARACTERS).replace(OBEYED_EVERYWHERE, "?");
  return text.length > MAX_CHARACTERS ? `${line}…` : line;
}

/** Our own message, whose lines are meant, without what it may have taken over from elsewhere. */
export function printableLines(message: string): string {
  return OBEYED.test(message) ? message.replace(OBEYED_EVERYWHERE, (found) => (found === "\n" ? found : "?")) : message;
}

/** Whether a text can be shown as it is. */
export function isPrintable(text: string): boolean {
  return !OBEYED.test(text);
}
