import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import sinon from "sinon";

describe("Chromium of the toolchain", () => {
  let folder: string;
  const { PATH: path, AIRFLOW_ENV_TOOLS_CACHE: cache } = process.env;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "airflow-env-chromium-"));
    process.env["PATH"] = folder;
    process.env["AIRFLOW_ENV_TOOLS_CACHE"] = folder;
  });
  afterEach(() => {
    process.env["PATH"] = path;
    if (cache === undefined) delete process.env["AIRFLOW_ENV_TOOLS_CACHE"];
    else process.env["AIRFLOW_ENV_TOOLS_CACHE"] = cache;
    rmSync(folder, { recursive: true });
  });

  const ensure = async () => (await import("../../tools/toolchain.mjs")).ensureChromium();
  const program = (name: string, script: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\nPATH=${path ?? ""}\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
    return join(folder, name);
  };
  const failure = async () => {
    try {
      await ensure();
    } catch (error) {
      return (error as Error).message;
    }
    return "none";
  };

  it("is the one on PATH, whatever it is called", async () => {
    const chrome = program("google-chrome", "exit 0");
    expect(await ensure()).to.deep.equal({ chromium: chrome });
  });

  it("is installed where this process may", async () => {
    sinon.stub(process, "getuid").returns(0);
    program("apt-get", `[ "$1" = install ] && { : > "${folder}/chromium"; chmod 755 "${folder}/chromium"; }; exit 0`);
    expect(await ensure()).to.deep.equal({ chromium: join(folder, "chromium") });
  });

  it("fails in one line, with what to install, where there is none", async () => {
    expect(await failure()).to.match(/^Chromium is needed .*apt-get install chromium.*$/);
  });

  it("fails in one line where it cannot be installed", async () => {
    sinon.stub(process, "getuid").returns(0);
    program("apt-get", "echo several; echo lines; echo 'E: Unable to locate package chromium' >&2; exit 100");
    expect(await failure()).to.match(/^Chromium is needed .*\(E: Unable to locate package chromium\)$/);
  });
});
