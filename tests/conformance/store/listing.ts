import { expect } from "chai";
import { ProviderError } from "../../../provider/errors";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import { CANARY, failureOf, metadataText, secretText } from "./canary";
import type { Suite } from "../store";

/** More than any backend's page, when its harness opens it with small pages. */
const MANY = 57;
const EVERY_CHARACTER = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

/** Names, prefixes and what may be known without the values. */
export function listingCases(suite: Suite): void {
  let store: SecretsStore;
  let base: string;
  beforeEach(async () => {
    store = await suite.open();
    base = suite.freshWorkspace();
  });

  const put = (key: string, text = secretText(key)): Promise<string> => store.put(key, text, metadataText(key), ABSENT);

  async function expectListed(prefix: string, keys: string[]): Promise<void> {
    const sorted = [...keys].sort();
    const fresh = await suite.open();
    expect((await fresh.list(prefix)).map((entry) => entry.key).sort()).to.deep.equal(sorted);
    expect(await fresh.keys(prefix)).to.deep.equal(sorted);
    expect((await fresh.listMetadata(prefix)).map((entry) => entry.key)).to.deep.equal(sorted);
  }

  it("keeps neighbours of a prefix out", async () => {
    const inside = [`${base}/workspace`, `${base}/connections/a`, `${base}/connections/ab`];
    const outside = [`${base}b/workspace`, `${base}-/workspace`, `${base}0`, `${base}.x/connections/a`];
    for (const key of [...inside, ...outside]) await put(key);
    await expectListed(`${base}/`, inside);
    await expectListed(`${base}/connections/`, inside.slice(1));
    await expectListed(`${base}/connections/a/`, []);
    const everything = await store.keys("");
    expect(everything).to.include.members([...inside, ...outside]);
    expect((await store.list("")).map((entry) => entry.key).sort()).to.deep.equal(everything);
  });

  it("has documents below documents", async () => {
    const keys = [`${base}/deployments/d`, `${base}/deployments/d/connections/c`, `${base}/deployments/d2`];
    for (const key of keys) await put(key);
    await expectListed(`${base}/deployments/`, keys);
    await expectListed(`${base}/deployments/d/`, keys.slice(1, 2));
    await store.delete(keys[0]!, (await store.find(keys[0]!))!.version);
    await expectListed(`${base}/deployments/`, keys.slice(1));
  });

  it("keeps names apart that differ only in case or punctuation", async () => {
    const keys = ["pg_main", "pg-main", "pg.main", "PG_MAIN", "Pg_main", "pg_main-", "-pg_main", "_", "-", "a.b.c"].map(
      (name) => `${base}/connections/${name}`,
    );
    const versions = await Promise.all(keys.map((key) => put(key)));
    await expectListed(`${base}/connections/`, keys);
    for (const [i, key] of keys.entries()) {
      expect(await store.find(key)).to.deep.equal({ key, version: versions[i], text: secretText(key) });
    }
  });

  it("takes every allowed character and the longest names", async () => {
    const workspace = base.padEnd(63, "w");
    const keys = [
      `${base}/connections/${EVERY_CHARACTER}`,
      `${base}/connections/${[...EVERY_CHARACTER].reverse().join("")}`,
      `${base}/connections/${"x".repeat(200)}`,
      `${base}/connections/${"x".repeat(199)}y`,
      `${workspace}/deployments/${"D".repeat(63)}/connections/${"c_.-".repeat(50)}`,
    ];
    for (const key of keys) {
      const version = await put(key);
      expect(await store.find(key)).to.deep.equal({ key, version, text: secretText(key) });
    }
    await expectListed(`${base}/`, keys.slice(0, 4));
    await expectListed(`${workspace}/`, keys.slice(4));
    for (const key of keys) await store.delete(key, (await store.find(key))!.version);
    await expectListed(`${base}/`, []);
  });

  it(`lists ${MANY} documents written a moment ago, over several pages`, async () => {
    const keys = Array.from({ length: MANY }, (_, i) => `${base}/connections/c${i}`);
    const versions = await Promise.all(keys.map((key) => put(key)));
    const listed = await (await suite.open()).list(`${base}/`);
    expect(new Map(listed.map((entry) => [entry.key, entry]))).to.deep.equal(
      new Map(keys.map((key, i) => [key, { key, version: versions[i]!, text: secretText(key) }])),
    );
    await expectListed(`${base}/`, keys);
    await Promise.all(keys.slice(10).map((key, i) => store.delete(key, versions[i + 10]!)));
    await expectListed(`${base}/`, keys.slice(0, 10));
  });

  it("has each document's newest metadata, and no value in it", async () => {
    const key = `${base}/connections/c`;
    const first = await store.put(key, secretText(), metadataText("first"), ABSENT);
    expect(await store.listMetadata(`${base}/`)).to.deep.equal([
      { key, version: first, metadata: metadataText("first") },
    ]);
    const second = await store.put(key, secretText(), metadataText("sécond ✓\n"), first);
    const listed = await (await suite.open()).listMetadata(`${base}/`);
    expect(listed).to.deep.equal([{ key, version: second, metadata: metadataText("sécond ✓\n") }]);
    expect(JSON.stringify(listed)).not.to.contain(CANARY);
  });

  it("takes metadata of many links", async () => {
    const metadata = JSON.stringify({ linkedTo: Array.from({ length: 500 }, (_, i) => `deployment-${i}`) });
    const key = `${base}/connections/c`;
    const version = await store.put(key, secretText(), metadata, ABSENT);
    expect(await (await suite.open()).listMetadata(`${base}/`)).to.deep.equal([{ key, version, metadata }]);
  });

  if (suite.capabilities.separateMetadata) {
    it("shows metadata to one who may not read documents, and nothing more", async () => {
      const key = `${base}/connections/c`;
      const version = await put(key);
      const reader = await suite.openWithoutReadingSecrets();
      expect(await reader.listMetadata(`${base}/`)).to.deep.equal([{ key, version, metadata: metadataText(key) }]);
      for (const attempt of [() => reader.find(key), () => reader.list(`${base}/`)]) {
        expect(await failureOf(attempt())).to.include({ code: "store-unavailable", reason: "denied" });
      }
      const second = await store.put(key, secretText(2), metadataText("second"), version);
      expect(await reader.listMetadata(`${base}/`)).to.deep.equal([
        { key, version: second, metadata: metadataText("second") },
      ]);
      await store.delete(key, second);
      expect(await reader.listMetadata(`${base}/`)).to.deep.equal([]);
    });
  } else {
    it("shows nothing, metadata neither, to one who may not read documents", async () => {
      const key = `${base}/connections/c`;
      await put(key);
      const reader = await suite.openWithoutReadingSecrets();
      for (const attempt of [() => reader.find(key), () => reader.list(`${base}/`), () => reader.listMetadata("")]) {
        expect(await failureOf(attempt()))
          .to.be.instanceOf(ProviderError)
          .and.have.property("code", "store-unavailable");
      }
    });
  }

  if (suite.cannot.foreign !== undefined) {
    it(`has no foreign objects: ${suite.cannot.foreign}`, () => undefined);
  } else {
    it("neither lists nor touches foreign objects in the same place", async () => {
      const key = `${base}/connections/ours`;
      const version = await put(key);
      const expectUntouched = await suite.plantForeign(`${base}/`);
      await expectListed(`${base}/`, [key]);
      expect(await store.keys("")).to.include(key);
      const again = await store.put(key, secretText(2), metadataText(key), version);
      await store.delete(key, again);
      await expectListed(`${base}/`, []);
      await expectUntouched();
    });
  }
}
