import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { StoreUnavailableError } from "../../../../provider/errors";
import { takeName } from "../../../../provider/stores/local/exclusive-name";
import { localStore } from "../../../../provider/stores/local/store";
import { ABSENT, type SecretsStore } from "../../../../provider/stores/store";
import { failureOf } from "../../../conformance/store/canary";
import { giveAway, type LocalSetting, localSetting } from "./backend";

const KEY = "w/connections/c";

describe("local store, what is in its way", () => {
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

  const database = (): string => join(setting.folder(), "store.db");
  const put = (): Promise<string> => store.put(KEY, "{}", "{}", ABSENT);
  async function made(): Promise<void> {
    await put();
    await store.close();
    store = localStore({ path: setting.folder() });
  }
  async function expectRefused(reason: string, ...words: string[]): Promise<void> {
    for (const work of [store.find(KEY), store.list(""), store.put("w/connections/d", "{}", "{}", ABSENT)]) {
      const failure = (await failureOf(work)) as StoreUnavailableError;
      expect(failure).to.include({ code: "store-unavailable", reason });
      for (const word of words) expect(failure.message).to.contain(word);
    }
  }

  it("refuses a folder that everybody may write to, with the remedy", async () => {
    await made();
    for (const mode of [0o777, 0o1777, 0o702]) {
      chmodSync(setting.folder(), mode);
      await expectRefused("denied", `chmod o-w ${setting.folder()}`);
    }
    chmodSync(setting.folder(), 0o775);
    expect(await store.keys("")).to.deep.equal([KEY]);
  });

  it("makes no store in such a folder", async () => {
    mkdirSync(setting.folder());
    chmodSync(setting.folder(), 0o777);
    expect(await failureOf(put())).to.include({ reason: "denied" });
    expect(readdirSync(setting.root)).to.deep.equal(["store"]);
    expect(readdirSync(setting.folder())).to.deep.equal([]);
  });

  it("refuses another user's folder, unless that user is trusted", async () => {
    await made();
    const uid = giveAway(setting.folder());
    await expectRefused("denied", `belongs to another user (${uid})`, `AIRFLOW_ENV_TRUSTED_OWNERS=${uid}`);
    setting.setEnvironment({ AIRFLOW_ENV_TRUSTED_OWNERS: `${uid}` });
    expect(await store.keys("")).to.deep.equal([KEY]);
  });

  const obstacles: Record<string, (path: string) => void> = {
    "a FIFO": (path) => void execFileSync("mkfifo", [path]),
    "a folder": (path) => void mkdirSync(path),
  };
  for (const [what, place] of Object.entries(obstacles)) {
    it(`says so when ${what} is in the file's place, and does not wait`, async () => {
      mkdirSync(setting.folder(), { mode: 0o700 });
      place(database());
      await expectRefused("unreachable", `${database()} is no ordinary file`);
    });

    it(`says so when ${what} is where SQLite would look for its journal`, async () => {
      await made();
      for (const end of ["-journal", "-wal", "-shm"]) {
        place(database() + end);
        await expectRefused("unreachable", `${database()}${end} is no ordinary file`);
        rmSync(database() + end, { recursive: true });
      }
    });
  }

  it("says so when a link that leads nowhere is in the file's place", async () => {
    mkdirSync(setting.folder(), { mode: 0o700 });
    symlinkSync(join(setting.root, "nowhere"), database());
    expect(await failureOf(put())).to.include({ reason: "unreachable" });
    expect(existsSync(join(setting.root, "nowhere"))).to.equal(false);
    expect(existsSync(join(setting.root, "config"))).to.equal(false);
  });
});

describe("taking a name", function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "taking-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function unsupported(): never {
    throw Object.assign(new Error("no links here"), { code: "EPERM" });
  }
  function finished(name: string): string {
    const path = join(folder, name);
    writeFileSync(path, name);
    return path;
  }
  const to = (): string => join(folder, "store.db");

  for (const [where, link] of [
    ["with hard links", linkSync],
    ["without hard links", unsupported],
  ] as const)
    it(`succeeds for one of many, ${where}`, async () => {
      const names = Array.from({ length: 8 }, (_, index) => `store-${index}`);
      const won = await Promise.all(names.map((name) => takeName("local:x", finished(name), to(), link)));
      expect(won.filter(Boolean)).to.have.lengthOf(1);
      expect(readFileSync(to(), "utf8")).to.equal(names[won.indexOf(true)]);
      expect(existsSync(`${to()}.turn`)).to.equal(false);
    });

  it("does not replace what was made while it waited for its turn, without hard links", async () => {
    mkdirSync(`${to()}.turn`);
    const waiting = takeName("local:x", finished("late"), to(), unsupported);
    writeFileSync(to(), "first");
    rmdirSync(`${to()}.turn`);
    expect(await waiting).to.equal(false);
    expect(readFileSync(to(), "utf8")).to.equal("first");
  });

  it("names what a killed process left, without hard links", async () => {
    mkdirSync(`${to()}.turn`);
    const failure = await failureOf(takeName("local:x", finished("late"), to(), unsupported));
    expect(failure).to.include({ reason: "timeout" });
    expect((failure as Error).message).to.contain(`remove the folder ${to()}.turn`);
  });

  it("passes on every other failure", async () => {
    const full = (): never => {
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    };
    const failure: unknown = await takeName("local:x", finished("a"), to(), full).catch((error: unknown) => error);
    expect(failure).to.include({ code: "ENOSPC" });
  });
});
