import { setImmediate as nextTurn } from "node:timers/promises";
import type { ReadStream, WriteStream } from "node:tty";
import { InputError } from "../provider/errors";
import { InterruptedError } from "./failure";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const CTRL_U = "\u0015";
const ERASE = new Set(["\u007f", "\b"]);
const LINE_END = new Set(["\r", "\n", CTRL_D]);
/** Around what is pasted, in terminals where a program before us asked for it. */
const PASTE_MARK = /\u001b\[20[01]~/g;
const PASTE_MARK_LENGTH = "\u001b[200~".length;
/** All but the tabulator: arrow keys, for example, begin with an escape. */
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;
const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
/** The event loop has read all that was typed before after so many turns: it begins to read, it reads, we go on. */
const TURNS_TO_READ = 3;

type Input = Pick<ReadStream, "setRawMode" | "setEncoding" | "on" | "off" | "resume" | "pause">;
type Signals = Pick<NodeJS.Process, "on" | "off" | "kill" | "pid">;

/**
 * Asks for lines without showing them. What was typed before the first question is thrown away, as `ssh` and `sudo` do:
 * some of it may have been shown. The terminal is given back as it was, whatever ends the process but SIGKILL.
 *
 * @returns an answer for each question.
 * @throws InputError when several lines are pasted (the rest would end up in the shell, which keeps a history), and when
 *   a line holds control characters.
 * @throws InterruptedError at Ctrl-C, and when the terminal is gone.
 */
export async function readHidden(
  input: Input,
  output: Pick<WriteStream, "write">,
  questions: string[],
  signals: Signals = process,
): Promise<string[]> {
  const line = new HiddenLine();
  const onData = (chunk: string) => line.take(chunk);
  const onEnd = () => line.interrupt();
  // Before anything is asked: what comes from here on is not shown.
  input.setRawMode(true);
  const restore = () => {
    input.off("data", onData).off("end", onEnd).off("error", onEnd);
    for (const signal of SIGNALS) signals.off(signal, onSignal);
    input.setRawMode(false);
    input.pause();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    restore();
    output.write("\n");
    // Nobody else listens now, so it does what it would have done.
    signals.kill(signals.pid, signal);
  };
  for (const signal of SIGNALS) signals.on(signal, onSignal);
  input.setEncoding("utf8");
  input.on("data", onData).on("end", onEnd).on("error", onEnd);
  input.resume();
  try {
    for (let turn = 0; turn < TURNS_TO_READ; turn++) await nextTurn();
    const answers: string[] = [];
    for (const question of questions) {
      const answer = line.next();
      output.write(question);
      try {
        answers.push(await answer);
      } finally {
        output.write("\n");
      }
    }
    return answers;
  } finally {
    restore();
  }
}

/** The line being typed, when one is asked for; else what is typed is thrown away. */
class HiddenLine {
  private typed: string[] = [];
  private settle: { resolve(line: string): void; reject(error: Error): void } | undefined;
  private isInterrupted = false;

  next(): Promise<string> {
    if (this.isInterrupted) return Promise.reject(new InterruptedError());
    this.typed = [];
    return new Promise((resolve, reject) => (this.settle = { resolve, reject }));
  }

  take(chunk: string): void {
    const characters = Array.from(chunk);
    for (const [index, character] of characters.entries()) {
      if (!this.settle) return;
      if (character === CTRL_C) return this.interrupt();
      if (LINE_END.has(character)) return this.end(characters.slice(index + 1).join(""));
      if (character === CTRL_U) this.typed = [];
      else if (ERASE.has(character)) this.typed.pop();
      else this.add(character);
    }
  }

  /** Also between questions, and before the first one: the terminal may be gone by then. */
  interrupt(): void {
    this.isInterrupted = true;
    this.settle?.reject(new InterruptedError());
    this.settle = undefined;
  }

  private add(character: string): void {
    this.typed.push(character);
    // At once: one erasing key after a paste takes its last character, not a piece of the mark.
    if (this.typed.slice(-PASTE_MARK_LENGTH).join("").search(PASTE_MARK) >= 0) this.typed.splice(-PASTE_MARK_LENGTH);
  }

  private end(following: string): void {
    const line = this.typed.join("");
    const more = Array.from(following.replace(PASTE_MARK, "")).some((character) => !LINE_END.has(character));
    const { settle } = this;
    this.settle = undefined;
    if (more) settle?.reject(new InputError("the value has several lines; give it as a file: < FILE"));
    else if (CONTROL.test(line))
      settle?.reject(
        new InputError(
          "the value has control characters, as arrow keys make them; type it again, or give it as a file: < FILE",
        ),
      );
    else settle?.resolve(line);
  }
}
