import { EventEmitter } from "node:events";
import { expect } from "chai";
import sinon from "sinon";
import { readHidden } from "../../cli/hidden-input";

/** A terminal's input: what is typed, in chunks. */
function typing(...chunks: string[]) {
  const emitter = new EventEmitter();
  const input = Object.assign(emitter, {
    setRawMode: sinon.stub(),
    setEncoding: sinon.stub(),
    pause: sinon.stub(),
    resume: sinon.stub().callsFake(() => {
      for (const chunk of chunks) emitter.emit("data", chunk);
    }),
  });
  const shown: string[] = [];
  const output = { write: (text: string) => shown.push(text) };
  const answer = readHidden(input as never, output as never, "Value: ");
  return { answer, shown, input };
}

describe("hidden input", () => {
  it("takes a line, shows none of it, and gives the terminal back", async () => {
    const { answer, shown, input } = typing("s3", "cx\u007fr", "et\r");
    expect(await answer).to.equal("s3cret");
    expect(shown).to.deep.equal(["Value: ", "\n"]);
    expect(input.setRawMode.args).to.deep.equal([[true], [false]]);
    expect(input.pause.calledOnce).to.equal(true);
    expect(input.listenerCount("data")).to.equal(0);
  });

  it("erases whole characters", async () => {
    expect(await typing("a𝒳\bb\r").answer).to.equal("ab");
  });

  it("ends at Ctrl-C, giving the terminal back", async () => {
    const { answer, input } = typing("s3cret\u0003");
    const failure = await answer.catch((error: unknown) => error);
    expect(failure).to.deep.include({ code: "interrupted" });
    expect(input.setRawMode.lastCall.args).to.deep.equal([false]);
  });

  it("refuses several pasted lines", async () => {
    const failure = await typing("one\rtwo\r").answer.catch((error: unknown) => error);
    expect(failure).to.have.property("message").that.contains("several lines").and.does.not.contain("one");
  });
});
