import { expect } from "chai";
import fc from "fast-check";
import {
  addRecord,
  digestOf,
  digestOfFirstRelease,
  EMPTY_SET,
  recordDigest,
  removeRecord,
  type StoredRecord,
} from "../../../../provider/stores/local/digest";

const KEY = Buffer.alloc(32, 7);
const record = (change: Partial<StoredRecord> = {}): StoredRecord => ({
  key: "w/connections/c",
  version: 7,
  text: Buffer.from("text"),
  metadata: Buffer.from("metadata"),
  ...change,
});
const records = fc.array(
  fc.record({
    key: fc.string(),
    version: fc.nat(),
    text: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
    metadata: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 9 },
);

describe("local store, digest of all records", () => {
  // Fixed: a store written by this release must open in every later one.
  it("has the digits it always had", () => {
    expect(recordDigest(KEY, record()).toString(16)).to.equal(
      "200b6d447457f8fbcbd0bde6d6427a8b624e50b8beee7ce08e923dbd462acf31",
    );
    expect(digestOfFirstRelease(KEY, [record(), record({ version: 8 })]).toString("hex")).to.equal(
      "148d52960b22c0f1149f3daa7482677cf275a2aceb190aeb757cdf62c6c14029",
    );
  });

  it("tells every part of a record", () => {
    const different = [
      record(),
      record({ key: "w/connections/d" }),
      record({ version: 8 }),
      record({ text: Buffer.from("textm"), metadata: Buffer.from("etadata") }),
      record({ metadata: Buffer.from("metadatb") }),
    ].map((one) => recordDigest(KEY, one));
    expect(new Set(different).size).to.equal(different.length);
    expect(recordDigest(Buffer.alloc(32, 8), record())).not.to.equal(different[0]);
  });

  it("follows any order of writes, and forgets what is taken out", () => {
    fc.assert(
      fc.property(records, records, (kept, gone) => {
        const all = [...gone, ...kept].reduce((set, one) => addRecord(set, recordDigest(KEY, one)), EMPTY_SET);
        const left = gone.reduce((set, one) => removeRecord(set, recordDigest(KEY, one)), all);
        expect(left).to.deep.equal(digestOf(KEY, kept));
        expect(digestOf(KEY, [...kept].reverse())).to.deep.equal(left);
      }),
    );
  });

  it("does not cancel out records that are there several times", () => {
    for (let times = 2; times <= 64; times *= 2) {
      const set = digestOf(
        KEY,
        Array.from({ length: times }, () => record()),
      );
      expect(set.count).to.equal(times);
      expect(set.sum).not.to.equal(EMPTY_SET.sum);
    }
  });
});
