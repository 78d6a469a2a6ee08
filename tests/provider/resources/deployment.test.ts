import { expect } from "chai";
import type { DeploymentDocument } from "../../../provider/environment/documents";
import { inputs, ownerOf, WORKSPACE, type Step } from "../../fakes/world";
import { CANARY, expectGone, expectUnchanged, failing, Stack, unreachable, writesOf } from "./stack";
import { documentKeys } from "../../../provider/environment/keys";
import { UNKNOWN_ON_THE_WIRE as UNKNOWN } from "../../../provider/pulumi/wire";

const KEY = documentKeys.deployment(WORKSPACE.name, "prod");
const at = (path: string) => ({ target: { directory: { path } } });

describe("deployment resource", () => {
  it("lives: created, unchanged, updated, drifted, healed, deleted, gone", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    expect(deployment.id).to.equal(KEY);
    expect(stack.world.content("prod")).to.deep.equal({});
    await expectUnchanged(deployment, inputs.deployment("prod"));

    const newer = inputs.deployment("prod", { airflowVersion: "3.1.8" });
    await deployment.up(newer);
    expect(stack.world.document<DeploymentDocument>(KEY)?.airflowVersion).to.equal("3.1.8");
    await expectUnchanged(deployment, newer);

    await stack.meddle<DeploymentDocument>(KEY, (document) => ({ ...document, airflowVersion: "2.11.2" }));
    expect(await deployment.refresh()).to.deep.include({ airflowVersion: "2.11.2", ...at("prod") });
    const { checked, diff } = await deployment.preview(newer);
    expect(checked.inputs["drift"]).to.deep.equal(["airflowVersion: changed outside Pulumi"]);
    expect(diff?.changes).to.equal(true);
    await deployment.up(newer);
    expect(stack.world.document<DeploymentDocument>(KEY)?.airflowVersion).to.equal("3.1.8");
    await expectUnchanged(deployment, newer);

    await deployment.delete();
    expect(stack.world.document(KEY)).to.equal(undefined);
    expect(stack.world.content("prod")).to.equal(undefined);
    await expectGone(deployment);
  });

  it("is told from the target what drifted there, by field and never by value, and heals it", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    const shared = { sharing: "LinkedToAll", host: "db", password: CANARY };
    await stack.create("connection", inputs.connection("warehouse", shared));
    const place = stack.world.place("prod");
    const healthy = place.text;
    const marks = place.object?.marks;
    for (const [text, drift] of [
      ['{"warehouse":{"conn_type":"postgres","host":"evil"}}', ['"warehouse": host differs', '"warehouse": password']],
      ["{}", ['"warehouse": missing']],
      [`${healthy?.slice(0, -2)},"other":{"conn_type":"http"}}`, ['"other": not declared']],
      ["no json", ["not readable by Airflow"]],
    ] as const) {
      place.plant(text, marks);
      const { checked, diff, process } = await deployment.preview(inputs.deployment("prod"));
      const shown = (checked.inputs["drift"] as string[]).join("\n");
      for (const part of drift) expect(shown).to.contain(part);
      expect(diff?.changes).to.equal(true);
      expect(writesOf(process)).to.deep.equal([]);
      await deployment.up(inputs.deployment("prod"));
      expect(place.text).to.equal(healthy);
    }
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("comes back with update when the store or the target lost it", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    await stack.meddle(KEY, () => undefined);
    const lost = await deployment.preview(inputs.deployment("prod"));
    expect(lost.checked.inputs["drift"]).to.deep.equal(["the Deployment is gone from the store"]);
    await deployment.up(inputs.deployment("prod"));
    await expectUnchanged(deployment, inputs.deployment("prod"));

    stack.world.place("prod").object = undefined;
    const missing = await deployment.preview(inputs.deployment("prod"));
    expect(missing.checked.inputs["drift"]).to.deep.equal(["prod: missing"]);
    await deployment.up(inputs.deployment("prod"));
    expect(stack.world.content("prod")).to.deep.equal({});
  });

  it("warns of a target that cannot be read, and previews the rest", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    const { checked, process } = await deployment.preview(inputs.deployment("prod"), {
      before: failing("target", unreachable()),
    });
    expect(checked.failures).to.deep.equal([]);
    expect(process.warnings.join()).to.contain('Deployment "prod": drift of its target is not known: ');
  });

  it("gets every shared connection before its create returns", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    await stack.create("connection", inputs.connection("all", { sharing: "LinkedToAll", host: "h" }));
    await stack.create("connection", inputs.connection("some"));
    await stack.create("deployment", inputs.deployment("prod"));
    expect(stack.world.content("prod")).to.have.all.keys("all");
  });

  it("is refused to a second owner, and adopted on request", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const second = inputs.deployment("prod", { owner: ownerOf("prod", "dev") });
    const error = await stack.refusal(stack.create("deployment", second));
    expect(error.code).to.equal("conflict");
    expect(error.message)
      .to.contain(`Deployment "prod" already exists and belongs to ${ownerOf("prod")}`)
      .and.contain("adopt: true");
    await stack.create("deployment", { ...second, adopt: true });
    expect(stack.world.document<DeploymentDocument>(KEY)?.owner).to.equal(second.owner);
    expect(stack.world.place("prod").object?.marks?.owner).to.equal(second.owner);
  });

  it("never writes over a target that is not ours, unless it is adopted", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    stack.world.place("prod").plant('{"theirs":{}}');
    const { checked, process } = await stack.resource("deployment").preview(inputs.deployment("prod"));
    expect(checked.failures[0]?.reason).to.contain("target: ").and.contain("exists and is not managed by airflow-env");
    const error = await stack.refusal(process.handlers.deployment.create(inputs.deployment("prod")));
    expect(error.message).to.contain("exists and is not managed by airflow-env").and.contain("adopt: true");
    expect(stack.world.document(KEY)).to.equal(undefined);
    expect(stack.world.place("prod").text).to.equal('{"theirs":{}}');
    await stack.create("deployment", inputs.deployment("prod", { adopt: true }));
    expect(stack.world.content("prod")).to.deep.equal({});
  });

  it("tells how a target was changed by hand, whatever form it has now", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    await stack.create("connection", inputs.connection("all", { sharing: "LinkedToAll", host: "h" }));
    const place = stack.world.place("prod");
    const { marks } = place.object!;
    for (const [text, drift] of [
      ['{"all": "postgres://u:p@h/db"}', '"all": written in another form'],
      ['{"all": [{"host": "h"}]}', '"all": written in another form'],
      ['{"all": {"conn_type": "postgres", "host": "other"}}', '"all": host differs from the store'],
      ["{}", '"all": missing'],
      ["nonsense", "changed outside Pulumi, not readable by Airflow"],
      [undefined, "its content is missing"],
    ] as const) {
      place.plant(text, marks);
      const { checked } = await deployment.preview(inputs.deployment("prod"));
      expect(checked.inputs["drift"], text).to.deep.equal([`prod: ${drift}`]);
    }
  });

  it("follows a renamed owner in document and target", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    const renamed = inputs.deployment("prod", { owner: ownerOf("prod", "renamed") });
    await deployment.up(renamed);
    expect(stack.world.document<DeploymentDocument>(KEY)?.owner).to.equal(renamed.owner);
    expect(stack.world.place("prod").object?.marks?.owner).to.equal(renamed.owner);
    await expectUnchanged(deployment, renamed);
  });

  it("is replaced when its name or Workspace changes, first deleted when the target stays", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    const diffOf = async (name: string, more: object) => (await deployment.preview(inputs.deployment(name, more))).diff;
    expect(await diffOf("new", at("prod"))).to.deep.equal({
      changes: true,
      replaces: ["name"],
      deleteBeforeReplace: true,
    });
    expect(await diffOf("new", at("new"))).to.include({ deleteBeforeReplace: false });
    const other = { ...WORKSPACE, name: "other" };
    // Declared, but not there yet: a create that fails must not find the target deleted.
    const { handlers } = stack.process();
    await handlers.workspace.check({}, inputs.workspace({ name: "other" }));
    const { inputs: news } = await handlers.deployment.check(
      deployment.inputs,
      inputs.deployment("prod", { workspace: other }),
    );
    expect(await handlers.deployment.diff("", deployment.outputs, news)).to.deep.equal({
      changes: true,
      replaces: ["workspace"],
      deleteBeforeReplace: false,
    });
    await stack.create("workspace", inputs.workspace({ name: "other" }));
    expect(await diffOf("prod", { workspace: other })).to.include({ deleteBeforeReplace: true });
    expect(await diffOf("prod", at("new"))).to.deep.equal({ changes: true, replaces: [], deleteBeforeReplace: false });
  });

  it("shares no target with another Deployment", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const error = await stack.refusal(stack.create("deployment", inputs.deployment("twin", at("prod"))));
    expect(error.message).to.equal(
      `Deployment "twin": its target is already that of Deployment "prod" (${ownerOf("prod")}); give each its own`,
    );
  });

  it("shares no place with another Deployment under another name, be it made already or not", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const process = stack.process();
    const alias = { target: { directory: { path: "prod", fileName: "connections.json" } } };
    expect((await process.handlers.deployment.check({}, inputs.deployment("prod"))).failures).to.deep.equal([]);
    const { failures } = await process.handlers.deployment.check({}, inputs.deployment("twin", alias));
    expect(failures.map(({ reason }) => reason).join()).to.contain('is already that of Deployment "prod"');
    expect(process.count("target.read prod"), "reads of two targets, of one for what is there").to.be.at.most(3);
    await stack.create("deployment", inputs.deployment("prod"));
    const error = await stack.refusal(stack.process().handlers.deployment.create(inputs.deployment("twin", alias)));
    expect(error.message).to.contain('Deployment "twin": its target is already that of Deployment "prod"');
  });

  it("may have what another stack's kubeconfig calls by the same name: that may be another cluster", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const theirs = { directory: { path: "/program/prod", kubeconfig: "theirs" } };
    const planted: DeploymentDocument = { kind: "deployment", name: "twin", owner: ownerOf("twin"), target: theirs };
    await stack
      .process()
      .open()
      .documents.changeDeployment("twin", () => planted);
    await stack.create("deployment", inputs.deployment("prod"));
  });

  it("needs its Workspace", async () => {
    const stack = new Stack();
    const error = await stack.refusal(stack.create("deployment", inputs.deployment("prod")));
    expect(error.message).to.contain('Workspace "data" is not in store').and.contain("new airflow.Workspace");
    expect(stack.world.places.get("prod")?.object).to.equal(undefined);
  });

  it("is not deleted while it is used", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    await stack.create("connection", inputs.connection("own", { deployment: "prod" }));
    await stack.create("connection", inputs.connection("shared"));
    await stack.create("connection-link", inputs.link("shared", "prod"));
    await stack.create("override", inputs.override("shared", "prod", { host: "h" }));
    const error = await stack.refusal(deployment.delete());
    expect(error.code).to.equal("conflict");
    expect(error.message)
      .to.contain('Deployment "prod" is still used by ')
      .and.contain(`its connection "own" (${ownerOf("own")})`)
      .and.contain(`a link of connection "shared" (${ownerOf("shared-prod")})`)
      .and.contain(`an override of connection "shared" (${ownerOf("shared-prod-override")})`)
      .and.contain("; remove these first");
    expect(stack.world.content("prod")).to.have.all.keys("own", "shared");
  });

  it("leaves alone what somebody else owns", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    await stack.meddle<DeploymentDocument>(KEY, (document) => ({ ...document, owner: ownerOf("prod", "dev") }));
    expect(await deployment.refresh()).to.equal(undefined);
    expect(writesOf(await deployment.delete())).to.deep.equal([]);
  });

  describe("that moves", () => {
    async function moving(before?: (step: Step) => void) {
      const stack = new Stack();
      await stack.createWorkspace();
      const deployment = await stack.create("deployment", inputs.deployment("prod"));
      await stack.create("connection", inputs.connection("all", { sharing: "LinkedToAll", host: "h" }));
      const moved = inputs.deployment("prod", at("new"));
      const work = deployment.up(moved, before ? { before } : {});
      return { stack, deployment, moved, work };
    }

    it("has its new place written before the old one is removed", async () => {
      const { stack, deployment, moved, work } = await moving();
      const writes = writesOf(await work).filter((call) => call.startsWith("target."));
      expect(writes.indexOf("target.write new")).to.be.below(writes.indexOf("target.remove prod"));
      expect(writes.indexOf("target.write new")).to.be.at.least(0);
      expect(stack.world.content("prod")).to.equal(undefined);
      expect(stack.world.content("new")).to.have.all.keys("all");
      expect(stack.world.document(KEY)).to.not.have.property("retired");
      await expectUnchanged(deployment, moved);
    });

    it("remembers the old place until it is cleared", async () => {
      const { stack, deployment, moved, work } = await moving(({ operation }) => {
        if (operation === "remove") throw unreachable();
      });
      const error = await stack.refusal(work);
      expect(error.code).to.equal("partial");
      expect(stack.world.content("new")).to.have.all.keys("all");
      expect(stack.world.document<DeploymentDocument>(KEY)?.retired).to.have.length(1);
      const { checked } = await deployment.preview(moved);
      expect(checked.inputs["drift"]).to.deep.equal(["the place it moved away from is not cleared yet"]);
      await deployment.up(moved);
      expect(stack.world.content("prod")).to.equal(undefined);
      await expectUnchanged(deployment, moved);
    });

    /** As after a run whose engine died before it recorded the update: the record names the old place still. */
    async function movedUnrecorded() {
      const stack = new Stack();
      await stack.createWorkspace();
      const deployment = await stack.create("deployment", inputs.deployment("prod"));
      const left = structuredClone(stack.world.place("prod").object);
      const recorded = { inputs: deployment.inputs, outputs: deployment.outputs };
      const moved = inputs.deployment("prod", at("new"));
      await deployment.up(moved);
      Object.assign(deployment, recorded);
      return { stack, deployment, moved, left };
    }

    it("does not store again that it leaves a place which an interrupted run has emptied already", async () => {
      const { deployment, moved } = await movedUnrecorded();
      const writes = writesOf(await deployment.up(moved));
      expect(writes.filter((call) => call.startsWith("store."))).to.deep.equal([]);
      await expectUnchanged(deployment, moved);
    });

    for (const broken of ["remove", "write"])
      it(`empties a place that only the record names, or remembers it when a target's ${broken} fails`, async () => {
        const { stack, deployment, moved, left } = await movedUnrecorded();
        stack.world.place("prod").object = left;
        const before = ({ operation }: Step) => {
          if (operation === broken) throw unreachable();
        };
        const error = await stack.refusal(deployment.up(moved, { before }));
        expect(error.code).to.equal("partial");
        expect(stack.world.document<DeploymentDocument>(KEY)?.retired).to.have.length(1);
        await deployment.up(moved);
        expect(stack.world.content("prod")).to.equal(undefined);
        await expectUnchanged(deployment, moved);
      });

    it("is not deleted, however often it is tried, while an old place is not cleared", async () => {
      const { stack, deployment, work } = await moving(({ operation }) => {
        if (operation === "remove") throw unreachable();
      });
      await stack.refusal(work);
      for (let attempt = 1; attempt <= 2; attempt++) {
        const stuck = {
          before: ({ operation, key }: Step) => {
            if (operation === "remove" && key === "prod") throw unreachable();
          },
        };
        const error = await stack.refusal(deployment.delete(stuck));
        expect(error.message).to.contain('Deployment "prod" is not deleted: the place that it left is not cleared');
        expect(stack.world.document<DeploymentDocument>(KEY)?.retired).to.have.length(1);
      }
      await deployment.delete();
      expect([stack.world.content("prod"), stack.world.content("new")]).to.deep.equal([undefined, undefined]);
    });

    it("keeps the old place while the new one cannot be written", async () => {
      const { stack, deployment, work } = await moving(({ operation, key }) => {
        if (operation === "write" && key === "new") throw unreachable();
      });
      await stack.refusal(work);
      expect(stack.world.content("prod")).to.have.all.keys("all");
      await deployment.delete();
      expect(stack.world.content("prod")).to.equal(undefined);
    });
  });

  it("is recorded when its target fails, and healed by update without another document write", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = stack.resource("deployment");
    const declared = inputs.deployment("prod", { __provider: "serialised" });
    const error = await stack.refusal(deployment.up(declared, { before: failing("target", unreachable()) }));
    expect(error).to.include({ code: "partial", id: KEY });
    expect(error).to.have.nested.property("properties.__provider", "serialised");
    expect(error)
      .to.have.property("reasons")
      .that.deep.equals([
        'Deployment "prod" is stored, but Deployment "prod" is not up to date: target: no route to host',
      ]);
    const healing = await deployment.up(declared);
    expect(writesOf(healing)).to.deep.equal(["target.write prod"]);
    await expectUnchanged(deployment, declared);
  });

  describe("with provider packages", () => {
    const http = ["apache-airflow-providers-http"];

    it("warns of a connection that lacks one, and refuses when it is strict", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      await stack.create("connection", inputs.connection("pg", { sharing: "LinkedToAll", host: "h" }));
      const strict = inputs.deployment("prod", { providers: http, strict: true });
      const lax = inputs.deployment("prod", { providers: http });
      const { checked } = await stack.resource("deployment").preview(strict);
      expect(checked.failures.map(({ reason }) => reason)).to.deep.equal([
        'providers: connection "pg" is of type "postgres", and Deployment "prod" lacks the provider ' +
          "package for it; add apache-airflow-providers-postgres to its image and to its providers",
      ]);
      const warned = await stack.resource("deployment").preview(lax);
      expect(warned.checked.failures).to.deep.equal([]);
      expect(warned.process.warnings.join()).to.contain("apache-airflow-providers-postgres");
      const error = await stack.refusal(stack.process().handlers.deployment.create(strict));
      expect(error).to.include({ code: "input" });
      expect(error.message).to.contain("or set strict: false on the Deployment");
      expect(stack.world.document(KEY)).to.not.have.property("providers");
    });

    it("does not care for their order", async () => {
      const stack = new Stack();
      await stack.createWorkspace();
      const of = (...providers: string[]) => inputs.deployment("prod", { providers });
      const deployment = await stack.create("deployment", of("b", "a"));
      await expectUnchanged(deployment, of("b", "a"));
    });
  });

  it("touches no store without live comparison, or in an unknown Workspace", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const deployment = await stack.create("deployment", inputs.deployment("prod"));
    const offline = { liveDiff: false };
    const unknown = { workspace: { name: "data", store: UNKNOWN } };
    const same = await deployment.preview(inputs.deployment("prod", offline));
    expect([same.diff?.changes, same.process.calls]).to.deep.equal([false, []]);
    const changed = await deployment.preview(inputs.deployment("prod", { ...offline, airflowVersion: "3.1.8" }));
    expect([changed.diff?.changes, changed.process.calls]).to.deep.equal([true, []]);
    const unsure = await deployment.preview(inputs.deployment("prod", unknown));
    expect([unsure.diff?.changes, unsure.process.calls]).to.deep.equal([true, []]);
    const version = await deployment.preview(inputs.deployment("prod", { airflowVersion: UNKNOWN }));
    expect(version.checked.failures).to.deep.equal([]);
    expect(version.diff?.changes).to.equal(true);
  });

  for (const [what, more, reason] of [
    ["a bad version", { airflowVersion: CANARY }, 'airflowVersion: must be a version such as "3.1.8"'],
    [
      "a number for a version",
      { airflowVersion: 3.1 },
      'airflowVersion: must be a version such as "3.1.8", not a number',
    ],
    ["providers in one text", { providers: CANARY }, "providers: must be a list of provider packages, not a string"],
    ["an unknown field", { version: CANARY }, "version: is not a field of this resource"],
    ["a word for a switch", { strict: CANARY }, "strict: must be true or false, not a string"],
  ] as const)
    it(`fails the preview for ${what}`, async () => {
      const stack = new Stack();
      const { checked, process } = await stack.resource("deployment").preview(inputs.deployment("prod", more));
      expect(checked.failures).to.deep.equal([{ property: "", reason }]);
      expect(process.calls).to.deep.equal([]);
    });

  for (const target of [{}, { nowhere: {} }, { directory: { path: "a" }, kubernetes: {} }, { directory: {} }, CANARY])
    it(`fails the preview for the target ${typeof target === "string" ? "as a text" : JSON.stringify(target)}`, async () => {
      const stack = new Stack();
      const { checked } = await stack.resource("deployment").preview(inputs.deployment("prod", { target }));
      expect(checked.failures).to.not.deep.equal([]);
      for (const { property, reason } of checked.failures) {
        expect(property).to.equal("");
        expect(reason).to.match(/^target/);
      }
      expect(stack.shown()).to.not.contain(CANARY);
    });
});
