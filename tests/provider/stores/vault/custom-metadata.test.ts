import { expect } from "chai";
import fc from "fast-check";

import {
  changedCustomMetadata,
  fromCustomMetadata,
  isManaged,
  toCustomMetadata,
} from "../../../../provider/stores/vault/custom-metadata";

/** Printable and hard to deflate. */
function noise(length: number): string {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (seed % 90));
  }).join("");
}

describe("Vault custom_metadata", () => {
  it("gives back any metadata, within Vault's rules", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (metadata) => {
        const custom = toCustomMetadata(metadata, "k");
        const allowed = Object.entries(custom).every(
          ([name, value]) => name.length <= 128 && /^[\x20-\x7e]{0,512}$/.test(value),
        );
        expect([allowed, Object.keys(custom).length <= 64, isManaged(custom)]).to.deep.equal([true, true, true]);
        expect(fromCustomMetadata(custom)).to.equal(metadata);
      }),
      { numRuns: 30 },
    );
  });

  it("is readable where it can be, and deflated where it must be", () => {
    expect(toCustomMetadata('{"a":1}', "k")).to.deep.equal({
      "managed-by": "pulumi-airflow-env",
      "metadata-form": "plain 1",
      "metadata-00": '{"a":1}',
    });
    expect(toCustomMetadata("é", "k")["metadata-form"]).to.equal("deflated 1");
    expect(toCustomMetadata("x".repeat(100_000), "k")["metadata-form"]).to.equal("deflated 1");
    expect(() => toCustomMetadata(noise(50_000), "the-key")).to.throw(/the-key.*leaves room for 60/);
  });

  it("ignores what longer metadata left over, and what was damaged by hand", () => {
    const long = toCustomMetadata(noise(2000), "k");
    expect(fromCustomMetadata({ ...long, ...toCustomMetadata("{}", "k") })).to.equal("{}");
    expect(fromCustomMetadata({ ...long, "metadata-form": "deflated 4" })).to.equal(undefined);
    expect(fromCustomMetadata({})).to.equal(undefined);
    expect([isManaged(undefined), isManaged(null), isManaged({ "managed-by": "x" })]).to.deep.equal([
      false,
      false,
      false,
    ]);
  });

  it("is written only when it changed, with what others added", () => {
    const wanted = toCustomMetadata("{}", "k");
    expect(changedCustomMetadata(wanted, wanted)).to.equal(undefined);
    expect(changedCustomMetadata(wanted, { ...wanted, team: "b" })).to.equal(undefined);
    expect(changedCustomMetadata(wanted, undefined)).to.deep.equal(wanted);
    expect(changedCustomMetadata(wanted, { team: "b", "metadata-07": "old" })).to.deep.equal({ ...wanted, team: "b" });
  });
});
