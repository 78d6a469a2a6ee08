import { expect } from "chai";
import sinon from "sinon";
import { StoreUnavailableError } from "../../provider/errors";
import type { SecretsStore } from "../../provider/stores/store";
import { CANARY, fill, namedStore, run, sampleDocuments, type RunOptions } from "./harness";
import { decodeDocument } from "../../provider/environment/codec";

const where = ["--store", "memory:a", "--workspace", "data"];

async function stored(store: SecretsStore, name: string): Promise<unknown> {
  const key = `data/values/${name}`;
  const found = await store.find(key);
  return found && decodeDocument(key, found.text);
}

describe("airflow-env value", () => {
  const set = (store: SecretsStore, options: RunOptions, ...flags: string[]) =>
    run([store], ["value", "set", "key", ...where, ...flags], options);

  it("writes what standard input holds, less one newline at its end", async () => {
    const store = namedStore("a");
    const { code, stdout, stderr } = await set(store, { stdin: `${CANARY}\nläst\n\n` });
    expect(code).to.equal(0);
    expect(stdout).to.equal('value "key" created\n');
    expect(stderr).to.contain('{ valueFrom: { store: "key" } }');
    expect(await stored(store, "key")).to.deep.equal({
      kind: "value",
      name: "key",
      owner: "cli/ana_b",
      value: `${CANARY}\nläst\n`,
    });
    expect((await store.listMetadata("data/"))[0]?.metadata).not.to.contain(CANARY);
  });

  it("says when no program has declared the Workspace in this store yet", async () => {
    const store = namedStore("a");
    const setIn = (workspace: string, ...flags: string[]) =>
      run([store], ["value", "set", "key", "--store", "memory:a", "--workspace", workspace, ...flags], { stdin: "x" });
    expect((await setIn("data")).stderr).to.contain(
      'Workspace "data" is not declared in this store yet; it holds none\n',
    );
    await fill(store, sampleDocuments());
    expect((await setIn("data")).stderr).to.equal("");
    const misspelt = await setIn("dta", "--json");
    expect(misspelt).to.deep.include({
      code: 0,
      stderr: 'Workspace "dta" is not declared in this store yet; it holds "data"\n',
    });
    expect(JSON.parse(misspelt.stdout).outcome).to.equal("created");
  });

  it("succeeds with a right to values alone", async () => {
    const store = namedStore("a");
    sinon.stub(store, "keys").rejects(new StoreUnavailableError("denied", "refused us"));
    expect((await set(store, { stdin: "x" })).code).to.equal(0);
  });

  it("keeps every byte with --exact", async () => {
    const store = namedStore("a");
    await set(store, { stdin: `\ufeff${CANARY}\r\n` }, "--exact");
    expect(await stored(store, "key")).to.deep.include({ value: `\ufeff${CANARY}\r\n` });
  });

  it("replaces a value, and writes nothing when it is the same", async () => {
    const store = namedStore("a");
    await set(store, { stdin: "one" });
    const put = sinon.spy(store, "put");
    expect(JSON.parse((await set(store, { stdin: "one\n" }, "--json")).stdout).outcome).to.equal("unchanged");
    expect(put.called).to.equal(false);
    expect((await set(store, { stdin: "two" })).stdout).to.contain("replaced");
    expect(await stored(store, "key")).to.deep.include({ value: "two" });
  });

  it("refuses nothing at all, and what is no text", async () => {
    const store = namedStore("a");
    for (const stdin of ["", "\n", Buffer.from([0xc3, 0x28])]) {
      expect((await set(store, { stdin })).code).to.equal(2);
    }
    expect(await store.keys("")).to.deep.equal([]);
  });

  it("asks twice on a terminal", async () => {
    const store = namedStore("a");
    const typing = (...answers: string[]) => ({
      terminal: { inputIsTerminal: true, readHidden: () => Promise.resolve(answers) },
    });
    expect((await set(store, typing(`${CANARY} `, `${CANARY} `))).code).to.equal(0);
    expect(await stored(store, "key")).to.deep.include({ value: `${CANARY} ` });
    const { code, stderr } = await set(store, typing("a", "b"));
    expect(code).to.equal(2);
    expect(stderr).to.contain("nothing was written");
  });

  it("leaves alone what something else owns, unless told to adopt it", async () => {
    const store = namedStore("a");
    await fill(store, [["data/values/key", { kind: "value", name: "key", owner: "acme/p/s::key", value: CANARY }]]);
    for (const verb of ["set", "remove"]) {
      const { code, stderr } = await run([store], ["value", verb, "key", ...where], { stdin: "x" });
      expect(code).to.equal(3);
      expect(stderr).to.contain("acme/p/s::key").and.to.contain("--adopt");
    }
    expect((await set(store, { stdin: "x" }, "--adopt")).code).to.equal(0);
    expect(await stored(store, "key")).to.deep.include({ owner: "cli/ana_b", value: "x" });
  });

  it("reports that somebody else was first", async () => {
    const store = namedStore("a");
    await fill(store, sampleDocuments());
    const find = store.find.bind(store);
    sinon.stub(store, "find").callsFake(async (key) => {
      const found = await find(key);
      await fill({ ...store, find }, [
        ["data/values/token", { kind: "value", name: "token", owner: "cli/b", value: "n" }],
      ]);
      return found;
    });
    const { code } = await run([store], ["value", "set", "token", ...where], { stdin: "mine" });
    expect(code).to.equal(3);
  });

  it("removes, twice", async () => {
    const store = namedStore("a");
    await fill(store, sampleDocuments());
    const remove = () => run([store], ["value", "remove", "token", ...where]);
    expect(await remove()).to.deep.include({ code: 0, stdout: 'value "token" removed\n' });
    expect(await remove()).to.deep.include({ code: 0, stdout: 'value "token" was not there\n' });
    expect(await store.keys("data/")).to.have.lengthOf(6);
  });

  it("lists names and owners", async () => {
    const store = namedStore("a");
    await fill(store, sampleDocuments());
    expect((await run([store], ["value", "list", ...where])).stdout).to.equal("VALUE  OWNER\ntoken  cli/ana\n");
    expect(JSON.parse((await run([store], ["value", "list", ...where, "--json"])).stdout)).to.deep.equal({
      workspace: "data",
      values: [{ name: "token", owner: "cli/ana" }],
    });
    await run([store], ["value", "remove", "token", ...where]);
    expect((await run([store], ["value", "list", ...where])).stdout).to.contain("has no values");
  });

  it("refuses names that no store key can have", async () => {
    const store = namedStore("a");
    for (const name of ["a/b", "..", "", "ü", "a".repeat(201)]) {
      const { code } = await run([store], ["value", "set", ...where, "--", name], { stdin: "x" });
      expect(code, name).to.equal(2);
    }
  });
});
