import { printableLines } from "./printable";

/** Of each topic; the rest of a large program would bury the diff. */
const MAX_PER_TOPIC = 5;

/**
 * Warnings for the person who runs Pulumi.
 *
 * @param print - gets one warning each time.
 */
export function warningPrinter(print: (line: string) => void): (message: string, topic?: string) => void {
  const warned = new Set<string>();
  const counts = new Map<string, number>();
  return (message, topic) => {
    // Once per process: check runs in the preview and again in the update.
    if (warned.has(message)) return;
    warned.add(message);
    const count = (counts.get(topic ?? message) ?? 0) + 1;
    counts.set(topic ?? message, count);
    if (count <= MAX_PER_TOPIC) print(printableLines(message));
    else if (count === MAX_PER_TOPIC + 1) print(`${topic}: there are more than the ${MAX_PER_TOPIC} above`);
  };
}
