import { expect } from "chai";
import type { SharedDocument } from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { UnsupportedError } from "../../../provider/errors";
import { variableKind } from "../../../provider/objects/variable/kind";
import { MemoryBackend } from "../../fakes/memory-store";
import { Client, connection, DEPLOYMENT, KEY, put } from "./client";

describe("WorkspaceStore", () => {
  let us: Client;
  let others: Client;
  beforeEach(() => {
    const backend = new MemoryBackend();
    [us, others] = [new Client(backend), new Client(backend)];
  });

  it("tells Workspace, Deployments, connections, Variables and values apart", async () => {
    await put(others, documentKeys.workspace("data"), {
      kind: "workspace",
      name: "data",
      uid: "u",
      owner: "o",
      fingerprintKey: "k",
      secretsFetching: true,
    });
    await put(others, DEPLOYMENT, { kind: "deployment", name: "prod", owner: "o", target: {} });
    await put(others, KEY, connection("db"));
    const variable: SharedDocument = { ...connection("db"), kind: "variable", base: { value: "x" } };
    await put(others, documentKeys.object("data", variableKind, "warehouse"), variable);
    await put(others, documentKeys.value("data", "v"), { kind: "value", name: "v", owner: "o", value: "secret" });
    const { workspace, deployments, objects, values } = await us.documents.snapshot();
    expect(workspace?.uid).to.equal("u");
    expect([...deployments.keys()]).to.deep.equal(["prod"]);
    expect(objects.map(({ kind, id }) => [kind, id])).to.deep.equal([
      ["connection", "warehouse"],
      ["variable", "warehouse"],
    ]);
    expect(values).to.deep.equal(["v"]);
    expect(await us.documents.findValue("v")).to.equal("secret");
    expect(await us.documents.findValue("w")).to.equal(undefined);
  });

  it("refuses a document under the key of another one", async () => {
    await put(others, DEPLOYMENT, connection("db"));
    const error = await us.documents.snapshot().catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(UnsupportedError);
    expect(error).to.have.property("message").that.contains(`document "${DEPLOYMENT}" is damaged`);
  });
});
