import { expect } from "chai";
import { StoreUnavailableError } from "../../../provider/errors";
import { type WorkspaceDocument } from "../../../provider/environment/documents";
import { inputs, ownerOf, WORKSPACE } from "../../fakes/world";
import { CANARY, expectGone, expectUnchanged, Stack, writesOf } from "./stack";
import { decodeDocument } from "../../../provider/environment/codec";
import { documentKeys } from "../../../provider/environment/keys";
import { UNKNOWN_ON_THE_WIRE as UNKNOWN } from "../../../provider/pulumi/wire";

const KEY = documentKeys.workspace(WORKSPACE.name);
const ELSEWHERE = "local:.moved";

describe("workspace resource", () => {
  it("lives: created, unchanged, updated, drifted, healed, deleted, gone", async () => {
    const stack = new Stack();
    const workspace = await stack.create("workspace", inputs.workspace());
    expect(workspace.id).to.equal("data");
    await expectUnchanged(workspace, inputs.workspace());

    const created = stack.world.document<WorkspaceDocument>(KEY);
    const open = inputs.workspace({ secretsFetching: true });
    await workspace.up(open);
    expect(stack.world.document(KEY)).to.deep.equal({ ...created, secretsFetching: true });
    await expectUnchanged(workspace, open);

    await stack.meddle<WorkspaceDocument>(KEY, (document) => ({ ...document, secretsFetching: false }));
    expect(await workspace.refresh()).to.include({ secretsFetching: false });
    const { checked, diff } = await workspace.preview(open);
    expect(checked.inputs["drift"]).to.deep.equal(["secretsFetching: changed outside Pulumi"]);
    expect(diff?.changes).to.equal(true);
    await workspace.up(open);
    expect(stack.world.document(KEY)).to.deep.equal({ ...created, secretsFetching: true });
    await expectUnchanged(workspace, open);

    await workspace.delete();
    expect(stack.world.documents()).to.deep.equal([]);
    await expectGone(workspace);
  });

  it("shows in a preview that it is gone, and comes back with update", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace();
    await stack.meddle(KEY, () => undefined);
    const { checked } = await workspace.preview(inputs.workspace());
    expect(checked.inputs["drift"]).to.deep.equal(["the Workspace is gone from the store"]);
    await workspace.up(inputs.workspace());
    await expectUnchanged(workspace, inputs.workspace());
  });

  it("makes a random uid and key, and keeps the uid in its outputs", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace();
    const document = stack.world.document<WorkspaceDocument>(KEY);
    expect(workspace.outputs["uid"]).to.equal(document?.uid);
    expect(Buffer.from(document?.fingerprintKey ?? "", "base64")).to.have.length(32);
    expect(JSON.stringify(workspace.outputs)).to.not.contain(document?.fingerprintKey);
  });

  it("is refused to a second owner, and adopted on request with uid and key kept", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const before = stack.world.document<WorkspaceDocument>(KEY);
    const second = inputs.workspace({ owner: ownerOf("data", "dev") });
    const error = await stack.refusal(stack.create("workspace", second));
    expect(error.code).to.equal("conflict");
    expect(error.message).to.equal(
      `Workspace "data" already exists and belongs to ${ownerOf("data")}; remove it there, use another name, ` +
        "or set adopt: true here to take it over",
    );
    expect(stack.world.document(KEY)).to.deep.equal(before);

    await stack.create("workspace", { ...second, adopt: true });
    const { instance } = stack.world.document<WorkspaceDocument>(KEY)!;
    expect(instance).to.not.equal(before?.instance);
    expect(stack.world.document(KEY)).to.deep.equal({ ...before, owner: second.owner, instance });
  });

  it("goes on after an interrupted create of the same owner", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const { process } = await stack.resource("workspace").preview(inputs.workspace());
    const before = stack.world.document<WorkspaceDocument>(KEY);
    await process.handlers.workspace.create(inputs.workspace());
    expect(stack.world.document<WorkspaceDocument>(KEY)?.uid).to.equal(before?.uid);
    expect(stack.world.document<WorkspaceDocument>(KEY)?.fingerprintKey).to.equal(before?.fingerprintKey);
  });

  it("comes back with its uid, which the targets bear, when its document was lost", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace("prod");
    const { uid } = workspace.outputs;
    await stack.meddle(KEY, () => undefined);
    await workspace.up(inputs.workspace());
    expect(stack.world.document<WorkspaceDocument>(KEY)?.uid).to.equal(uid);
    await stack.create("connection", inputs.connection("shared", { sharing: "LinkedToAll" }));
    expect(stack.world.content("prod")).to.have.all.keys("shared");
  });

  it("follows a renamed owner, and forgets the old one", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace();
    const renamed = inputs.workspace({ owner: ownerOf("data", "renamed") });
    await workspace.up(renamed);
    expect(stack.world.document<WorkspaceDocument>(KEY)?.owner).to.equal(renamed.owner);
    await expectUnchanged(workspace, renamed);
    const error = await stack.refusal(stack.create("workspace", inputs.workspace()));
    expect(error.message).to.contain(`belongs to ${renamed.owner}`);
  });

  it("is replaced when renamed, and updated otherwise", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace();
    const { diff } = await workspace.preview(inputs.workspace({ name: "other" }));
    expect(diff).to.deep.equal({ changes: true, replaces: ["name"], deleteBeforeReplace: false });
    const moved = inputs.workspace({ store: ELSEWHERE });
    const { workspace: handler } = stack.process().handlers;
    const answer = { changes: true, replaces: [], deleteBeforeReplace: false };
    expect(await handler.diff("data", workspace.outputs, moved)).to.deep.equal(answer);
    const refused = (await workspace.preview(moved)).checked.failures.map(({ reason }) => reason).join();
    expect(refused)
      .to.contain("store: Workspace")
      .and.contain("which does not hold it; copy it first: npx airflow-env store copy");
    const both = await workspace.preview(inputs.workspace({ store: ELSEWHERE, name: "other" }));
    expect(both.checked.failures).to.deep.equal([]);
  });

  it("is refused in the preview where the store says that it has moved away", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace();
    await stack.meddle<WorkspaceDocument>(KEY, (document) => ({ ...document, movedTo: ELSEWHERE }));
    const { failures } = (await workspace.preview(inputs.workspace())).checked;
    expect(failures.map(({ reason }) => reason).join()).to.contain(`has moved from store "memory:" to "${ELSEWHERE}"`);
  });

  it("leaves alone what somebody else owns", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace();
    await stack.meddle<WorkspaceDocument>(KEY, (document) => ({ ...document, owner: ownerOf("data", "dev") }));
    expect(await workspace.refresh()).to.equal(undefined);
    expect(writesOf(await workspace.delete())).to.deep.equal([]);
    expect(stack.world.documents()).to.have.length(1);
  });

  it("is not deleted while it holds anything", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace("prod");
    const connection = await stack.create("connection", inputs.connection("warehouse"));
    const error = await stack.refusal(workspace.delete());
    expect(error.code).to.equal("conflict");
    expect(error.message).to.equal(
      `Workspace "data" still holds Deployment "prod" (${ownerOf("prod")}), ` +
        `connection "warehouse" (${ownerOf("warehouse")}); remove these first`,
    );
    await connection.delete();
    expect((await stack.refusal(workspace.delete())).message)
      .to.contain('Deployment "prod"')
      .and.not.contain("warehouse");
  });

  it("counts the holders that it does not name", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace();
    for (let at = 0; at < 12; at++) await stack.create("connection", inputs.connection(`c${at}`));
    expect((await stack.refusal(workspace.delete())).message).to.contain(" and 2 more; remove these first");
  });

  describe("whose store address changes", () => {
    const moved = inputs.workspace({ store: ELSEWHERE });

    async function copied(change: (document: WorkspaceDocument) => WorkspaceDocument | undefined) {
      const stack = new Stack();
      const workspace = await stack.createWorkspace();
      const { documents } = stack.process().open(ELSEWHERE);
      const document = change(stack.world.document<WorkspaceDocument>(KEY) as WorkspaceDocument);
      if (document) await documents.change(KEY, () => document);
      return { stack, workspace };
    }

    it("goes on with a complete copy", async () => {
      const { workspace } = await copied((document) => document);
      await workspace.up(moved);
      await expectUnchanged(workspace, moved);
    });

    describe("leaves a mark in the old store", () => {
      const ref = { name: WORKSPACE.name, store: ELSEWHERE };
      const declared = inputs.connection("warehouse", { host: "old", sharing: "LinkedToAll" });
      const obsolete = inputs.connection("obsolete", { sharing: "LinkedToAll" });

      async function movedStack() {
        const stack = new Stack();
        const workspace = await stack.createWorkspace("prod");
        const warehouse = await stack.create("connection", declared);
        const removed = await stack.create("connection", obsolete);
        const { documents } = stack.process().open(ELSEWHERE);
        for (const [key, { text }] of stack.world.backend.documents)
          await documents.change(key, () => decodeDocument(key, text));
        await workspace.up(moved);
        return { stack, workspace, warehouse, removed };
      }

      it("so that a delete in the same run removes from the new one and projects its documents", async () => {
        const { stack, workspace, warehouse, removed } = await movedStack();
        await warehouse.up({ ...declared, workspace: ref, host: "new" });
        const before = stack.world.content("prod");
        const refused = await stack.refusal(removed.delete());
        expect(refused.message).to.contain("which nothing in this run names, so nothing was removed");
        expect(stack.world.content("prod")).to.deep.equal(before);
        const run = stack.process();
        await run.handlers.workspace.check(workspace.inputs, { ...workspace.inputs });
        await run.handlers.connection.delete(removed.id ?? "", removed.outputs);
        expect(stack.world.content("prod")).to.deep.equal({ warehouse: { conn_type: "postgres", host: "new" } });
        const { documents } = stack.process().open(ELSEWHERE);
        expect((await documents.snapshot()).objects.map(({ id }) => id)).to.deep.equal(["warehouse"]);
      });

      it("so that a stack that has not moved yet is refused before it writes old content", async () => {
        const { stack, warehouse } = await movedStack();
        const error = await stack.refusal(warehouse.up({ ...declared, host: "late" }));
        expect(error.message).to.match(/has moved from store ".*" to "local:.moved"; name that store in the program/);
        expect(stack.world.content("prod")?.["warehouse"]).to.include({ host: "old" });
      });

      it("so that it is not moved back to what it was", async () => {
        const { stack, workspace } = await movedStack();
        const error = await stack.refusal(workspace.up(inputs.workspace()));
        expect(error.message).to.contain("holds what it was before it moved away; copy it first");
      });

      it("but none where both addresses lead to one store", async () => {
        const stack = new Stack();
        const workspace = await stack.createWorkspace("prod");
        stack.world.alias(ELSEWHERE, WORKSPACE.store);
        await workspace.up(moved);
        expect(stack.world.document(KEY)).to.not.have.property("movedTo");
        await stack.create("connection", { ...declared, workspace: ref });
        expect(stack.world.content("prod")).to.have.all.keys("warehouse");
      });

      it("and says so when it cannot", async () => {
        const { workspace } = await copied((document) => document);
        const process = await workspace.up(moved, {
          before: ({ port, operation }) => {
            if (port === "store" && operation === "put") throw new StoreUnavailableError("denied", "read only");
          },
        });
        expect(process.warnings.join()).to.contain("could not be marked as old: read only");
      });
    });

    for (const [what, change, found] of [
      ["nothing", () => undefined, "does not hold it"],
      [
        "another Workspace of the name",
        (document: WorkspaceDocument) => ({ ...document, uid: "another" }),
        'holds another Workspace "data"',
      ],
      [
        "an unfinished copy",
        (document: WorkspaceDocument) => ({ ...document, copying: true }),
        "holds an unfinished copy of it",
      ],
    ] as const)
      it(`refuses ${what}`, async () => {
        const { stack, workspace } = await copied(change);
        const before = [...stack.world.backendOf(ELSEWHERE).documents];
        const error = await stack.refusal(workspace.up(moved));
        expect(error.code).to.equal("conflict");
        expect(error.message).to.equal(
          `Workspace "data" moves to store "${ELSEWHERE}", which ${found}; copy it first: npx airflow-env store copy ` +
            `"${WORKSPACE.store}" "${ELSEWHERE}" --workspace "data"`,
        );
        expect([...stack.world.backendOf(ELSEWHERE).documents]).to.deep.equal(before);
      });
  });

  it("touches no store without live comparison, or with an unknown address", async () => {
    const stack = new Stack();
    const workspace = await stack.createWorkspace();
    for (const more of [{ liveDiff: false }, { store: UNKNOWN }, { name: UNKNOWN }]) {
      const { process } = await workspace.preview(inputs.workspace({ ...more, secretsFetching: true }));
      expect(process.calls).to.deep.equal([]);
    }
    const unknown = await workspace.preview(inputs.workspace({ liveDiff: false, secretsFetching: UNKNOWN }));
    expect(unknown.diff?.changes).to.equal(true);
    const same = await workspace.preview(inputs.workspace({ liveDiff: false }));
    expect(same.diff?.changes).to.equal(false);
  });

  for (const [what, more, reason] of [
    ["a bad name", { name: `${CANARY}/x` }, "name: use 1 to 63 letters, digits, '.', '_' or '-'"],
    ["an unknown scheme", { store: `nothing:${CANARY}` }, "store: the store address begins with no known scheme"],
    ["a word for a switch", { secretsFetching: CANARY }, "secretsFetching: must be true or false, not a string"],
    ["an unknown field", { secretFetching: CANARY }, "secretFetching: is not a field of this resource"],
  ] as const)
    it(`fails the preview for ${what}`, async () => {
      const stack = new Stack();
      const { checked, process } = await stack.resource("workspace").preview(inputs.workspace(more));
      expect(checked.failures).to.have.length(1);
      const [failure] = checked.failures;
      expect(failure?.property).to.equal("");
      expect(failure?.reason).to.contain(reason);
      if (!("name" in more)) expect(failure?.reason).to.not.contain(CANARY);
      expect(process.calls).to.deep.equal([]);
    });
});
