import type { ReadStream } from "node:tty";
import { readHidden } from "./hidden-input";

/** Standard streams, as the verbs see them. */
export interface Terminal {
  readonly inputIsTerminal: boolean;
  /** Results; a newline is added. */
  out(text: string): void;
  /** Results exactly as they are. */
  outRaw(text: string): void;
  /** What is said beside the results, on standard error; a newline is added. */
  note(text: string): void;
  /** One line of progress that replaces the one before; silent unless standard error is a terminal. */
  progress(text: string): void;
  /** Takes the progress line away. */
  endProgress(): void;
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  /** All of standard input. */
  readInput(): Promise<Buffer>;
  /** Lines typed at the terminal and not shown, one for each question. */
  readHidden(questions: string[]): Promise<string[]>;
}

type Input = NodeJS.ReadableStream & { isTTY?: boolean };
type Output = NodeJS.WritableStream & { isTTY?: boolean };

/** The process's own streams, or others like them. */
export function streamTerminal(input: Input, output: Output, errors: Output, environment: NodeJS.ProcessEnv): Terminal {
  let hasProgress = false;
  const endProgress = () => {
    if (hasProgress) errors.write("\r\u001b[K");
    hasProgress = false;
  };
  // https://no-color.org: any value that is not empty.
  const hasColour = output.isTTY === true && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
  const paint = (code: number) => (text: string) => (hasColour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    inputIsTerminal: input.isTTY === true,
    out: (text) => void output.write(`${text}\n`),
    outRaw: (text) => void output.write(text),
    note(text) {
      endProgress();
      errors.write(`${text}\n`);
    },
    progress(text) {
      if (!errors.isTTY) return;
      errors.write(`\r\u001b[K${text}`);
      hasProgress = true;
    },
    endProgress,
    good: paint(32),
    bad: paint(31),
    faint: paint(2),
    async readInput() {
      const chunks: Buffer[] = [];
      for await (const chunk of input) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      return Buffer.concat(chunks);
    },
    readHidden: (questions) => readHidden(input as ReadStream, errors, questions),
  };
}
