import { copyFileSync, cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { StoreUnavailableError } from "../../../../provider/errors";
import { databasePath } from "../../../../provider/stores/local/file";
import { openSqlite } from "../../../../provider/stores/local/sqlite";
import { localStore } from "../../../../provider/stores/local/store";
import { ABSENT, type SecretsStore } from "../../../../provider/stores/store";
import { failureOf } from "../../../conformance/store/canary";
import { type LocalSetting, localSetting } from "./backend";

const FIRST_RELEASE = join(__dirname, "../../../integration/upgrade/builds/0.1.0/store");
const KEY = "data/connections/warehouse";
const DELETED = "data/connections/deleted";

/** Statements on the store's file, where an earlier copy of it is attached as `earlier`. */
type Attack = string[];

const insertOld = (key: string, spelling: string) =>
  `INSERT INTO documents SELECT ${spelling}, version, text, metadata FROM earlier.documents WHERE key = '${key}'`;
const asSchema = (key: string) => [
  "PRAGMA writable_schema = ON",
  `UPDATE sqlite_master SET sql = replace(sql, 'key TEXT PRIMARY KEY,', 'key TEXT,') WHERE name = 'documents'`,
  `UPDATE sqlite_master SET sql = replace(sql, 'metadata BLOB NOT NULL)', 'metadata BLOB NOT NULL, PRIMARY KEY (${key}))') WHERE name = 'documents'`,
];
const RESTORED_SCHEMA = [
  "PRAGMA writable_schema = ON",
  `UPDATE sqlite_master SET sql = (SELECT sql FROM earlier.sqlite_master WHERE name = 'documents') WHERE name = 'documents'`,
];
/** Between two of these the file is opened anew, so that a changed schema counts. */
const REOPEN = "-- reopen";

const attacks: Record<string, Attack> = {
  "a document hidden by a BLOB key": [`UPDATE documents SET key = CAST(key AS BLOB) WHERE key = '${KEY}'`],
  "a version that is no integer": [`UPDATE documents SET version = version + 0.25 WHERE key = '${KEY}'`],
  "a version as text": [
    ...asSchema("key"),
    `UPDATE sqlite_master SET sql = replace(sql, 'version INTEGER', 'version BLOB') WHERE name = 'documents'`,
    REOPEN,
    `UPDATE documents SET version = CAST(version AS TEXT) WHERE key = '${KEY}'`,
    ...RESTORED_SCHEMA,
  ],
  "sealed bytes as text": [`UPDATE documents SET text = CAST(text AS TEXT) WHERE key = '${KEY}'`],
  "a deleted document brought back": [insertOld(DELETED, "key")],
  "a deleted document brought back twice, as TEXT and as BLOB": [
    insertOld(DELETED, "key"),
    insertOld(DELETED, "CAST(key AS BLOB)"),
  ],
  "a deleted document brought back twice, with a NUL behind": [
    insertOld(DELETED, "key"),
    insertOld(DELETED, "key || char(0)"),
  ],
  "a deleted document brought back twice, in capitals": [insertOld(DELETED, "key"), insertOld(DELETED, "upper(key)")],
  "a document rolled back, its newer version present twice more": [
    ...asSchema("key, version, text"),
    REOPEN,
    "CREATE TEMP TABLE newer AS SELECT * FROM documents",
    `DELETE FROM documents WHERE key = '${KEY}'`,
    insertOld(KEY, "key"),
    insertOld(KEY, "CAST(key AS BLOB)"),
    `INSERT INTO documents SELECT CAST(key AS BLOB), version, text, metadata FROM newer WHERE key = '${KEY}'`,
    ...RESTORED_SCHEMA,
  ],
  "a document rolled back, old and new beside each other as TEXT": [
    ...asSchema("key, version, text"),
    REOPEN,
    insertOld(KEY, "key"),
    ...RESTORED_SCHEMA,
  ],
  "a document rolled back, old twice and new once, all as TEXT": [
    ...asSchema("key, version, text, metadata"),
    REOPEN,
    insertOld(KEY, "key"),
    `INSERT INTO documents SELECT key, version, text, zeroblob(0) FROM earlier.documents WHERE key = '${KEY}'`,
    ...RESTORED_SCHEMA,
  ],
  "a document rolled back alone": [`DELETE FROM documents WHERE key = '${KEY}'`, insertOld(KEY, "key")],
  "a document where no look-up finds it": [
    ...asSchema("version, key"),
    REOPEN,
    "CREATE TEMP TABLE newer AS SELECT * FROM documents",
    "DELETE FROM documents",
    "INSERT INTO documents SELECT * FROM newer",
    ...RESTORED_SCHEMA,
  ],
  "an earlier state record": ["UPDATE header SET state = (SELECT state FROM earlier.header)"],
  "an earlier state record beside the present one": [
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = replace(sql, ' CHECK (id = 1)', '') WHERE name = 'header'",
    REOPEN,
    "INSERT INTO header SELECT 2, header, checksum, state FROM earlier.header",
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = (SELECT sql FROM earlier.sqlite_master WHERE name = 'header') WHERE name = 'header'",
  ],
  "an earlier format": ["PRAGMA user_version = 1"],
  "a key without order": [...asSchema("key COLLATE NOCASE")],
  "a key column of another type": [
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = replace(sql, 'key TEXT', 'key BLOB') WHERE name = 'documents'",
  ],
  "a view in the way": ["CREATE TEMP VIEW unseen AS SELECT 1", "CREATE VIEW other AS SELECT 1"],
  "statistics that steer look-ups": ["ANALYZE main"],
  "a header that is no JSON": ["UPDATE header SET header = '{'"],
  "a write-ahead log": ["PRAGMA main.journal_mode = WAL"],
};

describe("local store, tampering by who has an old copy but no key", function () {
  this.timeout(30_000);
  let setting: LocalSetting;
  const stores: SecretsStore[] = [];
  const folder = (): string => setting.folder("work");

  function open(path = folder()): SecretsStore {
    const store = localStore({ path });
    stores.push(store);
    return store;
  }

  /** `good` with an earlier copy `earlier`, in which KEY had another value and DELETED was there. */
  before(async () => {
    setting = localSetting();
    const store = localStore({ path: setting.folder("good") });
    await store.put("data/workspace", "WS", "{}", ABSENT);
    const version = await store.put(KEY, "OLD", "{}", ABSENT);
    const deleted = await store.put(DELETED, "DELETED", "{}", ABSENT);
    await store.put("data/connections/another", "A", "{}", ABSENT);
    cpSync(setting.folder("good"), setting.folder("earlier"), { recursive: true });
    await store.put(KEY, "ROTATED", "{}", version);
    await store.delete(DELETED, deleted);
    await store.put("data/connections/later", "L", "{}", ABSENT);
    await store.close();
  });
  after(() => setting.cleanup());
  beforeEach(() => cpSync(setting.folder("good"), folder(), { recursive: true }));
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    rmSync(folder(), { recursive: true });
  });

  async function attack(statements: Attack): Promise<void> {
    const connect = async () => {
      const db = await openSqlite(databasePath(folder()));
      db.exec(`ATTACH '${databasePath(setting.folder("earlier"))}' AS earlier`);
      return db;
    };
    let db = await connect();
    for (const statement of statements) {
      if (statement === REOPEN) {
        db.close();
        db = await connect();
      } else db.exec(statement);
    }
    db.close();
  }

  async function expectCorrupt(work: Promise<unknown>): Promise<void> {
    const failure = (await failureOf(work)) as StoreUnavailableError;
    expect(failure).to.include({ code: "store-unavailable", reason: "corrupt" });
    expect(failure.message).not.to.match(/OLD|ROTATED/);
  }

  it("is not what stops the good store", async () => {
    expect((await open().find(KEY))?.text).to.equal("ROTATED");
    expect(await open().keys("data/connections/")).to.have.members([
      KEY,
      "data/connections/another",
      "data/connections/later",
    ]);
  });

  for (const [what, statements] of Object.entries(attacks)) {
    it(`reports ${what}, by every method`, async () => {
      await attack(statements);
      for (const method of [
        (store: SecretsStore) => store.find("data/workspace"),
        (store: SecretsStore) => store.list("other/"),
        (store: SecretsStore) => store.keys(""),
        (store: SecretsStore) => store.listMetadata("data/"),
        (store: SecretsStore) => store.put("data/connections/new", "{}", "{}", ABSENT),
        (store: SecretsStore) => store.delete("data/connections/none", "1"),
      ])
        await expectCorrupt(method(open()));
    });
  }

  const whileOpen = [
    "a document hidden by a BLOB key",
    "a deleted document brought back twice, as TEXT and as BLOB",
    "a document rolled back alone",
    "an earlier state record",
    "statistics that steer look-ups",
  ];
  for (const what of whileOpen)
    it(`reports ${what} while the store is open, when it is listed`, async () => {
      const store = open();
      expect(await store.keys("")).to.have.lengthOf(4);
      await attack(attacks[what]!);
      await expectCorrupt(store.list("other/"));
      await expectCorrupt(store.keys(""));
      await expectCorrupt(store.listMetadata(""));
    });

  it("is not made good by a write in between", async () => {
    const store = open();
    await store.find(KEY);
    await attack(attacks["a document rolled back alone"]!);
    const found = await store.find(KEY);
    await store.put(KEY, "NEXT", "{}", found!.version);
    await store.put("data/connections/next", "N", "{}", ABSENT);
    await expectCorrupt(store.list(""));
  });

  it("of a whole folder is not noticed, as the page says", async () => {
    copyFileSync(databasePath(setting.folder("earlier")), databasePath(folder()));
    expect((await open().find(KEY))?.text).to.equal("OLD");
  });

  it("of a copy that went on by itself is noticed: a version given out twice is not the same document", async () => {
    const fork = open();
    const found = await fork.find("data/connections/later");
    await fork.put("data/connections/later", "FORK", "{}", found!.version);
    await fork.close();
    const good = localStore({ path: setting.folder("good") });
    stores.push(good);
    await good.put("data/connections/later", "GOOD", "{}", found!.version);
    await good.close();
    const db = await openSqlite(databasePath(folder()));
    db.exec(`ATTACH '${databasePath(setting.folder("good"))}' AS good`);
    db.exec("REPLACE INTO documents SELECT * FROM good.documents WHERE key = 'data/connections/later'");
    db.close();
    await expectCorrupt(open().find(KEY));
  });
});

describe("local store of release 0.1.0", function () {
  this.timeout(30_000);
  let setting: LocalSetting;
  let store: SecretsStore;
  const file = (): string => databasePath(setting.folder());

  beforeEach(() => {
    setting = localSetting();
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: "store-passphrase" });
    cpSync(FIRST_RELEASE, setting.folder(), { recursive: true });
    store = localStore({ path: setting.folder() });
  });
  afterEach(async () => {
    await store.close();
    setting.cleanup();
  });
  async function reopen(): Promise<void> {
    await store.close();
    store = localStore({ path: setting.folder() });
  }
  async function tamper(sql: string): Promise<void> {
    const db = await openSqlite(file());
    db.exec(sql);
    db.close();
    await reopen();
  }
  async function format(): Promise<unknown> {
    const db = await openSqlite(file());
    const found = db.prepare("PRAGMA user_version").get() as { user_version: unknown };
    db.close();
    return found.user_version;
  }

  it("opens, and reading leaves every byte as it is", async () => {
    const before = readFileSync(file());
    expect(await store.list("data/")).to.have.lengthOf(6);
    expect((await store.find("data/connections/alerts"))?.version).to.equal("2");
    expect(readFileSync(file()).equals(before)).to.equal(true);
  });

  it("gets the present state record by its first write, and goes on with its versions", async () => {
    const before = await store.list("");
    expect(await store.put("data/connections/new", "{}", "{}", ABSENT)).to.equal("10");
    expect(await format()).to.equal(2);
    await store.delete("data/connections/new", "10");
    await reopen();
    expect(await store.list("")).to.deep.equal(before);
  });

  it("gets it by a delete too", async () => {
    await store.delete("data/connections/alerts", "2");
    expect(await format()).to.equal(2);
    await reopen();
    expect(await store.keys("")).to.have.lengthOf(5);
  });

  it("serves a process that had it open while another one upgraded it", async () => {
    await store.keys("");
    const db = await openSqlite(file());
    db.close();
    const other = setting.folder("other");
    cpSync(setting.folder(), other, { recursive: true });
    const upgraded = localStore({ path: other });
    await upgraded.put("data/connections/new", "{}", "{}", ABSENT);
    await upgraded.close();
    // The same file, so that it stays open: another process's commit.
    const connection = await openSqlite(file());
    connection.exec(`ATTACH '${databasePath(other)}' AS other; BEGIN IMMEDIATE`);
    connection.exec("INSERT INTO documents SELECT * FROM other.documents WHERE key = 'data/connections/new'");
    connection.exec("UPDATE header SET state = (SELECT state FROM other.header); PRAGMA user_version = 2; COMMIT");
    connection.close();
    expect(await store.put("data/connections/third", "{}", "{}", ABSENT)).to.equal("11");
    expect(await store.keys("")).to.have.lengthOf(8);
  });

  const attempts: Record<string, string> = {
    "a BLOB key": "UPDATE documents SET key = CAST(key AS BLOB) WHERE version = 2",
    "a document that is present twice more":
      "CREATE TEMP TABLE one AS SELECT * FROM documents WHERE version = 2; " +
      "INSERT INTO documents SELECT key || '2', version, text, metadata FROM one; " +
      "INSERT INTO documents SELECT CAST(key AS BLOB), version, text, metadata FROM one",
    "a document taken out": "DELETE FROM documents WHERE version = 2",
    "a format of its own": "PRAGMA user_version = 2",
  };
  for (const [what, sql] of Object.entries(attempts))
    it(`is refused with ${what}, and not upgraded`, async () => {
      await tamper(sql);
      const before = readFileSync(file());
      for (const work of [store.list(""), store.put("data/connections/new", "{}", "{}", ABSENT)])
        expect(await failureOf(work)).to.include({ reason: "corrupt" });
      expect(readFileSync(file()).equals(before)).to.equal(true);
    });
});
