import { expect } from "chai";
import sinon from "sinon";
import type { CopyMark } from "../../cli/copy/plan";
import { type WorkspaceDocument } from "../../provider/environment/documents";
import { MemoryBackend } from "../fakes/memory-store";
import { CANARY, contents, fill, namedStore, run, sampleDocuments } from "./harness";
import { decodeDocument, encodeDocument } from "../../provider/environment/codec";

const OWN = "data/workspace";
const WAREHOUSE = "data/connections/warehouse";

/** The sample with some documents changed. */
function changed(change: Record<string, object>): ReturnType<typeof sampleDocuments> {
  return sampleDocuments().map(([key, document]) => [key, { ...document, ...change[key] }]);
}

/** Stored documents have sorted keys, so the order of the field names is not kept. */
function sortedMetadata(metadata: string): object {
  const parsed = JSON.parse(metadata) as { fields?: string[] };
  return { ...parsed, fields: parsed.fields?.sort() };
}

describe("airflow-env store copy", () => {
  it("copies every document with its owners and metadata, and leaves the source as it was", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    await fill(from, sampleDocuments());
    const before = await from.list("");
    const { code, stdout } = await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
    expect(code).to.equal(0);
    expect(stdout).to.contain('Workspace "data": 7 copied and verified, 0 there already');
    expect(await contents(to)).to.deep.equal(await contents(from));
    const metadata = async (store: typeof from) =>
      (await store.listMetadata("")).map(({ metadata }) => sortedMetadata(metadata));
    expect(await metadata(to)).to.deep.equal(await metadata(from));
    expect(await from.list("")).to.deep.equal(before);
  });

  it("writes nothing the second time", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    await fill(from, sampleDocuments());
    await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
    const before = await to.list("");
    const { code, stdout } = await run([from, to], ["store", "copy", "memory:a", "memory:b", "--json"]);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).workspaces[0]).to.deep.include({ copied: [], replaced: [] });
    expect(await to.list("")).to.deep.equal(before);
  });

  it("copies one Workspace when it is named, all when none is", async () => {
    const from = namedStore("a");
    await fill(from, sampleDocuments());
    await fill(from, [
      ["dataplatform/values/x", { kind: "value", name: "x", owner: "cli/ana", value: "v" }],
      ["ml/values/x", { kind: "value", name: "x", owner: "cli/ana", value: "v" }],
    ]);
    const [one, all] = [namedStore("one"), namedStore("all")];
    expect((await run([from, one], ["store", "copy", "memory:a", "memory:one", "--workspace", "data"])).code).to.equal(
      0,
    );
    expect(Object.keys(await contents(one)).every((key) => key.startsWith("data/"))).to.equal(true);
    expect((await run([from, all], ["store", "copy", "memory:a", "memory:all"])).code).to.equal(0);
    expect(await contents(all)).to.deep.equal(await contents(from));
  });

  it("says what a dry run would do and writes nothing", async () => {
    const put = sinon.stub().throws(new Error("dry"));
    const [from, to] = [
      namedStore("a"),
      namedStore("b", { before: ({ operation }) => (operation === "put" ? (put() as undefined) : undefined) }),
    ];
    await fill(from, sampleDocuments());
    const { code, stdout } = await run([from, to], ["store", "copy", "memory:a", "memory:b", "--dry-run"]);
    expect(code).to.equal(0);
    expect(stdout).to.contain("7 to copy").and.to.contain(`+ ${WAREHOUSE}`).and.to.contain("Nothing was written");
    expect(put.called).to.equal(false);
  });

  it("refuses documents that only the target has, and keeps them with --merge", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    await fill(from, sampleDocuments());
    await fill(to, [["data/values/theirs", { kind: "value", name: "theirs", owner: "cli/bo", value: CANARY }]]);
    const refused = await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
    expect(refused.code).to.equal(3);
    expect(refused.stderr).to.contain("data/values/theirs").and.to.contain("--merge");
    expect(Object.keys(await contents(to))).to.deep.equal(["data/values/theirs"]);
    const dry = await run([from, to], ["store", "copy", "memory:a", "memory:b", "--dry-run"]);
    expect(dry.code).to.equal(3);
    const merged = await run([from, to], ["store", "copy", "memory:a", "memory:b", "--merge"]);
    expect(merged.code).to.equal(0);
    expect(Object.keys(await contents(to))).to.have.lengthOf(8);
  });

  it("refuses documents that differ, naming fields and no values, unless --overwrite is given", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    await fill(from, sampleDocuments());
    await fill(
      to,
      changed({ [WAREHOUSE]: { sharing: "LinkedToAll", base: { connType: "x", password: `${CANARY}2` } } }),
    );
    const before = await to.list("");
    for (const flags of [[], ["--merge"]]) {
      const { code, stdout, stderr } = await run(
        [from, to],
        ["store", "copy", "memory:a", "memory:b", "--json", ...flags],
      );
      expect(code).to.equal(3);
      expect(stderr).to.contain(`${WAREHOUSE} (base, sharing)`).and.to.contain("--overwrite");
      expect(JSON.parse(stdout).error.details.differing).to.deep.equal([
        { key: WAREHOUSE, fields: ["base", "sharing"] },
      ]);
      expect(await to.list("")).to.deep.equal(before);
    }
    const { code, stdout } = await run([from, to], ["store", "copy", "memory:a", "memory:b", "--overwrite"]);
    expect(code).to.equal(0);
    expect(stdout).to.contain("1 copied and verified, 1 of them replaced, 6 there already");
    expect(await contents(to)).to.deep.equal(await contents(from));
  });

  it("never replaces another Workspace of the same name", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    await fill(from, sampleDocuments());
    await fill(to, changed({ [OWN]: { uid: "uid-2", owner: "other/p/s::data" } }));
    const { code, stderr } = await run([from, to], ["store", "copy", "memory:a", "memory:b", "--overwrite"]);
    expect(code).to.equal(3);
    expect(stderr).to.contain("another Workspace of that name, of other/p/s::data");
  });

  it("refuses documents that are too large before it writes any", async () => {
    const from = namedStore("a");
    const to = { ...namedStore("b"), capabilities: { ...from.capabilities, maxBytes: 300 } };
    await fill(from, sampleDocuments());
    const { code, stderr } = await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
    expect(code).to.equal(1);
    expect(stderr).to.contain(WAREHOUSE).and.to.contain("the most is 300");
    expect(await contents(to)).to.deep.equal({});
  });

  it("judges all Workspaces before it writes the first", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    await fill(from, [...sampleDocuments(), ["z/values/v", { kind: "value", name: "v", owner: "cli/a", value: "1" }]]);
    await fill(to, [["z/values/v", { kind: "value", name: "v", owner: "cli/a", value: "2" }]]);
    expect((await run([from, to], ["store", "copy", "memory:a", "memory:b"])).code).to.equal(3);
    expect(Object.keys(await contents(to))).to.deep.equal(["z/values/v"]);
  });

  it("goes on from any interruption, and until then holds no Workspace document", async () => {
    const total = sampleDocuments().length;
    for (let survived = 0; survived <= total; survived++) {
      const backend = new MemoryBackend();
      let puts = 0;
      const dying = namedStore(
        "b",
        {
          after: ({ operation }) => {
            if (operation === "put" && ++puts > survived) throw new Error("killed");
          },
        },
        backend,
      );
      const from = namedStore("a");
      await fill(from, sampleDocuments());
      const { code } = await run([from, dying], ["store", "copy", "memory:a", "memory:b"]);
      const to = namedStore("b", {}, backend);
      if (survived < total) {
        expect(code).to.equal(1);
        if (survived < total - 1) expect(await to.find(OWN)).to.equal(undefined);
      }
      expect((await run([from, to], ["store", "copy", "memory:a", "memory:b"])).code).to.equal(0);
      expect(await contents(to)).to.deep.equal(await contents(from));
    }
  });

  it("marks an earlier copy as unfinished until the new one is complete", async () => {
    const from = namedStore("a");
    await fill(from, changed({ [WAREHOUSE]: { sharing: "LinkedToAll" } }));
    const backend = new MemoryBackend();
    await fill(namedStore("b", {}, backend), sampleDocuments());
    const dying = namedStore(
      "b",
      {
        after: ({ operation, key }) => {
          if (operation === "put" && key === WAREHOUSE) throw new Error("killed");
        },
      },
      backend,
    );
    const copy = ["store", "copy", "memory:a", "memory:b", "--overwrite"];
    expect((await run([from, dying], copy)).code).to.equal(1);
    const to = namedStore("b", {}, backend);
    const own = decodeDocument(OWN, (await to.find(OWN))?.text ?? "") as WorkspaceDocument & CopyMark;
    expect(own).to.deep.include({ uid: "uid-1", copying: true });
    const onward = await run([to, namedStore("c")], ["store", "copy", "memory:b", "memory:c"]);
    expect(onward.code).to.equal(3);
    expect(onward.stderr).to.contain("itself an unfinished copy");
    expect((await run([from, to], copy)).code).to.equal(0);
    expect(await contents(to)).to.deep.equal(await contents(from));
  });

  it("takes the mark off although nothing else is left to write", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    await fill(from, sampleDocuments());
    await fill(to, changed({ [OWN]: { copying: true } }));
    expect((await run([from, to], ["store", "copy", "memory:a", "memory:b"])).code).to.equal(0);
    expect(await contents(to)).to.deep.equal(await contents(from));
  });

  it("notices a source that changes meanwhile, and does not call the copy complete", async () => {
    const [source, from] = (({ backend }) => [namedStore("a", {}, backend), namedStore("a", {}, backend)])({
      backend: new MemoryBackend(),
    });
    await fill(source, sampleDocuments());
    const to = namedStore("b", {
      after: async ({ operation, key }) => {
        if (operation === "put" && key === WAREHOUSE)
          await fill(source, changed({ [WAREHOUSE]: { exclude: ["dev"] } }));
      },
    });
    const { code, stderr } = await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
    expect(code).to.equal(3);
    expect(stderr).to.contain(`changed during the copy: ${WAREHOUSE}`);
    expect(await to.find(OWN)).to.equal(undefined);
    expect((await run([from, to], ["store", "copy", "memory:a", "memory:b", "--overwrite"])).code).to.equal(0);
    expect(await contents(to)).to.deep.equal(await contents(from));
  });

  it("notices a writer in the target", async () => {
    const backend = new MemoryBackend();
    const from = namedStore("a");
    await fill(from, sampleDocuments());
    const other = namedStore("b", {}, backend);
    let planted = false;
    const to = namedStore(
      "b",
      {
        before: async ({ operation }) => {
          if (operation !== "put" || planted) return;
          planted = true;
          await fill(other, changed({ [OWN]: { uid: "uid-2" } }).slice(0, 1));
        },
      },
      backend,
    );
    const { code, stderr } = await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
    expect(code).to.equal(3);
    expect(stderr).to.contain(`changed during the copy: ${OWN}`);
    expect((await contents(other))[OWN]).to.contain("uid-2");
  });

  it("fails when the target gives back something else", async () => {
    const [from, inner] = [namedStore("a"), namedStore("b")];
    await fill(from, sampleDocuments());
    const to = {
      ...inner,
      list: async (prefix: string) =>
        (await inner.list(prefix)).map((stored) =>
          stored.key === WAREHOUSE ? { ...stored, text: stored.text.replace("db.prod", "db.pro") } : stored,
        ),
    };
    const { code, stderr } = await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
    expect(code).to.equal(1);
    expect(stderr).to.contain(`does not give back what was written: ${WAREHOUSE}`);
    expect(await inner.find(OWN)).to.equal(undefined);
  });

  it("takes an older document as it is, and knows it again in the newer form", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    const old = { schemaVersion: 0, kind: "connection", connId: "old", owner: "o", base: { connType: "http" } };
    await from.put("data/connections/old", JSON.stringify(old), "{}", "absent");
    const upgraded = decodeDocument("data/connections/old", JSON.stringify(old));
    await to.put("data/connections/old", encodeDocument(upgraded), "{}", "absent");
    const { code, stdout } = await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
    expect(code).to.equal(0);
    expect(stdout).to.contain("0 copied and verified, 1 there already");
  });

  it("refuses a document of a newer release", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    for (const [key, document] of [
      ["data/connections/x", { schemaVersion: 99, kind: "connection" }],
      ["more/y", { schemaVersion: 1, kind: "surprise" }],
    ] as const) {
      await from.put(key, JSON.stringify(document), "{}", "absent");
      const { code, stderr } = await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
      expect(code).to.equal(1);
      expect(stderr).to.contain(key).and.to.contain("upgrade");
      await from.delete(key, (await from.find(key))?.version ?? "");
    }
  });

  it("says what the source holds when the Workspace is not there", async () => {
    const [from, to] = [namedStore("a"), namedStore("b")];
    const empty = await run([from, to], ["store", "copy", "memory:a", "memory:b"]);
    expect(empty).to.deep.include({ code: 1, stderr: 'error: store "memory:a" holds no Workspace\n' });
    await fill(from, sampleDocuments());
    const { code, stderr } = await run([from, to], ["store", "copy", "memory:a", "memory:b", "--workspace", "dat"]);
    expect(code).to.equal(1);
    expect(stderr).to.contain('it holds "data"');
  });

  it("refuses a store as its own target, and closes what it opened", async () => {
    const from = namedStore("a");
    const close = sinon.spy(from, "close");
    const { code, stderr } = await run([from], ["store", "copy", "memory:a", "memory:a"]);
    expect(code).to.equal(2);
    expect(stderr).to.contain("same store");
    expect(close.callCount).to.equal(2);
  });

  it("shows progress on a terminal only", async () => {
    const from = namedStore("a");
    await fill(from, sampleDocuments());
    const shown = await run([from, namedStore("b")], ["store", "copy", "memory:a", "memory:b"], { isTerminal: true });
    expect(shown.stderr)
      .to.contain('copying Workspace "data": 3 of 7 documents')
      .and.to.match(/\r\u001b\[K$/);
    expect(shown.stdout).to.contain("\u001b[32m");
    const piped = await run([from, namedStore("b")], ["store", "copy", "memory:a", "memory:b"]);
    expect(piped.stderr).to.equal("");
    expect(piped.stdout).not.to.contain("\u001b");
  });
});
