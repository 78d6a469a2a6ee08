import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Runs a script in a fresh process, so that nothing is loaded yet. */
function evaluate(script: string): unknown {
  const tsx = require.resolve("tsx/cjs");
  const out = execFileSync(process.execPath, ["--require", tsx, "-e", script], {
    cwd: join(__dirname, "../.."),
    encoding: "utf8",
  });
  return JSON.parse(out) as unknown;
}

describe("loading the catalog", () => {
  it("reads the data at the first look-up, not at import", () => {
    const result = evaluate(`
      const loaded = () => Object.keys(require.cache).some((file) => file.includes("catalog.generated"));
      const lookup = require("./catalog/lookup.ts");
      const atImport = loaded();
      lookup.findConnectionType("postgres");
      console.log(JSON.stringify({ atImport, afterLookup: loaded() }));
    `);
    expect(result).to.deep.equal({ atImport: false, afterLookup: true });
  });

  it("is left to the first resource that has fields to mark: importing the SDK loads nothing of it", () => {
    const result = evaluate(`
      const loaded = () => Object.keys(require.cache).some((file) => /\\/catalog\\/[^/]+$/.test(file));
      require("./sdk/index.ts");
      console.log(JSON.stringify({ atImport: loaded() }));
    `);
    expect(result).to.deep.equal({ atImport: false });
  });
});
