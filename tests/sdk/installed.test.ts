import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

const root = join(__dirname, "../..");

/** Asks in a process of its own, as Pulumi's program is one: without mocks. */
const ASK = `
const { requireInstalledInProject } = require(process.argv[1]);
try { requireInstalledInProject(); console.log("found"); } catch (error) { console.log(error.message); }`;

describe("the package in the Pulumi project", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "airflow-env-installed-")));
    mkdirSync(join(folder, "project/program"), { recursive: true });
    install("library");
    writeFileSync(join(folder, "project/package.json"), '{ "name": "project" }');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What a package manager leaves in a folder, as far as a look-up goes. */
  const install = (at: string) => {
    const installed = join(folder, at, "node_modules/pulumi-airflow-env");
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, "package.json"), '{ "exports": { "./provider/handlers": "./handlers.js" } }');
    writeFileSync(join(installed, "handlers.js"), "");
  };

  const ask = (cwd: string) =>
    execFileSync(process.execPath, ["--import", require.resolve("tsx"), "-e", ASK, join(root, "sdk/installed.ts")], {
      cwd,
      encoding: "utf8",
    }).trim();

  it("is asked for where only a library depends on it, as with pnpm", () => {
    expect(ask(join(folder, "project/program"))).to.equal(
      `pulumi-airflow-env cannot be loaded from the Pulumi project's folder ${join(folder, "project/program")}: Pulumi ` +
        "runs its resources' code from there. Add pulumi-airflow-env to the dependencies of the Pulumi project itself, " +
        "also where a library of yours depends on it already, and install",
    );
  });

  it("is found in the project's folder, and above it", () => {
    install("project");
    for (const path of ["project", "project/program"]) expect(ask(join(folder, path))).to.equal("found");
  });
});
