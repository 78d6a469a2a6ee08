import { expect } from "chai";
import { ConflictError } from "../../provider/errors";
import { isPrintable, printable, printableLines } from "../../provider/printable";
import { warningPrinter } from "../../provider/warnings";

/** Clears the screen, sets the title, begins a line of its own, turns the reading order round. */
const HOSTILE = "\u001b[2J\u001b]0;x\u0007\r\nUpdate succeeded\u202e\u2066\u2028";

describe("what others wrote, shown to people", () => {
  it("cannot steer a terminal, nor begin a line of its own", () => {
    expect(printable(HOSTILE)).to.equal("?[2J?]0;x???Update succeeded???");
    expect(printable("Zürich, 東京 😀")).to.equal("Zürich, 東京 😀");
  });

  it("is cut where it is long", () => {
    expect(printable("x".repeat(1_000_000))).to.equal(`${"x".repeat(500)}…`);
  });

  it("keeps lines in our own messages, and nothing else that is not text", () => {
    expect(printableLines(`one\ntwo${HOSTILE}`)).to.equal("one\ntwo?[2J?]0;x??\nUpdate succeeded???");
    expect(new ConflictError(`belongs to \u001b[31mred`).message).to.equal("belongs to ?[31mred");
    const printed: string[] = [];
    warningPrinter((line) => printed.push(line))("at \u001b[31mred");
    expect(printed).to.deep.equal(["at ?[31mred"]);
    expect([isPrintable(HOSTILE), isPrintable("text\n"), isPrintable("é")]).to.deep.equal([false, false, true]);
  });
});
