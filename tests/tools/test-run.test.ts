import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import type { Outcome } from "../../tools/testing/report.mjs" with { "resolution-mode": "import" };

const tools = join(__dirname, "..", "..", "tools");
const urlOf = (...path: string[]) => JSON.stringify(pathToFileURL(join(tools, ...path)).href);

describe("the end of a test run", () => {
  const outcome = (name: string, more: Partial<Outcome> = {}): Outcome => ({
    name,
    passed: 1,
    failed: 0,
    skipped: 0,
    seconds: 1,
    ...more,
  });
  const report = async (...outcomes: Outcome[]) => (await import("../../tools/testing/report.mjs")).report(outcomes);

  it("tells what each part did, where the time went, and closes with the sums", async () => {
    const files = { "tests/integration/a.test.ts": 2, "tests/integration/b.test.ts": 30.25 };
    const parts = [outcome("build", { passed: 0 }), outcome("lint"), outcome("integration", { seconds: 31, files })];
    const { text, code } = await report(...parts);
    expect(text.split("\n")).to.deep.equal([
      "",
      "lint: 1 ok, 0 not ok",
      "integration: 1 ok, 0 not ok",
      "",
      "Seconds, 33 in all:",
      "    31.0  integration",
      "      30.3  tests/integration/b.test.ts",
      "       2.0  tests/integration/a.test.ts",
      "     1.0  build",
      "     1.0  lint",
      "",
      "2 passed, 0 failed",
      "",
    ]);
    expect(code).to.equal(0);
  });

  it("fails when anything failed, and when nothing ran", async () => {
    expect((await report(outcome("a"), outcome("b", { failed: 1 }))).code).to.equal(1);
    expect((await report(outcome("a", { passed: 0 }))).code).to.equal(1);
    expect((await report()).text).to.match(/\n0 passed, 0 failed\n$/);
    expect((await report(outcome("a", { skipped: 2 }))).text).to.match(/\n1 passed, 0 failed, 2 skipped\n$/);
  });
});

describe("a part of a test run", () => {
  let folder: string;
  const started: ChildProcess[] = [];
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "airflow-env-run-"))));
  afterEach(() => {
    started.splice(0).forEach((child) => child.kill("SIGKILL"));
    rmSync(folder, { recursive: true, force: true });
  });

  function file(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }

  /** A process that runs these files as `npm test` does; the part's outcome lies in a file at its end. */
  function start(...args: string[]): ChildProcess {
    const script = `
      const { mocha } = await import(${urlOf("testing", "steps.mjs")});
      const outcome = await mocha("part", ${JSON.stringify(args)});
      (await import("node:fs")).writeFileSync(${JSON.stringify(join(folder, "outcome"))}, JSON.stringify(outcome));`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" });
    started.push(child);
    return child;
  }

  async function outcomeOf(...args: string[]): Promise<Outcome> {
    await once(start(...args), "exit");
    return JSON.parse(readFileSync(join(folder, "outcome"), "utf8")) as Outcome;
  }

  const good = `it("good", () => undefined); it.skip("left out", () => undefined);`;
  const bad = `it("good", () => undefined); it("bad", () => { throw new Error("bad"); });`;

  for (const parallel of [[], ["--parallel", "--jobs", "2"]])
    it(`counts what passed, failed and was left out, and the time of each file${parallel.length ? ", in parallel" : ""}`, async () => {
      const slow = `describe("slow", () => { before((done) => void setTimeout(done, 30)); ${good} });`;
      const outcome = await outcomeOf(...parallel, file("slow.test.cjs", slow), file("bad.test.cjs", bad));
      expect(outcome).to.include({ name: "part", passed: 2, failed: 1, skipped: 1 });
      const files = Object.entries(outcome.files ?? {}).map(([name, seconds]) => [basename(name), seconds > 0]);
      expect(Object.fromEntries(files)).to.have.property("slow.test.cjs", true);
    });

  for (const [what, text] of [
    ["cannot be loaded", `throw new Error("broken");`],
    ["ends the process", `it("exits", () => process.exit(0)); ${good}`],
    ["kills the process", `it("dies", () => process.kill(process.pid, "SIGKILL")); ${good}`],
  ] as const)
    it(`has failed when a file ${what}`, async () => {
      const outcome = await outcomeOf(file("good.test.cjs", good), file("x.test.cjs", text));
      expect(outcome.failed).to.equal(1);
    });

  it("leaves no server behind when the run is killed", async () => {
    const pidFile = join(folder, "pid");
    const spec = file(
      "server.test.mjs",
      `import { writeFileSync } from "node:fs";
       import { startServerProcess } from ${urlOf("servers", "server-process.mjs")};
       it("hangs", () => {
         const options = { directory: ${JSON.stringify(folder)}, name: "server" };
         // Like Pulumi's engine with its plugins: a child with a group of its own.
         const script = "set -m; sleep 3600 & echo $$ $! > " + ${JSON.stringify(pidFile)} + "; wait";
         startServerProcess("bash", ["-c", script], options);
         writeFileSync(${JSON.stringify(join(folder, "started"))}, "");
         return new Promise(() => setInterval(() => undefined, 1000));
       });`,
    );
    const run = start(spec);
    // A process that is killed between its start and its announcement to the watchdog is beyond help.
    while (!existsSync(join(folder, "started"))) await sleep(20);
    while (!existsSync(pidFile) || !readFileSync(pidFile, "utf8").endsWith("\n")) await sleep(20);
    const pids = readFileSync(pidFile, "utf8").trim().split(" ").map(Number);
    expect(pids.map(isRunning)).to.deep.equal([true, true]);
    run.kill("SIGKILL");
    while (pids.some(isRunning)) await sleep(20);
  });
});

/** A killed process whose new parent has not looked at it yet has ended, too. */
function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch (error) {
    if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return false;
  }
}
