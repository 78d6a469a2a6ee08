import type { ReadStream, WriteStream } from "node:tty";
import { InputError } from "../provider/errors";
import { InterruptedError } from "./failure";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const ERASE = new Set(["\u007f", "\b"]);
const LINE_END = new Set(["\r", "\n", CTRL_D]);

/**
 * Asks for one line without showing it.
 *
 * @throws InputError when several lines are pasted: the rest would end up in the shell, which keeps a history.
 * @throws InterruptedError at Ctrl-C.
 */
export function readHidden(
  input: Pick<ReadStream, "setRawMode" | "setEncoding" | "on" | "off" | "resume" | "pause">,
  output: Pick<WriteStream, "write">,
  question: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const typed: string[] = [];
    const end = (settle: () => void) => {
      input.off("data", onData);
      input.setRawMode(false);
      input.pause();
      output.write("\n");
      settle();
    };
    const onData = (chunk: string) => {
      const characters = [...chunk];
      for (const [index, character] of characters.entries()) {
        if (character === CTRL_C) return end(() => reject(new InterruptedError()));
        if (LINE_END.has(character)) {
          if (characters.slice(index + 1).some((later) => !LINE_END.has(later)))
            return end(() => reject(new InputError("the value has several lines; give it as a file: < FILE")));
          return end(() => resolve(typed.join("")));
        }
        if (ERASE.has(character)) typed.pop();
        else typed.push(character);
      }
    };
    output.write(question);
    input.setRawMode(true);
    input.setEncoding("utf8");
    input.on("data", onData);
    input.resume();
  });
}
