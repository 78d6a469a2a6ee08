import { EventEmitter } from "node:events";
import { expect } from "chai";
import sinon from "sinon";
import { readHidden } from "../../cli/hidden-input";

/** A terminal: what is typed before the first question, and then after each, in chunks. */
function typing({ before = [], after }: { before?: string[]; after: string[][] }) {
  const emitter = new EventEmitter();
  const log: string[] = [];
  const type = (chunks: string[]) =>
    setImmediate(() => {
      for (const chunk of chunks) emitter.emit("data", chunk);
    });
  const input = Object.assign(emitter, {
    setRawMode: sinon.stub().callsFake((isRaw: boolean) => log.push(isRaw ? "raw" : "cooked")),
    setEncoding: sinon.stub(),
    pause: sinon.stub(),
    resume: sinon.stub().callsFake(() => type(before)),
  });
  const output = {
    write(text: string) {
      log.push(text);
      if (text !== "\n") type(after.shift() ?? []);
      return true;
    },
  };
  const signals = Object.assign(new EventEmitter(), { kill: sinon.stub(), pid: 4711 });
  const questions = after.map((_, index) => `Question ${index}: `);
  const answers = readHidden(input as never, output as never, questions, signals as never);
  const failure = () =>
    answers.then(
      () => undefined,
      (error: unknown) => error as Error,
    );
  return { answers, failure, log, input, signals };
}
const typed = (...chunks: string[]) => typing({ after: [chunks] });

describe("hidden input", () => {
  it("takes a line, shows none of it, and gives the terminal back", async () => {
    const { answers, log, input, signals } = typed("s3", "cx\u007fr", "et\r");
    expect(await answers).to.deep.equal(["s3cret"]);
    expect(log).to.deep.equal(["raw", "Question 0: ", "\n", "cooked"]);
    expect(input.pause.calledOnce).to.equal(true);
    expect([...input.eventNames(), ...signals.eventNames()]).to.deep.equal([]);
  });

  it("asks several questions, and shows nothing of what is typed between them", async () => {
    const { answers, log } = typing({ after: [["one\r"], ["two\r"]] });
    expect(await answers).to.deep.equal(["one", "two"]);
    expect(log).to.deep.equal(["raw", "Question 0: ", "\n", "Question 1: ", "\n", "cooked"]);
  });

  it("throws away what was typed before the first question", async () => {
    const { answers } = typing({ before: ["typed ahead\rmore"], after: [["s3cret\r"]] });
    expect(await answers).to.deep.equal(["s3cret"]);
  });

  it("erases whole characters, and the line at Ctrl-U", async () => {
    expect(await typed("a𝒳\bb\r").answers).to.deep.equal(["ab"]);
    expect(await typed("wrong\u0015right\r").answers).to.deep.equal(["right"]);
  });

  it("keeps a tabulator, which passwords may have", async () => {
    expect(await typed("a\tb\r").answers).to.deep.equal(["a\tb"]);
  });

  const pastes: Record<string, [chunks: string[], answer: string]> = {
    "in one chunk": [["\u001b[200~s3cret\u001b[201~\r"], "s3cret"],
    "in chunks cut anywhere": [["\u001b[20", "0~s3c", "ret\u001b", "[201~", "\r"], "s3cret"],
    "with a line end inside": [["\u001b[200~s3cret\r\u001b[201~"], "s3cret"],
    "erased in part": [["\u001b[200~s3crett\u001b[201~", "\u007f\r"], "s3cret"],
    "between typed characters": [["a\u001b[200~b\u001b[201~c\r"], "abc"],
  };
  for (const [what, [chunks, answer]] of Object.entries(pastes))
    it(`does not take a paste's marks for a part of the value: ${what}`, async () => {
      expect(await typed(...chunks).answers).to.deep.equal([answer]);
    });

  it("takes a mark that arrives after the line for nothing either", async () => {
    const { answers } = typing({ after: [["\u001b[200~one\r"], ["\u001b[201~", "two\r"]] });
    expect(await answers).to.deep.equal(["one", "two"]);
  });

  for (const keys of ["ab\u001b[Dc\r", "a\u001bOPb\r", "a\u0017b\r", "a\u0000b\r", "a\u009bDb\r"])
    it(`refuses ${JSON.stringify(keys)}`, async () => {
      const failure = await typed(keys).failure();
      expect(failure).to.include({ code: "input" });
      expect(failure?.message).to.contain("control characters").and.to.contain("< FILE");
    });

  it("ends at Ctrl-C, giving the terminal back", async () => {
    const { failure, log } = typed("s3cret\u0003");
    expect(await failure()).to.include({ code: "interrupted" });
    expect(log.at(-1)).to.equal("cooked");
  });

  it("ends when the terminal is gone, before the question and after", async () => {
    for (const event of ["end", "error"])
      for (const isAsked of [false, true]) {
        const { failure, input, log } = typed("s3cret");
        while (isAsked && !log.includes("Question 0: ")) await new Promise(setImmediate);
        input.emit(event, new Error("read EIO"));
        expect(await failure(), event).to.include({ code: "interrupted" });
      }
  });

  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"])
    it(`gives the terminal back at ${signal}, and lets it do its work`, async () => {
      const { log, signals } = typed("s3cret");
      signals.emit(signal, signal);
      expect(log).to.deep.equal(["raw", "cooked", "\n"]);
      expect(signals.kill.args).to.deep.equal([[4711, signal]]);
      expect(signals.eventNames()).to.deep.equal([]);
    });

  it("refuses several pasted lines", async () => {
    for (const lines of ["one\rtwo\r", "\u001b[200~one\rtwo\u001b[201~\r"]) {
      const failure = await typed(lines).failure();
      expect(failure?.message).to.contain("several lines").and.not.to.contain("one");
    }
  });
});
