import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

describe("the page about testing", () => {
  it("shows the program and the test beside this file, which run with the others", () => {
    const page = readFileSync(join(__dirname, "../../../docs/testing.md"), "utf8");
    const shown = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code);
    const files = ["program.ts", "program.test.ts"].map((file) => readFileSync(join(__dirname, file), "utf8"));
    expect(shown).to.deep.equal(files);
  });
});
