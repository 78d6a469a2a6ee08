import { expect } from "chai";
import { warningPrinter } from "../../provider/warnings";

describe("warnings", () => {
  function printed(act: (warn: ReturnType<typeof warningPrinter>) => void): string[] {
    const lines: string[] = [];
    act(warningPrinter((line) => lines.push(line)));
    return lines;
  }

  it("are shown once each", () => {
    const lines = printed((warn) => ["a", "b", "a"].forEach((message) => warn(message)));
    expect(lines).to.deep.equal(["a", "b"]);
  });

  it("of one topic are shown up to five times, then the topic once", () => {
    const lines = printed((warn) => {
      for (let at = 1; at <= 100; at++) warn(`Deployment ${at} is slow`, "slow Deployments");
      warn("another", "another topic");
    });
    expect(lines).to.have.lengthOf(7);
    expect(lines[4]).to.equal("Deployment 5 is slow");
    expect(lines[5]).to.equal("slow Deployments: there are more than the 5 above");
    expect(lines[6]).to.equal("another");
  });
});
