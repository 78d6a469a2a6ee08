import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs, {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import sinon from "sinon";
import type { StoreUnavailableError } from "../../../../provider/errors";
import { readKeyFile } from "../../../../provider/stores/local/key-file";
import { openSqlite } from "../../../../provider/stores/local/sqlite";
import { localStore } from "../../../../provider/stores/local/store";
import { ABSENT, type SecretsStore } from "../../../../provider/stores/store";
import { CANARY, failureOf, secretText } from "../../../conformance/store/canary";
import { giveAway, type LocalSetting, localSetting } from "./backend";

const PASSPHRASE = "correct horse battery stäple";

describe("local store, key", () => {
  const key = "w/connections/c";
  let setting: LocalSetting;
  const stores: SecretsStore[] = [];
  beforeEach(() => (setting = localSetting()));
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    setting.cleanup();
  });

  function open(): SecretsStore {
    const store = localStore({ path: setting.folder() });
    stores.push(store);
    return store;
  }
  /** As another process: nothing opened, nothing derived for this folder. */
  async function reopen(): Promise<SecretsStore> {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    return open();
  }
  const keyFolder = (): string => join(setting.root, "config", "airflow-env", "keys");
  const database = (): Buffer => readFileSync(join(setting.folder(), "store.db"));
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

  async function expectRefused(reason: string, store: SecretsStore): Promise<StoreUnavailableError> {
    const before = database();
    let last: StoreUnavailableError | undefined;
    for (const attempt of [
      () => store.find(key),
      () => store.find("w/connections/none"),
      () => store.list(""),
      () => store.keys(""),
      () => store.listMetadata(""),
      () => store.put("w/connections/new", secretText(), "{}", ABSENT),
      () => store.put(key, secretText(), "{}", "1"),
      () => store.delete(key, "1"),
    ]) {
      last = (await failureOf(attempt())) as StoreUnavailableError;
      expect(last.reason, last.message).to.equal(reason);
    }
    expect(database().equals(before), "the file is unchanged").to.equal(true);
    expect(readdirSync(setting.folder())).to.deep.equal(["store.db"]);
    return last!;
  }

  it("makes nothing when reading", async () => {
    const store = open();
    expect(await store.find(key)).to.equal(undefined);
    expect(await store.list("")).to.deep.equal([]);
    expect(await store.listMetadata("")).to.deep.equal([]);
    await store.delete(key, "1");
    await failureOf(store.put(key, "{}", "{}", "1"));
    expect(readdirSync(setting.root)).to.deep.equal([]);
  });

  it("makes a key file on the first write, away from the store, for the owner alone", async () => {
    const umask = process.umask(0o000);
    try {
      await open().put(key, secretText(), "{}", ABSENT);
    } finally {
      process.umask(umask);
    }
    const [name] = readdirSync(keyFolder());
    expect(readdirSync(setting.folder())).to.deep.equal(["store.db"]);
    expect(mode(setting.folder())).to.equal("700");
    expect(mode(join(setting.folder(), "store.db"))).to.equal("600");
    expect(mode(keyFolder())).to.equal("700");
    expect(mode(join(keyFolder(), name!))).to.equal("600");
    expect(await (await reopen()).find(key)).to.deep.include({ text: secretText() });
  });

  it("keeps working modes under a umask that takes everything away", async () => {
    const umask = process.umask(0o777);
    try {
      await open().put(key, secretText(), "{}", ABSENT);
    } finally {
      process.umask(umask);
    }
    expect(mode(join(setting.folder(), "store.db"))).to.equal("600");
    expect(mode(setting.folder())).to.equal("700");
  });

  it("says so when the key file is missing, and makes no new one", async () => {
    await open().put(key, secretText(), "{}", ABSENT);
    rmSync(keyFolder(), { recursive: true });
    const failure = await expectRefused("missing", await reopen());
    expect(failure.message).to.contain(keyFolder());
    expect(existsSync(keyFolder())).to.equal(false);
  });

  it("refuses another key file, a cut one, and one that others may read", async () => {
    await open().put(key, secretText(), "{}", ABSENT);
    const path = join(keyFolder(), readdirSync(keyFolder())[0]!);
    const right = readFileSync(path);
    writeFileSync(path, `${Buffer.alloc(32, 7).toString("base64")}\n`);
    const failure = await expectRefused("wrong-key", await reopen());
    expect(failure.message).not.to.contain(Buffer.alloc(32, 7).toString("base64").slice(0, 8));
    writeFileSync(path, right.subarray(0, 20));
    await expectRefused("wrong-key", await reopen());
    writeFileSync(path, right);
    chmodSync(path, 0o644);
    expect((await expectRefused("denied", await reopen())).message).to.contain("chmod 600");
    chmodSync(path, 0o600);
    expect(await (await reopen()).find(key)).to.deep.include({ text: secretText() });
  });

  it("refuses a key file of another user, unless that user is trusted", async () => {
    await open().put(key, secretText(), "{}", ABSENT);
    const path = join(keyFolder(), readdirSync(keyFolder())[0]!);
    const uid = giveAway(path);
    expect(() => readKeyFile("local:x", path))
      .to.throw(`key file ${path} belongs to another user (${uid})`)
      .with.property("reason", "denied");
    setting.setEnvironment({ AIRFLOW_ENV_TRUSTED_OWNERS: `7, ${uid}` });
    expect(await (await reopen()).find(key)).to.deep.include({ text: secretText() });
  });

  it("does not wait for a FIFO in the key file's place", async () => {
    await open().put(key, secretText(), "{}", ABSENT);
    const path = join(keyFolder(), readdirSync(keyFolder())[0]!);
    rmSync(path);
    execFileSync("mkfifo", ["-m", "600", path]);
    expect((await expectRefused("unreachable", await reopen())).message).to.contain(path);
  });

  it("syncs the key file's folder, and those it made, before there is a store that needs the key", async () => {
    const synced: string[] = [];
    const sync = fs.fsyncSync;
    sinon.stub(fs, "fsyncSync").callsFake((file) => {
      synced.push(readlinkSync(`/proc/self/fd/${file}`));
      sync(file);
    });
    await open().put(key, secretText(), "{}", ABSENT);
    const places = synced.map((path) => path.slice(setting.root.length + 1));
    const [name] = readdirSync(keyFolder());
    const keyPlace = ["config/airflow-env/keys", "config/airflow-env", "config", ""];
    expect(places).to.include.members([`config/airflow-env/keys/${name}`, ...keyPlace, "store"]);
    expect(places.lastIndexOf("config/airflow-env/keys")).to.be.lessThan(places.indexOf("store"));
  });

  it("refuses a header that asks scrypt for more than is reasonable", async () => {
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: PASSPHRASE });
    await open().put(key, secretText(), "{}", ABSENT);
    const derive = sinon.spy(crypto, "scrypt");
    for (const change of [
      { N: 2 ** 20, r: 16 },
      { N: 2 ** 18, r: 9 },
      { N: 2 ** 30 },
      { N: 1024 },
      { N: 2 ** 17 - 1 },
      { p: 100_000 },
      { r: 0 },
    ]) {
      const db = await openSqlite(join(setting.folder(), "store.db"));
      const { header } = db.prepare("SELECT header FROM header").get() as { header: string };
      const changed = JSON.parse(header) as { from: object };
      changed.from = { ...changed.from, ...{ N: 2 ** 17, r: 8, p: 1 }, ...change };
      const text = JSON.stringify(changed);
      db.prepare("UPDATE header SET header = ?, checksum = ?").run(
        text,
        crypto.createHash("sha256").update(text).digest(),
      );
      db.close();
      const failure = await expectRefused("corrupt", await reopen());
      expect(failure.message, JSON.stringify(change)).to.contain("unreasonable parameters");
    }
    expect(derive.callCount).to.equal(0);
  });

  it("takes a passphrase from the environment, and then makes no key file", async () => {
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: PASSPHRASE });
    await open().put(key, secretText(), "{}", ABSENT);
    expect(readdirSync(setting.root)).to.deep.equal(["store"]);
    expect(await (await reopen()).find(key)).to.deep.include({ text: secretText() });
  });

  it("takes a passphrase from a file, without its last line break", async () => {
    const path = join(setting.root, "passphrase");
    writeFileSync(path, `${PASSPHRASE}\n`);
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE_FILE: path });
    await open().put(key, secretText(), "{}", ABSENT);
    // The same text in its decomposed form, as another system's keyboard gives it.
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: PASSPHRASE.normalize("NFD") });
    expect(await (await reopen()).find(key)).to.deep.include({ text: secretText() });
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE_FILE: join(setting.root, "no-such-file") });
    await expectRefused("missing", await reopen());
  });

  it("tells a wrong passphrase from a missing and an empty one", async function () {
    this.timeout(20_000);
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: PASSPHRASE });
    await open().put(key, secretText(), "{}", ABSENT);
    setting.setEnvironment({});
    await expectRefused("missing", await reopen());
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: "" });
    await expectRefused("missing", await reopen());
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: `${PASSPHRASE}!` });
    const failure = await expectRefused("wrong-key", await reopen());
    expect(failure.message).not.to.contain("horse");
  });

  it("makes no store with an announced but empty passphrase", async () => {
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: "" });
    const failure = (await failureOf(open().put(key, "{}", "{}", ABSENT))) as StoreUnavailableError;
    expect(failure.reason).to.equal("missing");
    expect(existsSync(join(setting.folder(), "store.db"))).to.equal(false);
    expect(existsSync(keyFolder())).to.equal(false);
  });

  it("explains a folder in which no key file can be made", async () => {
    mkdirSync(join(setting.root, "config"));
    writeFileSync(join(setting.root, "config", "airflow-env"), "");
    const failure = (await failureOf(open().put(key, "{}", "{}", ABSENT))) as StoreUnavailableError;
    expect(failure.reason).to.equal("denied");
    expect(readdirSync(setting.folder())).to.deep.equal([]);
  });

  it("derives the passphrase's key once per process", async () => {
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: PASSPHRASE });
    await open().put(key, secretText(), "{}", ABSENT);
    const derive = sinon.spy(crypto, "scrypt");
    for (let i = 0; i < 3; i++) await (await reopen()).find(key);
    expect(derive.callCount).to.equal(0);
  });

  it("leaves no document's text in any byte of its folders", async () => {
    const store = open();
    let version = await store.put(key, secretText("x".repeat(5000)), "{}", ABSENT);
    for (let i = 0; i < 20; i++) version = await store.put(key, secretText("y".repeat(i * 997)), "{}", version);
    await store.delete(key, version);
    const files = readdirSync(setting.root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).to.equal(2);
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      for (const encoding of ["utf8", "utf16le", "base64", "hex"] as const) {
        const needle =
          encoding === "utf16le" ? Buffer.from(CANARY, "utf16le") : Buffer.from(Buffer.from(CANARY).toString(encoding));
        expect(bytes.includes(needle), `${file.name} ${encoding}`).to.equal(false);
      }
    }
  });
});
