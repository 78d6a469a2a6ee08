import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { StaleVersionError } from "../../../provider/errors";
import { ABSENT, type SecretsStore, type StoredText } from "../../../provider/stores/store";
import { failureOf, metadataText, secretText } from "./canary";
import type { Suite } from "../store";

const WRITERS = 40;

/** Many writers, several clients. */
export function concurrencyCases(suite: Suite): void {
  let clients: SecretsStore[];
  let key: string;
  let base: string;
  beforeEach(async () => {
    clients = [await suite.open(), await suite.open()];
    base = suite.freshWorkspace();
    key = `${base}/connections/c`;
  });

  const client = (i: number): SecretsStore => clients[i % clients.length]!;

  /** @returns the winners' versions; every loser must have failed as stale. */
  async function winners(attempts: Promise<string>[]): Promise<string[]> {
    const results = await Promise.allSettled(attempts);
    const won: string[] = [];
    for (const result of results) {
      if (result.status === "fulfilled") won.push(result.value);
      else expect(await failureOf(Promise.reject(result.reason as Error))).to.be.instanceOf(StaleVersionError);
    }
    return won;
  }

  it("shows one client at once what another wrote and deleted", async () => {
    const [a, b] = [client(0), client(1)];
    expect(await b.find(key)).to.equal(undefined);
    const first = await a.put(key, secretText(1), metadataText("c"), ABSENT);
    expect(await b.find(key)).to.deep.equal({ key, version: first, text: secretText(1) });
    expect(await b.keys(`${base}/`)).to.deep.equal([key]);
    const second = await b.put(key, secretText(2), metadataText("c"), first);
    expect(await failureOf(a.put(key, secretText(3), metadataText("c"), first))).to.be.instanceOf(StaleVersionError);
    expect(await a.list(`${base}/`)).to.deep.equal([{ key, version: second, text: secretText(2) }]);
    await a.delete(key, second);
    expect(await b.find(key)).to.equal(undefined);
    expect(await b.list(`${base}/`)).to.deep.equal([]);
    expect(await b.listMetadata(`${base}/`)).to.deep.equal([]);
  });

  it(`lets one of ${WRITERS} concurrent creators win`, async () => {
    const attempts = Array.from({ length: WRITERS }, (_, i) =>
      client(i).put(key, secretText(i), metadataText(`writer ${i}`), ABSENT),
    );
    const won = await winners(attempts);
    expect(won).to.have.length(1);
    const found = await client(0).find(key);
    expect(found?.version).to.equal(won[0]);
    const [metadata] = await client(1).listMetadata(`${base}/`);
    expect(metadata?.version).to.equal(won[0]);
    const winner = (JSON.parse(found!.text) as { value: number }).value;
    expect(metadata?.metadata).to.equal(metadataText(`writer ${winner}`));
  });

  it(`lets one of ${WRITERS} concurrent writers of one version win`, async () => {
    const first = await client(0).put(key, secretText("first"), metadataText("c"), ABSENT);
    const attempts = Array.from({ length: WRITERS }, (_, i) =>
      client(i).put(key, secretText(i), metadataText("c"), first),
    );
    const won = await winners(attempts);
    expect(won).to.have.length(1);
    expect((await client(0).find(key))?.version).to.equal(won[0]);
  });

  it(`loses no update of ${WRITERS} concurrent counters`, async () => {
    const versions = [await client(0).put(key, JSON.stringify({ count: 0 }), metadataText("c"), ABSENT)];
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, i) => {
        for (;;) {
          const found = (await client(i).find(key)) as StoredText;
          const { count } = JSON.parse(found.text) as { count: number };
          try {
            const text = JSON.stringify({ count: count + 1 });
            versions.push(await client(i).put(key, text, metadataText("c"), found.version));
            return;
          } catch (error) {
            if (!(error instanceof StaleVersionError)) throw error;
            await sleep(Math.random() * 50);
          }
        }
      }),
    );
    expect(JSON.parse((await client(0).find(key))!.text)).to.deep.equal({ count: WRITERS });
    expect(new Set(versions).size).to.equal(WRITERS + 1);
    expect((await client(1).find(key))?.version).to.equal(versions.at(-1));
  });

  it("lets either a delete or a write of one version win, never both", async () => {
    for (let round = 0; round < 5; round++) {
      const roundKey = `${key}${round}`;
      const first = await client(0).put(roundKey, secretText(1), metadataText("c"), ABSENT);
      const [removed, written] = await Promise.allSettled([
        client(0).delete(roundKey, first),
        client(1).put(roundKey, secretText(2), metadataText("c"), first),
      ]);
      expect([removed.status, written.status].sort()).to.deep.equal(["fulfilled", "rejected"]);
      const loser = removed.status === "rejected" ? removed : written;
      if (loser.status === "rejected") expect(loser.reason).to.be.instanceOf(StaleVersionError);
      const expected = written.status === "fulfilled" ? [roundKey] : [];
      expect((await client(0).find(roundKey))?.version).to.equal(
        written.status === "fulfilled" ? written.value : undefined,
      );
      expect((await client(1).keys(`${base}/`)).filter((name) => name === roundKey)).to.deep.equal(expected);
    }
  });

  const whole = suite.cannot.stalledDeleter;
  if (whole !== undefined) it(`cannot stand still in the middle of a deletion: ${whole}`, () => undefined);
  else
    it("spares what is made anew while a deleter stands still for longer than anybody waits", async () => {
      for (const [settings, make] of suite.stalledDeleters()) {
        const { store, other, stalled, goOn } = make();
        const first = await store.put(key, secretText("old"), metadataText("old"), ABSENT);
        const deleting = store.delete(key, first);
        await stalled();
        expect(await other.find(key), settings).to.equal(undefined);
        const version = await other.put(key, secretText("new"), metadataText("new"), ABSENT);
        goOn();
        await deleting;
        expect(await client(0).find(key), settings).to.deep.equal({ key, version, text: secretText("new") });
        expect(await client(1).listMetadata(`${base}/`), settings).to.deep.equal([
          { key, version, metadata: metadataText("new") },
        ]);
        await other.delete(key, version);
        expect(await client(0).keys(`${base}/`), settings).to.deep.equal([]);
      }
    });

  it(`keeps all of ${WRITERS} different documents written and half of them deleted at once`, async () => {
    const keys = Array.from({ length: WRITERS }, (_, i) => `${base}/connections/c${i}`);
    const versions = await Promise.all(
      keys.map((name, i) => client(i).put(name, secretText(i), metadataText(name), ABSENT)),
    );
    expect(await client(0).keys(`${base}/`)).to.deep.equal([...keys].sort());
    await Promise.all(
      keys.map((name, i) =>
        i % 2
          ? client(i).delete(name, versions[i]!)
          : client(i + 1).put(name, secretText("new"), metadataText(name), versions[i]!),
      ),
    );
    const left = keys.filter((_, i) => i % 2 === 0).sort();
    expect(await client(1).keys(`${base}/`)).to.deep.equal(left);
    expect((await client(0).list(`${base}/`)).map((entry) => entry.text)).to.deep.equal(
      left.map(() => secretText("new")),
    );
    expect((await client(0).listMetadata(`${base}/`)).map((entry) => entry.key)).to.deep.equal(left);
  });

  it("never shows a reader half of a write", async () => {
    const texts = new Map<string, string>();
    const text = (i: number): string => JSON.stringify({ i, filler: String(i).repeat(2000) });
    let version = await client(0).put(key, text(0), metadataText("c"), ABSENT);
    texts.set(version, text(0));
    const seen: StoredText[] = [];
    let writing = true;
    const reading = (async (): Promise<void> => {
      while (writing) {
        const found = await client(1).find(key);
        if (found) seen.push(found);
        seen.push(...(await client(1).list(`${base}/`)));
        // A store without I/O would never let the timers run.
        await sleep(0);
      }
    })();
    for (let i = 1; i <= 15; i++) {
      version = await client(0).put(key, text(i % 10), metadataText("c"), version);
      texts.set(version, text(i % 10));
      await sleep(1);
    }
    writing = false;
    await reading;
    expect(seen.length).to.be.greaterThan(0);
    for (const found of seen) expect(found.text, `version ${found.version}`).to.equal(texts.get(found.version));
  });
}
