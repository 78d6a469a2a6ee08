import { expect } from "chai";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const root = join(__dirname, "..", "..");
/** Packages that only some stores or targets need. */
const VENDORS = ["@aws-sdk/", "@kubernetes/client-node", "@smithy/", "google-auth-library", "libsql"];

/** Notes every module that is imported; what is required shows in require.cache. */
const HOOKS = `
import { appendFileSync } from "node:fs";
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED_MODULES, url + "\\n");
  return next(url, context);
}`;

describe("what the provider host loads", () => {
  let folder: string;

  before(() => (folder = mkdtempSync(join(tmpdir(), "airflow-env-loading-"))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Vendors' packages that a new process has loaded after some code. */
  async function vendorsAfter(code: string): Promise<string[]> {
    const list = join(folder, "loaded");
    writeFileSync(list, "");
    const register = `require("node:module").register("data:text/javascript," + encodeURIComponent(${JSON.stringify(HOOKS)}));`;
    const note = `require("node:fs").appendFileSync(process.env.LOADED_MODULES, Object.keys(require.cache).join("\\n"));`;
    const script = `${register} (async () => { ${code} })().then(() => { ${note} });`;
    await promisify(execFile)(
      process.execPath,
      ["--import", pathToFileURL(require.resolve("tsx")).href, "--eval", script],
      {
        cwd: root,
        env: { PATH: process.env["PATH"], HOME: folder, LOADED_MODULES: list },
      },
    );
    const loaded = readFileSync(list, "utf8");
    return VENDORS.filter((vendor) => loaded.includes(`/node_modules/${vendor}`));
  }

  const openLocalStore = `
    require("./provider/handlers.ts");
    const store = await require("./provider/stores/registry.ts").openStore("local:" + process.env.HOME + "/store");`;

  it("no vendor's package with the handlers alone, although every store's address can be judged", async () => {
    expect(
      await vendorsAfter(`
        require("./provider/handlers.ts");
        const { storeAddressProblem } = require("./provider/stores/registry.ts");
        for (const address of ["local:x", "aws-sm://x?region=eu-central-1", "vault://secret/x", "gcp-sm://project/x"]) storeAddressProblem(address);`),
    ).to.deep.equal([]);
  });

  it("SQLite and no other vendor's package with the local store and a directory target", async () => {
    expect(
      await vendorsAfter(`${openLocalStore}
        await store.put("w/workspace", "{}", "{}", "absent");
        const { openTarget } = require("./provider/targets/registry.ts");
        await (await openTarget({ directory: { path: process.env.HOME + "/target" } })).read();`),
    ).to.deep.equal(["libsql"]);
  });

  it("the Kubernetes client when a cluster is asked for: what the test looks for can be seen", async () => {
    expect(
      await vendorsAfter(`
        const { openTarget } = require("./provider/targets/registry.ts");
        await openTarget({ kubernetes: { namespace: "airflow" } });`),
    ).to.deep.equal(["@kubernetes/client-node"]);
  });
});
