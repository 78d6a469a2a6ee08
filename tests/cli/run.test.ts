import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { documentKeys } from "../../provider/environment/keys";
import { makePrivateFolder } from "../../cli/run/private-folder";
import { openStore } from "../../provider/stores/registry";
import { CANARY, fill, sampleDocuments } from "./harness";

const root = join(__dirname, "../..");

/** Of a file that may go meanwhile, or that nobody may read. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (["ENOENT", "EACCES", "ESRCH", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return Buffer.alloc(0);
    throw error;
  }
}

/** How a run ended. */
interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command that tells what it was given, then does as its argument says. */
const COMMAND = `
const fs = require("node:fs"), path = require("node:path");
const { connections_file_path, variables_file_path } = JSON.parse(process.env.AIRFLOW__SECRETS__BACKEND_KWARGS);
const seen = {
  backend: process.env.AIRFLOW__SECRETS__BACKEND,
  workers: process.env.AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS === process.env.AIRFLOW__SECRETS__BACKEND_KWARGS,
  folder: path.dirname(connections_file_path),
  host: JSON.parse(fs.readFileSync(connections_file_path)).warehouse.host,
  variables: JSON.parse(fs.readFileSync(variables_file_path)),
  env: fs.readFileSync(process.env.AIRFLOW_ENV_FILE, "utf8").includes("AIRFLOW_CONN_WAREHOUSE="),
  modes: [fs.statSync(path.dirname(connections_file_path)), fs.statSync(connections_file_path)].map((s) => (s.mode & 0o777).toString(8)),
};
const [what, value] = process.argv.slice(1);
if (what === "wait") { process.on("SIGTERM", () => process.exit(42)); setInterval(() => {}, 1000); }
process.stdout.write(JSON.stringify(seen) + "\\n");
if (what === "exit") process.exit(Number(value));
if (what === "die") setInterval(() => {}, 1000);
if (what === "await-host") setInterval(() => {
  if (JSON.parse(fs.readFileSync(connections_file_path)).warehouse?.host === value) process.exit(0);
}, 50);
`;

describe("airflow-env run", function () {
  this.timeout(120_000);
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  let address: string;
  let runtime: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cli-run-"));
    // Where /dev/shm is in memory it is the place; a folder of our own there keeps runs apart.
    runtime = await mkdtemp("/dev/shm/cli-run-");
    environment = {
      PATH: process.env["PATH"],
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, "config"),
      XDG_CACHE_HOME: join(folder, "cache"),
      XDG_RUNTIME_DIR: runtime,
      TMPDIR: folder,
    };
    address = `local:${join(folder, "store")}`;
    await inStore((store) => fill(store, sampleDocuments()));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
    await rm(runtime, { recursive: true });
  });

  async function inStore<T>(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> {
    const before = process.env["XDG_CONFIG_HOME"];
    process.env["XDG_CONFIG_HOME"] = environment["XDG_CONFIG_HOME"];
    const store = await openStore(address);
    try {
      return await work(store);
    } finally {
      await store.close();
      if (before === undefined) delete process.env["XDG_CONFIG_HOME"];
      else process.env["XDG_CONFIG_HOME"] = before;
    }
  }

  const change = (host: string) =>
    inStore((store) =>
      fill(
        store,
        sampleDocuments().flatMap(([key, document]) =>
          key === documentKeys.connection("data", "warehouse")
            ? [[key, { ...document, overrides: {}, links: { prod: { owner: "o", overrides: { host } } } }]]
            : [],
        ),
      ),
    );

  const setFetching = (secretsFetching: boolean) =>
    inStore((store) =>
      fill(
        store,
        sampleDocuments().flatMap(([key, document]) =>
          document.kind === "workspace" ? [[key, { ...document, secretsFetching }]] : [],
        ),
      ),
    );

  function start(
    flags: string[],
    command: string[],
  ): { child: ChildProcess; ended: Promise<Ended>; started: Promise<void> } {
    const args = ["run", "--store", address, "--deployment", "prod", ...flags, "--", ...command];
    const child = spawn(process.execPath, ["--import", "tsx", join(root, "cli/main.ts"), ...args], {
      cwd: root,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const started = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
    const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.on("close", (code, signal) => resolve([code, signal])),
    );
    const ended = Promise.all([text(child.stdout), text(child.stderr), closed]).then(
      ([stdout, stderr, [code, signal]]) => {
        expect(stdout + stderr).not.to.contain(CANARY);
        return { code, signal, stdout, stderr };
      },
    );
    return { child, ended, started };
  }

  const run = (flags: string[], ...args: string[]) => start(flags, [process.execPath, "-e", COMMAND, ...args]).ended;
  /** Folders of runs that are there. */
  const left = async () => {
    const names = await readdir(runtime, { recursive: true });
    return names.filter((name) => name.includes("run-"));
  };

  it("gives the command private files in memory, keeps its exit code, and leaves nothing", async () => {
    const { code, stdout, stderr } = await run([], "exit", "7");
    expect([code, stderr]).to.deep.equal([7, ""]);
    const { folder: files, ...seen } = JSON.parse(stdout) as { folder: string };
    expect(seen).to.deep.equal({
      backend: "airflow.secrets.local_filesystem.LocalFilesystemBackend",
      workers: true,
      host: "db.prod",
      variables: {},
      env: true,
      modes: ["700", "600"],
    });
    expect(files.startsWith(runtime)).to.equal(true);
    expect(await left()).to.deep.equal([]);
    expect(await readdir(join(folder, "cache")).catch(({ code }: NodeJS.ErrnoException) => code)).to.equal("ENOENT");
  });

  it("passes signals on, and exits as the command does", async () => {
    const waiting = start([], [process.execPath, "-e", COMMAND, "wait"]);
    await waiting.started;
    waiting.child.kill("SIGTERM");
    expect((await waiting.ended).code).to.equal(42);
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const) {
      const dying = start([], [process.execPath, "-e", COMMAND, "die"]);
      await dying.started;
      dying.child.kill(signal);
      expect((await dying.ended).code, signal).to.equal(code);
    }
    expect(await left()).to.deep.equal([]);
  });

  it("removes what a killed run left, and nothing of a living one", async () => {
    const killed = start([], ["sh", "-c", "echo; exec sleep 30"]);
    const living = start([], [process.execPath, "-e", COMMAND, "wait"]);
    await Promise.all([killed.started, living.started]);
    const before = (await left()).filter((name) => name.endsWith("connections.json"));
    expect(before).to.have.lengthOf(2);
    killed.child.kill("SIGKILL");
    await new Promise((resolve) => killed.child.once("exit", resolve));
    killed.child.stdout?.destroy();
    killed.child.stderr?.destroy();
    expect((await left()).length).to.be.greaterThan(4);
    expect((await run([], "exit", "0")).code).to.equal(0);
    const after = (await left()).filter((name) => name.endsWith("connections.json"));
    expect(after).to.have.lengthOf(1);
    expect(after[0]).to.contain(`run-${living.child.pid}-`);
    living.child.kill("SIGTERM");
    await living.ended;
    expect(await left()).to.deep.equal([]);
  });

  it("says that a command cannot be started as a shell does", async () => {
    const missing = await start([], ["no-such-command"]).ended;
    expect(missing).to.deep.include({ code: 127, stderr: "error: no-such-command: command not found\n" });
    await writeFile(join(folder, "plain"), "");
    expect((await start([], [join(folder, "plain")]).ended).code).to.equal(126);
    expect(await left()).to.deep.equal([]);
  });

  it("starts nothing while fetching is off", async () => {
    await setFetching(false);
    const { code, stdout, stderr } = await run([], "exit", "0");
    expect([code, stdout]).to.deep.equal([3, ""]);
    expect(stderr).to.contain("secretsFetching: true");
  });

  it("follows the store with --watch", async () => {
    const watching = start(["--watch"], [process.execPath, "-e", COMMAND, "await-host", "db.moved"]);
    await watching.started;
    await change("db.moved");
    const { code, stderr } = await watching.ended;
    expect(code).to.equal(0);
    expect(stderr).to.contain('Deployment "prod" has changed');
    expect(await left()).to.deep.equal([]);
  });

  it("works offline with an encrypted copy that was asked for, up to its age", async () => {
    const without = await run(["--offline"], "exit", "0");
    expect(without.code).to.equal(1);
    expect(without.stderr).to.contain("--keep-copy");
    expect((await run(["--keep-copy"], "exit", "0")).code).to.equal(0);
    for (const name of await readdir(join(folder, "cache"), { recursive: true })) {
      const path = join(folder, "cache", name);
      if ((await stat(path)).isFile()) expect(await readFile(path, "latin1"), name).not.to.contain(CANARY);
    }
    await rename(join(folder, "store"), join(folder, "away"));
    const offline = await run(["--offline"], "exit", "5");
    expect(offline.code).to.equal(5);
    expect(JSON.parse(offline.stdout).host).to.equal("db.prod");
    expect(offline.stderr).to.match(/with the copy of \d+ (s|min) ago/);
    await sleep(1_100);
    const old = await run(["--offline", "--max-age", "1s"], "exit", "0");
    expect(old.code).to.equal(3);
    expect(old.stderr).to.contain("--max-age");
    // Another key than the one that the copy was made with.
    await cp(join(folder, "config"), join(folder, "config-2"), { recursive: true });
    await rm(join(folder, "config"), { recursive: true });
    const wrongKey = await run(["--offline"], "exit", "0");
    expect(wrongKey.code).to.equal(1);
    expect(wrongKey.stderr).to.contain("key");
  });

  it("shows no secret to other processes, and leaves none in a file", async () => {
    const waiting = start([], [process.execPath, "-e", COMMAND, "wait"]);
    await waiting.started;
    const seen = (await readdir("/proc"))
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`])
      .map((path) => ({ path, bytes: bytesOf(path) }));
    // What was looked at are the right processes: this one is the command, with where the secrets are in its environment.
    expect(seen.filter(({ bytes }) => bytes.includes("AIRFLOW_ENV_FILES"))).to.have.lengthOf.at.least(1);
    expect(seen.filter(({ bytes }) => bytes.includes(CANARY)).map(({ path }) => path)).to.deep.equal([]);
    waiting.child.kill("SIGTERM");
    await waiting.ended;
    for (const place of [folder, runtime])
      for (const name of await readdir(place, { recursive: true }))
        expect(bytesOf(join(place, name)).includes(CANARY), name).to.equal(false);
  });

  it("says in one line why nothing was started, with the code for it", async () => {
    const failure = async (args: string[], extra: NodeJS.ProcessEnv = {}) => {
      const child = spawn(
        process.execPath,
        ["--import", "tsx", join(root, "cli/main.ts"), "run", ...args, "--", "true"],
        {
          cwd: root,
          env: { ...environment, ...extra },
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
      const [stderr, code] = await Promise.all([text(child.stderr), closed]);
      expect(stderr.split("\n").filter((line) => line.startsWith("error: "))).to.have.lengthOf(1);
      expect(stderr).not.to.match(/^ +at /m);
      return { code, stderr };
    };
    const here = ["--store", address];
    const missing = await failure([...here, "--deployment", "nowhere"]);
    expect(missing.code).to.equal(1);
    expect(missing.stderr).to.contain('"nowhere"').and.to.contain("prod");
    const down = await failure(["--store", "vault://secret/x", "--workspace", "data", "--deployment", "prod"], {
      VAULT_ADDR: "http://127.0.0.1:9",
      VAULT_TOKEN: "t",
    });
    expect(down.code).to.equal(1);
    expect(down.stderr).to.contain("cannot be reached").and.to.contain("VAULT_ADDR");
    const nothing = await failure(["--store", `local:${join(folder, "none")}`, "--deployment", "prod"]);
    expect(nothing.code).to.be.oneOf([1, 2]);
    expect(nothing.stderr).to.contain("there is no store at");
    for (const name of await readdir(join(folder, "config"), { recursive: true })) {
      const path = join(folder, "config", name);
      if ((await stat(path)).isFile()) await writeFile(path, randomBytes(32).toString("base64"));
    }
    const wrongKey = await failure([...here, "--deployment", "prod"]);
    expect(wrongKey.code).to.equal(1);
    expect(wrongKey.stderr).to.contain("key");
    expect(await left()).to.deep.equal([]);
  });

  it("says that the disk is full, and where", async () => {
    const place = await makePrivateFolder(environment);
    try {
      // A real disk without space: what is written there fails as on one.
      await symlink("/dev/full", join(place.path, ".connections.json.tmp"));
      const failure = await place.write("connections.json", "x").catch((error: Error) => error.message);
      expect(failure).to.match(/^cannot write connections\.json: no space left in .*; free some, or set TMPDIR$/);
    } finally {
      place.remove();
    }
  });

  it("takes the copy away when fetching is switched off", async () => {
    await run(["--keep-copy"], "exit", "0");
    await setFetching(false);
    await run([], "exit", "0");
    expect((await run(["--offline"], "exit", "0")).code).to.equal(1);
  });
});
