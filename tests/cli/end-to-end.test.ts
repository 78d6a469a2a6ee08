import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { openStore } from "../../provider/stores/registry";
import { CANARY, contents, fill, sampleDocuments } from "./harness";

const root = join(__dirname, "../..");

/** How a child process ended, and all that it printed. */
interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

describe("airflow-env as a process, on local stores", () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cli-"));
    environment = { ...process.env, HOME: folder, XDG_CONFIG_HOME: join(folder, "config"), TMPDIR: folder };
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function node(script: string, args: string[], input = ""): Promise<Ended> {
    const child = spawn(process.execPath, ["--import", "tsx", join(root, script), ...args], {
      cwd: root,
      env: environment,
    });
    child.stdin.on("error", (error: NodeJS.ErrnoException) => {
      // A command that needs no input may end before it is written.
      if (error.code !== "EPIPE") throw error;
    });
    child.stdin.end(input);
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve([code, signal]));
    });
    const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    expect(`${stdout}${stderr}`).not.to.contain(CANARY);
    return { code, signal, stdout, stderr };
  }

  const cli = (args: string[], input?: string) => node("cli/main.ts", args, input);
  const address = (name: string) => `local:${join(folder, name)}`;

  /** Works on a store in this process, with the child processes' key files. */
  async function inStore<T>(
    name: string,
    work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>,
  ): Promise<T> {
    const before = process.env["XDG_CONFIG_HOME"];
    process.env["XDG_CONFIG_HOME"] = environment["XDG_CONFIG_HOME"];
    const store = await openStore(address(name));
    try {
      return await work(store);
    } finally {
      await store.close();
      if (before === undefined) delete process.env["XDG_CONFIG_HOME"];
      else process.env["XDG_CONFIG_HOME"] = before;
    }
  }

  it("goes on after SIGKILL, and holds no Workspace document until the copy is complete", async () => {
    await inStore("from", (store) => fill(store, sampleDocuments()));
    const source = await inStore("from", contents);
    const total = Object.keys(source).length;
    // Every write in turn is in store-copy.test.ts; here the moments that differ, with real files and locks.
    const moments = [
      [1, "begin"],
      [1, "end"],
      [total - 1, "end"],
      [total, "begin"],
      [total, "end"],
    ] as const;
    for (const [puts, moment] of moments) {
      const to = `to-${puts}-${moment}`;
      const killed = await node("tests/cli/interrupted-copy.ts", [address("from"), address(to), String(puts), moment]);
      expect(killed.signal, killed.stderr).to.equal("SIGKILL");
      const half = await inStore(to, contents);
      if (puts < total || moment === "begin") expect(half).not.to.have.property("data/workspace");
      for (const [key, stored] of Object.entries(half)) expect(stored).to.equal(source[key]);
      const resumed = await cli(["store", "copy", address("from"), address(to), "--json"]);
      expect(resumed.code, resumed.stderr).to.equal(0);
      const { copied, equal } = JSON.parse(resumed.stdout).workspaces[0] as { copied: string[]; equal: string[] };
      expect(equal).to.have.members(Object.keys(half));
      expect(copied).to.have.lengthOf(total - equal.length);
      expect(await inStore(to, contents)).to.deep.equal(source);
    }
    expect(await inStore("from", contents)).to.deep.equal(source);
    await expectSealed();
  });

  it("sets a value, lists, copies and renders, with no secret in sight", async () => {
    await inStore("from", (store) => fill(store, sampleDocuments()));
    const where = ["--store", address("from"), "--workspace", "data"];
    const set = await cli(["value", "set", "db", ...where], `${CANARY}-db\n`);
    expect(set, set.stderr).to.deep.include({ code: 0, stdout: 'value "db" created\n' });
    const listed = await cli(["store", "list", address("from")]);
    expect(listed.stdout).to.contain("warehouse").and.to.contain("db ");
    expect((await cli(["store", "copy", address("from"), address("to")])).code).to.equal(0);
    await expectSealed();
    const file = join(folder, "connections.json");
    const rendered = await cli([
      "render",
      "--store",
      address("to"),
      ...where.slice(2),
      "--deployment",
      "prod",
      "--output",
      file,
    ]);
    expect(rendered.code, rendered.stderr).to.equal(0);
    expect(JSON.parse(await readFile(file, "utf8"))).to.have.nested.property("warehouse.password", CANARY);
  });

  it("reads nothing into being: looking at a store that is not there makes no file", async () => {
    const none = `there is no store at ${join(folder, "none")}; a relative path starts at the current folder`;
    expect(await cli(["store", "list", address("none")])).to.deep.include({ code: 1, stderr: `error: ${none}\n` });
    const where = ["--store", address("none"), "--workspace", "data"];
    expect((await cli(["value", "list", ...where])).stdout).to.equal(`${none}\n`);
    const rendered = await cli(["render", ...where, "--deployment", "dev", "--stdout"]);
    expect(rendered).to.deep.include({ code: 1, stderr: `error: ${none}\n` });
    const copied = await cli(["store", "copy", address("none"), address("other"), "--dry-run"]);
    expect(copied).to.deep.include({ code: 1, stderr: `error: ${none}\n` });
    // tsx keeps its cache in the temporary folder.
    expect((await readdir(folder)).filter((name) => !name.startsWith("tsx"))).to.deep.equal([]);
  });

  it("says where it made a store", async () => {
    const set = () => cli(["value", "set", "db", "--store", address("new"), "--workspace", "data"], CANARY);
    expect((await set()).stderr).to.contain(`A new store was made at ${join(folder, "new")}\n`);
    expect((await set()).stderr).not.to.contain("new store");
  });

  it("ends quietly when the reader of its output has gone", async () => {
    const child = spawn(process.execPath, ["--import", "tsx", join(root, "cli/main.ts"), "--help"], {
      env: environment,
    });
    child.stdout.destroy();
    const stderr = text(child.stderr);
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stderr: await stderr }).to.deep.equal({ code: 0, stderr: "" });
  });

  /** No file below the test's folder, which is home and temporary folder of the children too, has the canary in it. */
  async function expectSealed(): Promise<void> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((candidate) => candidate.isFile())) {
      const bytes = await readFile(join(entry.parentPath, entry.name));
      expect(bytes.includes(CANARY), entry.name).to.equal(false);
    }
  }
});
