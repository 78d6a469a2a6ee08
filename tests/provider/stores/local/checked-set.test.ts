import { expect } from "chai";
import sinon from "sinon";
import { CheckedSet } from "../../../../provider/stores/local/checked-set";
import { databasePath, openFile, type OpenFile } from "../../../../provider/stores/local/file";
import { openSqlite, transaction } from "../../../../provider/stores/local/sqlite";
import { localStore } from "../../../../provider/stores/local/store";
import { ABSENT, type SecretsStore } from "../../../../provider/stores/store";
import { failureOf } from "../../../conformance/store/canary";
import { type LocalSetting, localSetting } from "./backend";

describe("local store, what a check has found", () => {
  let setting: LocalSetting;
  let address: string;
  let store: SecretsStore;
  let file: OpenFile;
  let reads: () => number;

  beforeEach(async () => {
    setting = localSetting();
    setting.setEnvironment({});
    address = `local:${setting.folder()}`;
    store = localStore({ path: setting.folder() });
    await store.put("w/a", "1", "m", ABSENT);
    const opened = await openFile(address, setting.folder());
    if (!opened) throw new Error("no file");
    file = opened;
    const prepare = sinon.spy(file.db, "prepare");
    reads = () => prepare.args.filter(([sql]) => sql.includes("FROM documents")).length;
  });

  afterEach(async () => {
    file.db.close();
    await store.close();
    setting.cleanup();
  });

  const listed = (set: CheckedSet) =>
    [...transaction(file.db, "DEFERRED", () => set.all())].map(({ key }) => key).sort();

  it("is read once while nobody else writes", () => {
    const set = new CheckedSet(address, file);
    expect([listed(set), listed(set)]).to.deep.equal([["w/a"], ["w/a"]]);
    expect(reads()).to.equal(1);
  });

  it("is read again after another connection's write, and after a failure of our own", async () => {
    const set = new CheckedSet(address, file);
    listed(set);
    await store.put("w/b", "1", "m", ABSENT);
    expect(listed(set)).to.deep.equal(["w/a", "w/b"]);
    expect(reads()).to.equal(2);
    set.forget();
    expect(listed(set)).to.deep.equal(["w/a", "w/b"]);
    expect(reads()).to.equal(3);
  });

  it("follows our own writes, also those that failed", async () => {
    expect(await store.keys("w/")).to.deep.equal(["w/a"]);
    const version = await store.put("w/c", "1", "m", ABSENT);
    await store.put("w/b", "1", "m", ABSENT);
    await failureOf(store.put("w/d", "1", "m", "17"));
    expect(await store.keys("w/")).to.deep.equal(["w/a", "w/b", "w/c"]);
    await store.put("w/c", "2", "m", version);
    expect((await store.list("w/")).map(({ text }) => text)).to.deep.equal(["1", "1", "2"]);
    await store.delete("w/b", (await store.find("w/b"))?.version ?? "");
    expect(await store.keys("w/")).to.deep.equal(["w/a", "w/c"]);
  });

  it("does not cover an attack while the store is open", async () => {
    await store.keys("w/");
    const db = await openSqlite(databasePath(setting.folder()));
    db.exec("DELETE FROM documents");
    db.close();
    expect((await failureOf(store.keys("w/"))).message).to.include("removed, renamed");
  });
});
