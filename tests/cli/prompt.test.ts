import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { openStore } from "../../provider/stores/registry";

const ROOT = join(__dirname, "../..");
const CANARY = "canary-77c0de";
const QUESTION = { await: "Value (not shown): " };

type Step = { await: string } | { type: string } | { raw: true } | { signal: string };
/** What a person saw, and how the command ended: an exit code, or a signal's number below zero. */
interface Seen {
  shown: string;
  echoes: [before: boolean, after: boolean];
  code: number;
}

describe("airflow-env value set, at a real terminal", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "prompt-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  async function play(...steps: Step[]): Promise<Seen> {
    const where = ["--store", `local:${join(folder, "store")}`, "--workspace", "data"];
    const command = [process.execPath, "--import", "tsx", join(ROOT, "cli/main.ts"), "value", "set", "key", ...where];
    const { stdout } = await promisify(execFile)(
      "python3",
      [join(__dirname, "in_terminal.py"), JSON.stringify(steps), ...command],
      { cwd: ROOT, env: { ...process.env, XDG_CONFIG_HOME: join(folder, "config") } },
    );
    const seen = JSON.parse(stdout) as Seen;
    expect(seen.shown).not.to.contain(CANARY);
    expect(seen.echoes, "the terminal is as it was").to.deep.equal([true, true]);
    return seen;
  }

  async function stored(): Promise<unknown> {
    const before = process.env["XDG_CONFIG_HOME"];
    process.env["XDG_CONFIG_HOME"] = join(folder, "config");
    const store = await openStore(`local:${join(folder, "store")}`);
    try {
      const found = await store.find("data/values/key");
      return found && (JSON.parse(found.text) as { value: unknown }).value;
    } finally {
      await store.close();
      if (before === undefined) delete process.env["XDG_CONFIG_HOME"];
      else process.env["XDG_CONFIG_HOME"] = before;
    }
  }

  it("shows nothing of a value, typed or pasted", async () => {
    const paste = `\u001b[200~${CANARY}\u001b[201~\r`;
    const seen = await play(QUESTION, { type: paste }, { await: "Again: " }, { type: `${CANARY}\r` });
    expect(seen).to.include({ code: 0 });
    expect(await stored()).to.equal(CANARY);
  });

  it("neither shows nor takes what is typed before the question, once it listens", async () => {
    const early: Step[] = [{ raw: true }, { type: `${CANARY}-early\r` }];
    const seen = await play(...early, QUESTION, { type: "right\r" }, { await: "Again: " }, { type: "right\r" });
    // Between raw mode and the question lie some turns of the event loop: what comes later is the answer.
    if (seen.code === 0) expect(await stored()).to.equal("right");
    else expect(seen).to.include({ code: 2 });
  });

  it("throws away a line that was typed, and shown, before it listened", async () => {
    const seen = await play(
      { type: "early\n" },
      QUESTION,
      { type: `${CANARY}\r` },
      { await: "Again: " },
      { type: `${CANARY}\r` },
    );
    expect(seen).to.include({ code: 0 });
    expect(await stored()).to.equal(CANARY);
  });

  for (const [signal, number] of [
    ["SIGHUP", 1],
    ["SIGINT", 2],
    ["SIGTERM", 15],
  ] as const)
    it(`gives the terminal back at ${signal}`, async () => {
      expect(await play(QUESTION, { type: CANARY }, { signal })).to.include({ code: -number });
      expect(await stored()).to.equal(undefined);
    });

  it("gives the terminal back at Ctrl-C, and refuses control characters", async () => {
    expect(await play(QUESTION, { type: `${CANARY}\u0003` })).to.include({ code: 130 });
    const seen = await play(QUESTION, { type: `${CANARY}\u001b[D\r` });
    expect(seen).to.include({ code: 2 });
    expect(seen.shown).to.contain("control characters");
  });
});
