import { expect } from "chai";
import type { ConnectionDocument } from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { MemoryBackend } from "../../fakes/memory-store";
import { Client, connection, KEY, put } from "./client";

describe("DocumentCache: replies that come late", () => {
  let us: Client;
  let others: Client;
  beforeEach(() => {
    const backend = new MemoryBackend();
    [us, others] = [new Client(backend), new Client(backend)];
  });

  beforeEach(async () => {
    await put(others, KEY, connection("old"));
    await us.documents.snapshot();
  });

  const hostOf = (client: Client) => (client.documents.peekShared(KEY) as ConnectionDocument | undefined)?.base.host;

  it("of a bulk read do not undo our write", async () => {
    const release = us.holdReply("list");
    const refreshed = us.documents.refresh();
    await put(us, KEY, connection("ours"));
    release();
    await refreshed;
    expect(hostOf(us)).to.equal("ours");
  });

  it("of a bulk read do not take away a document that we created", async () => {
    const key = documentKeys.connection("data", "new");
    const release = us.holdReply("list");
    const refreshed = us.documents.refresh();
    await put(us, key, connection("ours"));
    release();
    await refreshed;
    expect(us.documents.peekShared(key)).to.not.equal(undefined);
  });

  it("of a bulk read do not bring back a document that we deleted", async () => {
    const release = us.holdReply("list");
    const refreshed = us.documents.refresh();
    await put(us, KEY, undefined);
    release();
    await refreshed;
    expect(us.documents.peekShared(KEY)).to.equal(undefined);
  });

  it("of our write do not undo what a later bulk read found on top of it", async () => {
    const release = us.holdReply("put");
    const written = put(us, KEY, connection("ours"));
    await new Promise((resolve) => setImmediate(resolve));
    await put(others, KEY, connection("theirs"));
    await us.documents.refresh();
    release();
    await written;
    expect(hostOf(us)).to.equal("theirs");
  });

  it("of our write are taken in although a later bulk read missed it", async () => {
    let release = () => {};
    us.before = ({ operation }) =>
      operation === "put" ? new Promise<void>((resolve) => (release = resolve)) : undefined;
    const written = put(us, KEY, connection("ours"));
    await new Promise((resolve) => setImmediate(resolve));
    await us.documents.refresh();
    expect(hostOf(us)).to.equal("old");
    release();
    await written;
    expect(hostOf(us)).to.equal("ours");
  });

  it("of a bulk read that found theirs on top of ours are taken in", async () => {
    const releasePut = us.holdReply("put");
    const written = put(us, KEY, connection("ours"));
    await new Promise((resolve) => setImmediate(resolve));
    await put(others, KEY, connection("theirs"));
    const releaseList = us.holdReply("list");
    const refreshed = us.documents.refresh();
    releasePut();
    await written;
    releaseList();
    await refreshed;
    expect(hostOf(us)).to.equal("theirs");
  });

  it("of a single read do not undo a later bulk read", async () => {
    const release = us.holdReply("find");
    const found = us.documents.find(KEY);
    await new Promise((resolve) => setImmediate(resolve));
    await put(others, KEY, connection("theirs"));
    await us.documents.refresh();
    release();
    await found;
    expect(hostOf(us)).to.equal("theirs");
  });

  it("of a bulk read do not undo a later single read", async () => {
    const release = us.holdReply("list");
    const refreshed = us.documents.refresh();
    await put(others, KEY, connection("theirs"));
    await us.documents.find(KEY);
    release();
    await refreshed;
    expect(hostOf(us)).to.equal("theirs");
  });
});
