import { readFileSync } from "node:fs";
import { expect } from "chai";
import { StaleVersionError } from "../../../../provider/errors";
import { databasePath, openFile } from "../../../../provider/stores/local/file";
import { localStore } from "../../../../provider/stores/local/store";
import { WriteGroup } from "../../../../provider/stores/local/write-group";
import { ABSENT, type SecretsStore } from "../../../../provider/stores/store";
import { failureOf } from "../../../conformance/store/canary";
import { type LocalSetting, localSetting } from "./backend";

/** Where an SQLite file counts its transactions; see https://www.sqlite.org/fileformat2.html. */
const CHANGE_COUNTER = 24;

describe("local store, writes at once", () => {
  let setting: LocalSetting;
  let store: SecretsStore;

  beforeEach(() => {
    setting = localSetting();
    setting.setEnvironment({});
    store = localStore({ path: setting.folder() });
  });

  afterEach(async () => {
    await store.close();
    setting.cleanup();
  });

  const transactions = () => readFileSync(databasePath(setting.folder())).readUInt32BE(CHANGE_COUNTER);
  const put = (key: string, text: string, expected = ABSENT) => store.put(key, text, "m", expected);

  it("share one transaction", async () => {
    await put("w/first", "1");
    const before = transactions();
    await Promise.all(["a", "b", "c", "d"].map((name) => put(`w/${name}`, name)));
    expect(transactions() - before).to.equal(1);
    expect((await store.list("w/")).map(({ text }) => text)).to.deep.equal(["a", "b", "c", "d", "1"]);
  });

  it("are judged one by one, each after those before it", async () => {
    const version = await put("w/a", "1");
    const [updated, lost, deleted, created] = await Promise.allSettled([
      put("w/a", "2", version),
      put("w/a", "3", version),
      store.delete("w/a", version),
      put("w/b", "4"),
    ]);
    expect([updated, created].map(({ status }) => status)).to.deep.equal(["fulfilled", "fulfilled"]);
    for (const refused of [lost, deleted])
      expect(refused).to.have.property("reason").that.is.instanceOf(StaleVersionError);
    expect((await store.list("w/")).map(({ text }) => text)).to.deep.equal(["2", "4"]);
  });

  it("of one key follow each other", async () => {
    const [first, gone, again] = [put("w/a", "1"), store.delete("w/b", "7"), put("w/a", "2")];
    expect(await failureOf(again)).to.be.instanceOf(StaleVersionError);
    await gone;
    expect(await store.find("w/a")).to.include({ version: await first, text: "1" });
  });

  it("all fail when the disk takes none of them, and nothing of them stays", async () => {
    await put("w/first", "1");
    const file = await openFile(`local:${setting.folder()}`, setting.folder());
    if (!file) throw new Error("no file");
    const { page_count: pages } = file.db.prepare("PRAGMA page_count").get() as { page_count: number };
    file.db.exec(`PRAGMA max_page_count = ${pages}`);
    const insert = (key: string, bytes: number) => (): undefined => {
      const text = Buffer.alloc(bytes);
      file.db.prepare("INSERT INTO documents VALUES (?, 9, ?, ?)").run(key, text, text);
    };
    const group = new WriteGroup();
    const writes = [group.add(false, "w/a", insert("w/a", 1)), group.add(false, "w/b", insert("w/b", 100_000))];
    await group.run(() => Promise.resolve(file));
    file.db.close();
    for (const write of writes) {
      const cause: unknown = await write.catch((error: unknown) => error);
      expect(cause).to.include({ code: "SQLITE_FULL" });
    }
    expect(await store.keys("w/")).to.deep.equal(["w/first"]);
  });

  it("without a store: only a create makes one", async () => {
    await store.delete("w/a", "1");
    expect(await failureOf(put("w/a", "1", "1"))).to.be.instanceOf(StaleVersionError);
    expect(() => transactions()).to.throw("ENOENT");
    await Promise.all([store.delete("w/b", "1"), put("w/a", "1")]);
    expect(await store.keys("w/")).to.deep.equal(["w/a"]);
  });
});
