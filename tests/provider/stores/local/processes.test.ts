import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { databasePath } from "../../../../provider/stores/local/file";
import { explain, openSqlite } from "../../../../provider/stores/local/sqlite";
import { localStore } from "../../../../provider/stores/local/store";
import { ABSENT, type SecretsStore } from "../../../../provider/stores/store";
import { type LocalSetting, localSetting } from "./backend";

const WORKER = join(__dirname, "worker.ts");
/** What a holder leaves right before it ends its transaction. */
const RELEASED = "released";

interface Worker {
  child: ChildProcess;
  lines: string[];
  ended: Promise<number | null>;
}

function startWorker(...args: string[]): Worker {
  const child = spawn(process.execPath, ["--require", "tsx/cjs", WORKER, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return { child, lines, ended: once(child, "close").then(([code]) => code as number | null) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

describe("local store, several processes", () => {
  const key = "w/connections/c";
  let setting: LocalSetting;
  let store: SecretsStore;
  beforeEach(() => {
    setting = localSetting();
    store = localStore({ path: setting.folder() });
  });
  afterEach(async () => {
    await store.close();
    setting.cleanup();
  });

  const count = async (): Promise<number> => (JSON.parse((await store.find(key))!.text) as { count: number }).count;

  it("counts to 400 in four processes that all begin without a store", async () => {
    const workers = Array.from({ length: 4 }, () => startWorker(setting.folder(), "increment", key, "100"));
    expect(await Promise.all(workers.map((worker) => worker.ended))).to.deep.equal([0, 0, 0, 0]);
    expect(await count()).to.equal(400);
    const versions = workers.flatMap((worker) => worker.lines);
    expect(new Set(versions).size).to.equal(400);
    // The three that lost the race to make the store left neither a file nor a key behind.
    expect(readdirSync(setting.folder())).to.deep.equal(["store.db"]);
    expect(readdirSync(join(setting.root, "config", "airflow-env", "keys"))).to.have.length(1);
  });

  it("lets a long-lived reader see what another process writes", async () => {
    await store.put("w/workspace", "{}", "{}", ABSENT);
    expect(await store.find(key)).to.equal(undefined);
    expect(await startWorker(setting.folder(), "increment", key, "3").ended).to.equal(0);
    expect(await count()).to.equal(3);
    expect(await store.keys("w/")).to.deep.equal([key, "w/workspace"]);
  });

  it("loses no acknowledged write when processes are killed at random", async () => {
    await store.put(key, JSON.stringify({ count: 0 }), "{}", ABSENT);
    let acknowledged = 0;
    for (let round = 0; round < 5; round++) {
      const workers = [1, 2].map(() => startWorker(setting.folder(), "increment", key, "100000"));
      await until(() => workers.every((worker) => worker.lines.length > 0));
      await sleep(Math.random() * 60);
      for (const { child } of workers) child.kill("SIGKILL");
      await Promise.all(workers.map((worker) => worker.ended));
      acknowledged += workers.reduce((sum, worker) => sum + worker.lines.length, 0);
      // A process may be killed between its commit and its line: at most one write each is unannounced.
      expect(await count()).to.be.within(acknowledged, acknowledged + 2);
      acknowledged = await count();
      const fresh = localStore({ path: setting.folder() });
      expect((await fresh.list("")).length).to.equal(1);
      await fresh.close();
    }
    // A killed process may leave SQLite's journal; the next write takes it away.
    await store.put("w/connections/last", "{}", "{}", ABSENT);
    expect(readdirSync(setting.folder())).to.deep.equal(["store.db"]);
  });

  it("waits for another process's transaction", async () => {
    await store.put(key, "{}", "{}", ABSENT);
    const holder = startWorker(setting.folder(), "hold", key, "400");
    await until(() => holder.lines.length > 0);
    await store.put("w/connections/d", "{}", "{}", ABSENT);
    // SQLite waits in this thread: the file was there before the write went on, or the write did not wait.
    expect(existsSync(join(setting.folder(), RELEASED))).to.equal(true);
    await holder.ended;
  });

  it("has a clear error for a transaction of another process that never ends", async () => {
    await store.put(key, "{}", "{}", ABSENT);
    const holder = startWorker(setting.folder(), "hold", key, "60000");
    await until(() => holder.lines.length > 0);
    const impatient = await openSqlite(databasePath(setting.folder()), 100);
    expect(() => impatient.exec("BEGIN IMMEDIATE"))
      .to.throw()
      .and.satisfy((error: unknown) => {
        expect(explain("local:x", error)).to.include({ code: "store-unavailable", reason: "timeout" });
        return true;
      });
    impatient.close();
    holder.child.kill("SIGKILL");
    await holder.ended;
    expect(await store.keys("")).to.deep.equal([key]);
  });

  it("shares one opened file among the stores of a process, and closes it after the last", async () => {
    const second = localStore({ path: setting.folder() });
    await store.put(key, "{}", "{}", ABSENT);
    expect((await second.find(key))?.text).to.equal("{}");
    await second.close();
    await second.close();
    expect((await store.find(key))?.text).to.equal("{}");
  });
});
