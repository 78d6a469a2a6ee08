import { expect } from "chai";
import fc from "fast-check";

import { decodeIndex, encodeIndex } from "../../../../provider/stores/aws-secrets-manager/index-document";
import { fromTags, MANAGED_TAG, toTags } from "../../../../provider/stores/aws-secrets-manager/tags";
import {
  fromSecretString,
  isOurVersion,
  isTombstone,
  newTombstone,
  newVersion,
  toSecretString,
} from "../../../../provider/stores/aws-secrets-manager/versions";
import { MANAGED_BY } from "../../../../provider/stores/shared/entries";

describe("AWS tags", () => {
  it("give back any metadata, within AWS's rules for tags", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (metadata) => {
        const tags = toTags(metadata, "x");
        expect(tags[MANAGED_TAG]).to.equal(MANAGED_BY);
        expect(Object.keys(tags).length).to.be.lessThan(50);
        const allowed = Object.entries(tags).every(
          ([key, value]) => /^[\w .:/=+@-]{1,128}$/.test(key) && /^[\w .:/=+@-]{0,256}$/.test(value),
        );
        expect([allowed, fromTags(tags)]).to.deep.equal([true, metadata]);
      }),
      { numRuns: 30 },
    );
  });

  it("ignore what longer metadata left over", () => {
    const long = toTags(incompressible(4000), "x");
    const short = toTags("{}", "x");
    expect(Object.keys(long).length).to.be.greaterThan(Object.keys(short).length);
    expect(fromTags({ ...long, ...short })).to.equal("{}");
  });

  it("say so when metadata does not fit", () => {
    expect(() => toTags(incompressible(20_000), "the-secret")).to.throw(/the-secret.*leaves room for 40/);
  });

  it("are no metadata after a change by hand", () => {
    expect(fromTags({})).to.equal(undefined);
    expect(fromTags({ "airflow-env:metadata.00": "x" })).to.equal(undefined);
    expect(fromTags({ "airflow-env:metadata.00": "1.AAAA" })).to.equal(undefined);
    const tags = toTags(incompressible(2000), "x");
    Reflect.deleteProperty(tags, "airflow-env:metadata.01");
    expect(fromTags(tags)).to.equal(undefined);
  });
});

describe("AWS index documents", () => {
  it("give back their entries", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.string(), fc.nat()), { selector: ([key]) => key }), (entries) => {
        fc.pre(entries.every(([key]) => key !== "__proto__"));
        expect([...decodeIndex(encodeIndex(new Map(entries)), "x")].sort()).to.deep.equal([...entries].sort());
      }),
    );
  });

  it("hold the keys of thousands of documents in one secret", () => {
    const keys = Array.from({ length: 4000 }, (_, i) => `data/connections/warehouse_${(i * 7919) % 100_003}_replica`);
    expect(encodeIndex(new Map(keys.map((key, i) => [key, 29_000_000 + i]))).length).to.be.lessThan(65_536);
  });

  it("are refused when a newer release or a person wrote them", () => {
    const newer = JSON.stringify({ schemaVersion: 2, keys: "" });
    expect(() => decodeIndex(newer, "x"))
      .to.throw(/newer release/)
      .with.property("code", "unsupported");
    for (const text of ["", "{}", "[]", '{"schemaVersion":1,"keys":"!"}', '{"schemaVersion":1,"keys":"AAAA"}']) {
      expect(() => decodeIndex(text, "x"), text)
        .to.throw(/not an index/)
        .with.property("reason", "corrupt");
    }
  });
});

describe("AWS versions and values", () => {
  it("tell documents, tombstones and others' versions apart", () => {
    expect(newVersion())
      .to.match(/^[a-z0-9-]{32,64}$/)
      .and.not.equal(newVersion());
    expect(newTombstone()).to.match(/^[a-z0-9-]{32,64}$/);
    expect([isOurVersion(newVersion()), isTombstone(newVersion())]).to.deep.equal([true, false]);
    expect([isOurVersion(newTombstone()), isTombstone(newTombstone())]).to.deep.equal([true, true]);
    expect([isOurVersion("a51d4f7f-7f1b-4b0a-8d4d-95e8b2f0c9f1"), isTombstone(undefined)]).to.deep.equal([
      false,
      false,
    ]);
  });

  it("store any text, never an empty value", () => {
    for (const text of ["", "\n", "\n\n", "\nx", "x\n", " ", "{}"]) {
      expect(toSecretString(text)).not.to.equal("");
      expect(fromSecretString(toSecretString(text)), JSON.stringify(text)).to.equal(text);
    }
    expect(toSecretString("{}")).to.equal("{}");
  });
});

function incompressible(length: number): string {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (seed % 90));
  }).join("");
}
