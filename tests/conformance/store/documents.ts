import { expect } from "chai";
import { InputError, StaleVersionError, UnsupportedError } from "../../../provider/errors";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import { CANARY, failureOf, metadataText, secretText } from "./canary";
import type { Suite } from "../store";

const TEXTS: Record<string, string> = {
  "an empty object": "{}",
  "an empty string": '""',
  "newlines, tabs and quotes": JSON.stringify({ key: `-----BEGIN-----\nline\r\n\t"quoted" \\ 'single' ${CANARY}` }),
  "Unicode of every width": JSON.stringify({ password: "pä$$ wörd ✓ 漢字 🔑 \u202e \u0000 \ufeff e\u0301" }),
  "text that is no JSON": `=plain text ${CANARY}\n\n`,
  "what looks like base64 or a template": JSON.stringify(["aGVsbG8=", "{{ var }}", "${x}", "%s", "<a>&amp;"]),
};

/** One writer, one document at a time. */
export function documentCases(suite: Suite): void {
  let store: SecretsStore;
  let base: string;
  beforeEach(async () => {
    store = await suite.open();
    base = suite.freshWorkspace();
  });

  const put = (key: string, text = secretText(), expected = ABSENT): Promise<string> =>
    store.put(key, text, metadataText(key), expected);

  it("says what it is, without credentials", () => {
    expect(store.kind).to.be.a("string").and.not.equal("");
    expect(store.address).to.match(/^[a-z-]+:/);
    expect(store.capabilities).to.deep.equal(suite.capabilities);
  });

  for (const [what, text] of Object.entries(TEXTS)) {
    it(`gives back ${what} exactly`, async () => {
      const key = `${base}/connections/c`;
      const version = await put(key, text);
      expect(await (await suite.open()).find(key)).to.deep.equal({ key, version, text });
      expect(await store.list(`${base}/`)).to.deep.equal([{ key, version, text }]);
    });
  }

  it("takes the largest document, and nothing of one byte more", async () => {
    const { maxBytes } = suite.capabilities;
    // Two-byte characters: a limit counted in characters would show.
    const largest = `"${"é".repeat((maxBytes - 2 - (maxBytes % 2)) / 2)}"${maxBytes % 2 ? " " : ""}`;
    const version = await put(`${base}/largest`, largest);
    expect((await store.find(`${base}/largest`))?.text === largest, "largest round trip").to.equal(true);

    expect(await failureOf(put(`${base}/larger`, largest + " "))).to.be.instanceOf(UnsupportedError);
    expect(await store.find(`${base}/larger`)).to.equal(undefined);
    expect(await failureOf(put(`${base}/largest`, largest + " ", version))).to.be.instanceOf(UnsupportedError);
    expect((await store.find(`${base}/largest`))?.version).to.equal(version);
  });

  it("refuses text that has no UTF-8 form", async () => {
    expect(await failureOf(put(`${base}/lone`, `"\ud800"`))).to.be.instanceOf(UnsupportedError);
    expect(await store.find(`${base}/lone`)).to.equal(undefined);
  });

  it("finds nothing where nothing is", async () => {
    expect(await store.find(`${base}/connections/none`)).to.equal(undefined);
    expect(await store.list(`${base}/`)).to.deep.equal([]);
    expect(await store.keys(`${base}/`)).to.deep.equal([]);
    expect(await store.listMetadata(`${base}/`)).to.deep.equal([]);
  });

  it("overwrites, each time with a new version", async () => {
    const key = `${base}/connections/c`;
    const versions = [await put(key, secretText(0))];
    for (let i = 1; i <= 4; i++) versions.push(await put(key, secretText(i % 2), versions.at(-1)));
    expect(new Set(versions).size).to.equal(versions.length);
    expect(await store.find(key)).to.deep.equal({ key, version: versions.at(-1), text: secretText(0) });
  });

  it("gives a new version for equal content too", async () => {
    const key = `${base}/connections/c`;
    const first = await put(key);
    expect(await put(key, secretText(), first)).not.to.equal(first);
  });

  it("refuses to create over an existing document", async () => {
    const key = `${base}/connections/c`;
    const version = await put(key);
    expect(await failureOf(put(key, secretText("other")))).to.be.instanceOf(StaleVersionError);
    expect(await store.find(key)).to.deep.equal({ key, version, text: secretText() });
  });

  it("refuses a write that saw an older version", async () => {
    const key = `${base}/connections/c`;
    const first = await put(key);
    const second = await put(key, secretText(2), first);
    expect(await failureOf(put(key, secretText(3), first))).to.be.instanceOf(StaleVersionError);
    expect(await store.find(key)).to.deep.equal({ key, version: second, text: secretText(2) });
  });

  it("refuses a write to a document that is gone", async () => {
    const key = `${base}/connections/c`;
    const version = await put(key);
    await store.delete(key, version);
    expect(await failureOf(put(key, secretText(2), version))).to.be.instanceOf(StaleVersionError);
    expect(await store.find(key)).to.equal(undefined);
  });

  it("deletes, and deletes again", async () => {
    const key = `${base}/connections/c`;
    const version = await put(key);
    await store.delete(key, version);
    expect(await store.find(key)).to.equal(undefined);
    expect(await store.keys(`${base}/`)).to.deep.equal([]);
    expect(await store.listMetadata(`${base}/`)).to.deep.equal([]);
    await store.delete(key, version);
    await store.delete(key, ABSENT);
  });

  it("refuses to delete what changed since it was read", async () => {
    const key = `${base}/connections/c`;
    const first = await put(key);
    const second = await put(key, secretText(2), first);
    expect(await failureOf(store.delete(key, first))).to.be.instanceOf(StaleVersionError);
    expect(await failureOf(store.delete(key, ABSENT))).to.be.instanceOf(StaleVersionError);
    expect((await store.find(key))?.version).to.equal(second);
  });

  it("recreates after a delete, and the old version stays stale", async () => {
    const key = `${base}/connections/c`;
    const first = await put(key);
    await store.delete(key, first);
    const again = await put(key, secretText("again"));
    expect(again).not.to.equal(first);
    expect(await failureOf(put(key, secretText("late"), first))).to.be.instanceOf(StaleVersionError);
    expect(await failureOf(store.delete(key, first))).to.be.instanceOf(StaleVersionError);
    expect(await store.find(key)).to.deep.equal({ key, version: again, text: secretText("again") });
    expect((await store.listMetadata(`${base}/`)).map((entry) => entry.version)).to.deep.equal([again]);
    await store.delete(key, again);
    await put(key, secretText("third"));
  });

  it("refuses keys and prefixes that another store could not keep apart", async () => {
    for (const key of ["", "a//b", "/a", "a/", "a b", "a/../b", "a/.", "é", "a/" + "x".repeat(201), "a\nb", "a:b"]) {
      expect(await failureOf(store.find(key)), JSON.stringify(key)).to.be.instanceOf(InputError);
      expect(await failureOf(put(key)), JSON.stringify(key)).to.be.instanceOf(InputError);
      expect(await failureOf(store.delete(key, ABSENT)), JSON.stringify(key)).to.be.instanceOf(InputError);
    }
    for (const prefix of ["a", "/", "a//", "../"]) {
      expect(await failureOf(store.list(prefix)), prefix).to.be.instanceOf(InputError);
      expect(await failureOf(store.keys(prefix)), prefix).to.be.instanceOf(InputError);
      expect(await failureOf(store.listMetadata(prefix)), prefix).to.be.instanceOf(InputError);
    }
  });
}
