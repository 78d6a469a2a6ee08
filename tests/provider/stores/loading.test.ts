import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

/** Code of vendors: what one store needs is no other's business. */
const VENDORS = ["libsql", "@kubernetes/client-node", "@aws-sdk/", "@smithy/", "google-auth-library", "p-retry"];

/** Runs a script in a process of its own. @returns which vendors' packages it loaded. */
async function loadedBy(script: string, ...args: string[]): Promise<string[]> {
  const hook = `export async function load(url, context, next) {
    process.stderr.write("LOADED " + url + "\\n");
    return next(url, context);
  }`;
  const register = `import { register } from "node:module";
    register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));`;
  const { stderr } = await promisify(execFile)(
    process.execPath,
    [
      "--import",
      "tsx",
      "--import",
      `data:text/javascript,${encodeURIComponent(register)}`,
      "--eval",
      `const report = () => Object.keys(require.cache).forEach((path) => process.stderr.write("LOADED " + path + "\\n"));
       process.on("exit", report);
       ${script}`,
      ...args,
    ],
    { maxBuffer: 16 * 1024 * 1024 },
  );
  const loaded = stderr.split("\n").filter((line) => line.startsWith("LOADED "));
  expect(loaded.length, "the probe sees what is loaded").to.be.greaterThan(5);
  return VENDORS.filter((vendor) => loaded.some((line) => line.includes(`/node_modules/${vendor}`)));
}

describe("loading stores", () => {
  const registry = `const { openStore, storeAddressProblem } = require("./provider/stores/registry.ts");`;
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "airflow-env-test-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("judges addresses of every kind without any vendor's code", async () => {
    const addresses = ["local:x", "kubernetes://x", "aws-sm://x", "vault://x/y", "nonsense"];
    expect(await loadedBy(`${registry} ${JSON.stringify(addresses)}.map(storeAddressProblem);`)).to.deep.equal([]);
  });

  it("uses the local store with SQLite alone", async () => {
    const script = `${registry}
      process.env.XDG_CONFIG_HOME = process.argv[1];
      openStore("local:" + process.argv[1] + "/store").then(async (store) => {
        await store.put("w/workspace", "{}", "{}", "absent");
        await store.close();
      });`;
    expect(await loadedBy(script, folder)).to.deep.equal(["libsql"]);
  });

  it("loads the Kubernetes client when the Kubernetes store is used, and nothing of AWS", async () => {
    const script = `${registry}
      openStore("kubernetes://x?kubeconfig=/nonexistent").then((store) => store.keys("").catch(() => undefined));`;
    expect(await loadedBy(script)).to.deep.equal(["@kubernetes/client-node"]);
  });
});
