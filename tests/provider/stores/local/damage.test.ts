import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { StoreUnavailableError } from "../../../../provider/errors";
import { databasePath } from "../../../../provider/stores/local/file";
import { openSqlite } from "../../../../provider/stores/local/sqlite";
import { localStore } from "../../../../provider/stores/local/store";
import { ABSENT, type StoredText } from "../../../../provider/stores/store";
import { failureOf, secretText } from "../../../conformance/store/canary";
import { type LocalSetting, localSetting } from "./backend";

/** Every n-th byte is damaged; all of them, and other kinds of damage, were tried once by hand. */
const STRIDE = 97;

describe("local store, damage", () => {
  let setting: LocalSetting;
  let good: Buffer;
  let documents: StoredText[];
  const folder = (): string => setting.folder();
  const path = (): string => databasePath(folder());

  before(async () => {
    setting = localSetting();
    const store = localStore({ path: folder() });
    for (let i = 0; i < 25; i++) {
      await store.put(`w/connections/c${i}`, secretText("x".repeat(i % 8 ? 200 : 6000)), `{"n":${i}}`, ABSENT);
    }
    documents = await store.list("");
    await store.close();
    good = readFileSync(path());
  });
  after(() => setting.cleanup());
  beforeEach(() => {
    rmSync(folder(), { recursive: true });
    mkdirSync(folder());
  });

  /** Reads everything there is from a file of these bytes; the file must not change. */
  async function readAll(bytes: Buffer): Promise<StoredText[] | StoreUnavailableError> {
    writeFileSync(path(), bytes);
    const store = localStore({ path: folder() });
    try {
      const reading = Promise.all([store.list(""), store.listMetadata("")]);
      const outcome = await reading.then(
        ([listed]) => listed,
        async () => (await failureOf(reading)) as StoreUnavailableError,
      );
      expect(readFileSync(path()).equals(bytes), "the file is unchanged").to.equal(true);
      return outcome;
    } finally {
      await store.close();
    }
  }

  async function expectCorrupt(bytes: Buffer, what: string): Promise<void> {
    const outcome = await readAll(bytes);
    expect(outcome, what).to.include({ code: "store-unavailable", reason: "corrupt" });
    expect((outcome as Error).message)
      .to.contain(folder())
      .and.to.contain("Nothing was changed");
  }

  for (const [what, damage] of Object.entries({
    "turned over": (byte: number) => byte ^ 0xff,
    "changed in one bit": (byte: number, at: number) => byte ^ (1 << (at % 8)),
  })) {
    it(`either reports a byte ${what}, or it was in unused space and all documents are there`, async () => {
      let reported = 0;
      for (let at = 0; at < good.length; at += STRIDE) {
        const bytes = Buffer.from(good);
        bytes[at] = damage(bytes[at]!, at);
        const outcome = await readAll(bytes);
        if (Array.isArray(outcome)) expect(outcome, `byte ${at}`).to.deep.equal(documents);
        else {
          expect(`${outcome.code} ${outcome.reason}`, `byte ${at}: ${outcome.message}`).to.be.oneOf([
            "store-unavailable corrupt",
            // The byte that says which release's format it is.
            "unsupported undefined",
          ]);
          reported++;
        }
      }
      expect(reported).to.be.greaterThan(good.length / STRIDE / 4);
    });
  }

  it("reports a file cut off anywhere, an emptied one too", async () => {
    for (let length = 0; length < good.length; length += 997)
      await expectCorrupt(good.subarray(0, length), `${length}`);
    await expectCorrupt(good.subarray(0, good.length - 1), "the last byte");
  });

  it("reports a file of another kind", async () => {
    await expectCorrupt(Buffer.from('{"connections": {}}\n'.repeat(100)), "JSON");
    const other = join(setting.root, "other.db");
    const db = await openSqlite(other);
    db.exec("CREATE TABLE t (a)");
    db.close();
    await expectCorrupt(readFileSync(other), "another program's database");
  });

  const tampering: Record<string, string> = {
    "a document taken out": "DELETE FROM documents WHERE key = 'w/connections/c3'",
    "a document renamed": "UPDATE documents SET key = 'w/connections/other' WHERE key = 'w/connections/c3'",
    "an older version number": "UPDATE documents SET version = 1 WHERE key = 'w/connections/c3'",
    "a document added": "INSERT INTO documents SELECT 'w/connections/new', 99, text, metadata FROM documents LIMIT 1",
    "two documents' texts exchanged":
      "UPDATE documents SET text = (SELECT text FROM documents WHERE key = 'w/connections/c4') WHERE key = 'w/connections/c3'",
    "a document's metadata in place of its text": "UPDATE documents SET text = metadata",
    "plain text in place of a sealed one": "UPDATE documents SET metadata = '{}'",
    "everything taken out": "DELETE FROM documents",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON documents BEGIN DELETE FROM documents; END",
    "another table": "CREATE TABLE other (a)",
    "no header": "DELETE FROM header",
    "another store id": "UPDATE header SET header = replace(header, '-4', '-5')",
  };
  for (const [what, sql] of Object.entries(tampering)) {
    it(`reports ${what}`, async () => {
      writeFileSync(path(), good);
      const db = await openSqlite(path());
      db.exec(sql);
      db.close();
      await expectCorrupt(readFileSync(path()), what);
    });
  }

  it("reports one record brought back from an earlier copy of the file", async () => {
    writeFileSync(path(), good);
    const store = localStore({ path: folder() });
    const found = await store.find("w/connections/c3");
    await store.put("w/connections/c3", secretText("new"), "{}", found!.version);
    await store.close();
    const earlier = join(setting.root, "earlier.db");
    writeFileSync(earlier, good);
    const db = await openSqlite(path());
    db.exec(`ATTACH '${earlier}' AS earlier`);
    db.exec("REPLACE INTO documents SELECT * FROM earlier.documents WHERE key = 'w/connections/c3'");
    db.close();
    await expectCorrupt(readFileSync(path()), "rolled back");
  });

  it("does not write to a store of which any document is damaged", async () => {
    const found = good.indexOf(Buffer.from("w/connections/c7"));
    const bytes = Buffer.from(good);
    bytes[found + 100]! ^= 1;
    writeFileSync(path(), bytes);
    const store = localStore({ path: folder() });
    expect(await failureOf(store.put("w/connections/new", "{}", "{}", ABSENT))).to.have.property("reason", "corrupt");
    expect(await failureOf(store.delete("w/connections/c1", "2"))).to.have.property("reason", "corrupt");
    await store.close();
    expect(readFileSync(path()).equals(bytes)).to.equal(true);
    expect(readdirSync(folder())).to.deep.equal(["store.db"]);
  });

  it("refuses the format of a newer release", async () => {
    writeFileSync(path(), good);
    const db = await openSqlite(path());
    db.exec("PRAGMA user_version = 3");
    db.close();
    expect(await readAll(readFileSync(path()))).to.include({ code: "unsupported" });
  });

  it("notices that its folder was moved away or replaced while it was open", async () => {
    writeFileSync(path(), good);
    const store = localStore({ path: folder() });
    expect(await store.keys("")).to.have.length(25);
    renameSync(folder(), setting.folder("moved"));
    expect(await store.keys("")).to.deep.equal([]);
    renameSync(setting.folder("moved"), folder());
    expect(await store.keys("")).to.have.length(25);
    await store.close();
  });
});
