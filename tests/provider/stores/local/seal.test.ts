import { createDecipheriv, hkdfSync } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { deriveRecordKeys, seal, SealBrokenError, unseal } from "../../../../provider/stores/local/seal";

const KEY = Buffer.from("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "hex");
const NONCE = Buffer.from("a0a1a2a3a4a5a6a7a8a9aaab", "hex");
const STORE = "6f1b7f4e-5f0c-4b44-9f49-0c2f3f1f2f3f";

describe("sealing", () => {
  // Fixed: a store written by this release must open in every later one.
  it("has the bytes it always had", () => {
    const sealed = seal(KEY, Buffer.from('{"password":"p"}'), ["document", STORE, "w/connections/c", "7"], NONCE);
    expect(sealed.toString("hex")).to.equal(
      "01a0a1a2a3a4a5a6a7a8a9aaab9d3a0c4c36b875d01001a5e9250ae2a38e80b89bdcf39fa7f2d622da2df7a159",
    );
    expect(unseal(KEY, sealed, ["document", STORE, "w/connections/c", "7"]).toString()).to.equal('{"password":"p"}');
  });

  it("derives the keys it always had", () => {
    const keys = deriveRecordKeys(KEY, STORE);
    expect(keys.seal.toString("hex")).to.equal("5af4a028f1a9557568b7a44fd48239afe919a395c5ffac2cc38ed88bbf84ca98");
    for (const [use, key] of [
      ["airflow-env/1 digest", keys.firstDigest],
      ["airflow-env/2 digest", keys.digest],
    ] as const)
      expect(key.equals(Buffer.from(hkdfSync("sha256", KEY, STORE, use, 32))), use).to.equal(true);
  });

  it("is plain AES-256-GCM: format, nonce, ciphertext, tag", () => {
    const sealed = seal(KEY, Buffer.from("text"), ["state", STORE], NONCE);
    const decipher = createDecipheriv("aes-256-gcm", KEY, sealed.subarray(1, 13), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(`["state","${STORE}"]`)).setAuthTag(sealed.subarray(-16));
    expect(decipher.update(sealed.subarray(13, -16)).toString() + decipher.final().toString()).to.equal("text");
    expect(sealed[0]).to.equal(1);
  });

  it("never uses a nonce twice", () => {
    const nonces = Array.from({ length: 1000 }, () => seal(KEY, Buffer.from(""), []).toString("hex", 1, 13));
    expect(new Set(nonces).size).to.equal(1000);
  });

  it("opens only what was sealed, where it was sealed", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (plain, context, at, flip) => {
          const sealed = seal(KEY, Buffer.from(plain), context);
          expect(unseal(KEY, sealed, context).equals(Buffer.from(plain))).to.equal(true);
          const flipped = Buffer.from(sealed);
          flipped[at % flipped.length]! ^= flip;
          expect(() => unseal(KEY, flipped, context)).to.throw(SealBrokenError);
          expect(() => unseal(KEY, sealed.subarray(0, at % sealed.length), context)).to.throw(SealBrokenError);
          expect(() => unseal(KEY, sealed, [...context, ""])).to.throw(SealBrokenError);
          expect(() => unseal(Buffer.alloc(32, 1), sealed, context)).to.throw(SealBrokenError);
        },
      ),
    );
  });
});
