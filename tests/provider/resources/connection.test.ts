import { expect } from "chai";
import { type ConnectionDocument, type DeploymentDocument } from "../../../provider/environment/documents";
import { inputs, ownerOf, WORKSPACE } from "../../fakes/world";
import { CANARY, expectGone, expectUnchanged, failing, Stack, unreachable, writesOf } from "./stack";
import { documentKeys } from "../../../provider/environment/keys";
import { UNKNOWN_ON_THE_WIRE as UNKNOWN } from "../../../provider/pulumi/wire";

const KEY = documentKeys.connection(WORKSPACE.name, "warehouse");
const declared = (more: object = {}) =>
  inputs.connection("warehouse", { host: "db", port: 5432, extra: { sslmode: "require" }, ...more });
const toAll = { sharing: "LinkedToAll" };

describe("connection resource", () => {
  it("lives: created, unchanged, updated, drifted, healed, deleted, gone", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared({ ...toAll, password: CANARY }));
    expect(connection.id).to.equal(KEY);
    expect(connection.outputs["deployments"]).to.deep.equal(["prod"]);
    expect(stack.world.content("prod")?.["warehouse"]).to.include({ conn_type: "postgres", host: "db", port: 5432 });
    await expectUnchanged(connection, declared({ ...toAll, password: CANARY }));

    const changed = declared({ ...toAll, password: CANARY, host: "new", extra: { sslmode: "disable" } });
    const preview = await connection.preview(changed);
    expect(preview.checked.inputs["appliesTo"]).to.equal("every Deployment: prod (change 2: extra.sslmode, host)");
    await connection.up(changed);
    expect(stack.world.content("prod")?.["warehouse"]).to.include({ host: "new" });
    await expectUnchanged(connection, changed);

    await stack.meddle<ConnectionDocument>(KEY, (document) => ({
      ...document,
      base: { ...document.base, host: "evil", password: `${CANARY}-other` },
    }));
    const { checked, diff } = await connection.preview(changed);
    expect(checked.inputs["drift"]).to.deep.equal(["host: changed outside Pulumi", "password: changed outside Pulumi"]);
    expect(checked.inputs["appliesTo"]).to.equal("every Deployment: prod (change 3: host, password)");
    expect(diff).to.deep.equal({ changes: true, replaces: [], deleteBeforeReplace: false });
    await connection.up(changed);
    expect(stack.world.content("prod")?.["warehouse"]).to.include({ host: "new", password: CANARY });
    await expectUnchanged(connection, changed);

    await connection.delete();
    expect(stack.world.content("prod")).to.deep.equal({});
    await expectGone(connection);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("shows in a preview that it is gone, and comes back with update", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared(toAll));
    await stack.meddle(KEY, () => undefined);
    const { checked, diff } = await connection.preview(declared(toAll));
    expect(checked.inputs["drift"]).to.deep.equal(["the connection is gone from the store"]);
    expect(diff?.changes).to.equal(true);
    await connection.up(declared(toAll));
    expect(stack.world.content("prod")).to.have.all.keys("warehouse");
    await expectUnchanged(connection, declared(toAll));
  });

  it("reads what somebody changed, with secrets sealed", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", declared());
    await stack.meddle<ConnectionDocument>(KEY, (document) => ({
      ...document,
      ...{ sharing: "LinkedToAll" as const, exclude: ["dev"] },
      base: { ...document.base, password: CANARY, port: 1 },
    }));
    const actual = await connection.refresh();
    expect(actual).to.deep.include({ sharing: "LinkedToAll", exclude: ["dev"], port: 1, host: "db" });
    expect(actual?.["password"]).to.deep.include({ value: CANARY });
    expect(Object.values(actual?.["password"] as object)).to.include("1b47061264138c4ac30d75fd1eb44270");
  });

  it("is refused to a second owner, and adopted with its links kept", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    await stack.create("connection", declared());
    await stack.create("connection-link", inputs.link("warehouse", "prod"));
    const second = declared({ owner: ownerOf("warehouse", "dev") });
    const error = await stack.refusal(stack.create("connection", second));
    expect(error.code).to.equal("conflict");
    expect(error.message).to.equal(
      `connection "warehouse" already exists and belongs to ${ownerOf("warehouse")}; remove it there, use another ` +
        "name, or set adopt: true here to take it over",
    );
    const adopted = await stack.create("connection", { ...second, adopt: true });
    const document = stack.world.document<ConnectionDocument>(KEY);
    expect(document?.owner).to.equal(second.owner);
    expect(document?.links).to.have.all.keys("prod");
    await expectUnchanged(adopted, second);
  });

  it("follows a renamed owner, and forgets the old one", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", declared());
    const renamed = declared({ owner: ownerOf("warehouse", "renamed") });
    await connection.up(renamed);
    await expectUnchanged(connection, renamed);
    expect((await stack.refusal(stack.create("connection", declared()))).message).to.contain(renamed.owner);
  });

  it("goes on after an interrupted create of the same owner", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    await stack.create("connection", declared(toAll));
    const process = stack.process();
    await process.handlers.connection.create(declared(toAll));
    expect(writesOf(process).filter((call) => call.startsWith("store."))).to.have.lengthOf(1);
  });

  it("leaves alone what somebody else owns", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared(toAll));
    await stack.meddle<ConnectionDocument>(KEY, (document) => ({ ...document, owner: ownerOf("warehouse", "dev") }));
    expect(await connection.refresh()).to.equal(undefined);
    const { checked } = await connection.preview(declared(toAll));
    expect(checked.failures[0]?.reason).to.contain(ownerOf("warehouse", "dev"));
    expect(writesOf(await connection.delete()).filter((call) => call.startsWith("store."))).to.deep.equal([]);
    expect(stack.world.content("prod")).to.have.all.keys("warehouse");
  });

  it("is not deleted while others hold it", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared());
    const link = await stack.create("connection-link", inputs.link("warehouse", "prod"));
    const override = await stack.create("override", inputs.override("warehouse", "prod", { login: "etl" }));
    const error = await stack.refusal(connection.delete());
    expect(error.code).to.equal("conflict");
    expect(error.message)
      .to.contain('connection "warehouse" is still used by ')
      .and.contain(`link to "prod" (${ownerOf("warehouse-prod")})`)
      .and.contain(`override in "prod" (${ownerOf("warehouse-prod-override")}); remove these first`);
    for (const piece of [override, link, connection]) await piece.delete();
    expect(stack.world.document(KEY)).to.equal(undefined);
  });

  it("is replaced when id, Workspace or scope change, and updated otherwise", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared());
    const diffOf = async (news: object) => (await connection.preview({ ...declared(), ...news })).diff;
    expect(await diffOf({ connId: "lake" })).to.deep.equal({
      changes: true,
      replaces: ["connId"],
      deleteBeforeReplace: false,
    });
    expect(await diffOf({ deployment: "prod" })).to.deep.equal({
      changes: true,
      replaces: ["deployment"],
      deleteBeforeReplace: true,
    });
    const other = { ...WORKSPACE, name: "other" };
    await stack.create("workspace", { ...other, owner: ownerOf("other") });
    expect(await diffOf({ workspace: other })).to.deep.include({ replaces: ["workspace"], deleteBeforeReplace: false });
    for (const more of [{ connType: "mysql", extra: undefined }, toAll, { host: "x" }, { description: "d" }])
      expect(await diffOf(more)).to.deep.equal({ changes: true, replaces: [], deleteBeforeReplace: false });
  });

  it("tells from defaults that are written out nothing new", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", declared());
    const { diff } = await connection.preview(declared({ sharing: "Restricted", exclude: [] }));
    expect(diff?.changes).to.equal(false);
  });

  it("is refreshed as it was declared, in the order that it was declared", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    for (const exclude of [["b", "a"], ["a", "a"], []]) {
      const news = declared({ ...toAll, exclude, connId: `c${exclude.join("")}` });
      await expectUnchanged(await stack.create("connection", news), news);
    }
  });

  describe("whose reach changes", () => {
    it("names who gets it, who loses it and who sees no difference", async () => {
      const stack = new Stack();
      await stack.createWorkspace("a", "b", "c");
      const connection = await stack.create("connection", declared(toAll));
      expect(connection.inputs["appliesTo"]).to.equal("every Deployment: a, b, c (change 1)");
      await stack.create("connection-link", inputs.link("warehouse", "c", { host: "c" }));
      const host = await connection.preview(declared({ ...toAll, host: "new" }));
      expect(host.checked.inputs["appliesTo"]).to.equal(
        "every Deployment: a, b; unchanged by overrides: c (change 2: host)",
      );
      const excluded = declared({ ...toAll, exclude: ["b"] });
      expect((await connection.preview(excluded)).checked.inputs["appliesTo"]).to.contain("no longer b");
      await connection.up(declared());
      expect(connection.inputs["appliesTo"]).to.contain("no longer a, b").and.contain("sharing");
      expect([stack.world.content("a"), stack.world.content("b")]).to.deep.equal([{}, {}]);
      expect(stack.world.content("c")?.["warehouse"]).to.include({ host: "c" });
    });

    it("warns of an excluded Deployment that nobody knows, not of one that this run declares", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      const process = stack.process();
      await process.handlers.deployment.check({}, inputs.deployment("later"));
      await process.handlers.connection.check({}, declared({ ...toAll, exclude: ["prod", "later", "prdo"] }));
      expect(process.warnings).to.deep.equal([
        'connection "warehouse": exclude: Workspace "data" has no Deployment "prdo"; it has later, prod',
      ]);
    });

    it("excludes no Deployment that another stack links", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      const connection = await stack.create("connection", declared(toAll));
      const owner = ownerOf("warehouse-prod", "team");
      await stack.create("connection-link", inputs.link("warehouse", "prod", undefined, { owner }));
      const error = await stack.refusal(connection.up(declared({ ...toAll, exclude: ["prod"] })));
      expect(error.code).to.equal("conflict");
      expect(error.message).to.contain('"prod"').and.contain(owner);
      expect(stack.world.document<ConnectionDocument>(KEY)?.exclude).to.deep.equal([]);
    });

    it("shows a number that grows, so that Pulumi shows the same change twice", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      const connection = await stack.create("connection", declared(toAll));
      for (const [at, host] of ["x", "y"].entries()) {
        await connection.up(declared({ ...toAll, host }));
        expect(connection.inputs["appliesTo"]).to.equal(`every Deployment: prod (change ${at + 2}: host)`);
      }
    });
  });

  describe("that collides", () => {
    const own = declared({ deployment: "prod", owner: ownerOf("own") });

    it("is refused at Workspace level, with the remedy", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      await stack.create("connection", own);
      const error = await stack.refusal(stack.create("connection", declared(toAll)));
      expect(error.code).to.equal("conflict");
      expect(error.message).to.equal(
        'Deployment "prod" would get two connections "warehouse": the Workspace-level one of ' +
          `${ownerOf("warehouse")} and the Deployment-level one of ${ownerOf("own")}; add "prod" to its exclude list, ` +
          "or rename one of them",
      );
      await stack.create("connection", declared({ ...toAll, exclude: ["prod"] }));
    });

    it("is refused at Deployment level, with the remedy", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      await stack.create("connection", declared());
      await stack.create("connection-link", inputs.link("warehouse", "prod"));
      const error = await stack.refusal(stack.create("connection", own));
      expect(error.message).to.contain('remove its ConnectionLink to "prod", or rename one of them');
      expect(stack.world.documents()).to.have.length(3);
    });
  });

  it("of a Deployment needs that Deployment, and reaches no other", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod", "dev");
    const error = await stack.refusal(stack.create("connection", declared({ deployment: "none" })));
    expect(error.message).to.contain('Deployment "none"');
    const connection = await stack.create("connection", declared({ deployment: "prod" }));
    expect(connection.id).to.equal(documentKeys.connection("data", "warehouse", "prod"));
    expect(stack.world.content("prod")).to.have.all.keys("warehouse");
    expect(stack.world.content("dev")).to.deep.equal({});
    await expectUnchanged(connection, declared({ deployment: "prod" }));
    await connection.delete();
    expect(stack.world.content("prod")).to.deep.equal({});
  });

  it("needs its Workspace", async () => {
    const stack = new Stack();
    const error = await stack.refusal(stack.create("connection", declared()));
    expect(error.message).to.contain('Workspace "data" is not in store');
    expect(stack.world.documents()).to.deep.equal([]);
  });

  it("is recorded when a target fails, and healed by update without another document write", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod", "dev");
    const connection = stack.resource("connection");
    const news = declared({ ...toAll, password: CANARY, __provider: "serialised" });
    const error = await stack.refusal(
      connection.up(news, {
        before: ({ port, key }) => {
          if (port === "target" && key === "prod") throw unreachable();
        },
      }),
    );
    expect(error).to.include({ code: "partial", id: KEY });
    expect(error).to.have.nested.property("properties.__provider", "serialised");
    expect(error).to.have.nested.property("properties.password", CANARY);
    expect(error)
      .to.have.property("reasons")
      .that.deep.equals([
        'connection "warehouse" is stored, but Deployment "prod" is not up to date: target: no route to host',
      ]);
    expect(stack.world.content("dev")).to.have.all.keys("warehouse");
    const healing = await connection.up(news);
    expect(writesOf(healing).filter((call) => call.startsWith("store."))).to.deep.equal([]);
    expect(stack.world.content("prod")).to.have.all.keys("warehouse");
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("says so when it is deleted and a target does not know", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared(toAll));
    const error = await stack.refusal(connection.delete({ before: failing("target", unreachable()) }));
    expect(error.code).to.equal("partial");
    expect(error).to.not.have.property("id");
    expect(error.message).to.equal(
      'connection "warehouse" is deleted from the store, but Deployment "prod" is not up to date: target: no route to host; ' +
        "if that place is gone for good, set AIRFLOW_ENV_ABANDON_UNREACHABLE=1 for one run",
    );
    await connection.delete();
    expect(stack.world.content("prod")).to.deep.equal({});
  });

  it("prints nothing of a failure that is not ours", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const broken = new Error(`first line\nbody: ${CANARY}`);
    const work = stack.resource("connection").up(declared(toAll), { before: failing("store", broken) });
    expect((await stack.refusal(work)).message).to.equal("Error: first line");
    expect(stack.shown()).to.not.contain(CANARY);
  });

  describe("with provider packages", () => {
    const http = { providers: ["apache-airflow-providers-http"] };

    it("is refused where a strict Deployment lacks one, in check and in create", async () => {
      const stack = new Stack();
      await stack.createWorkspace();
      await stack.create("deployment", inputs.deployment("prod", { ...http, strict: true }));
      const { checked } = await stack.resource("connection").preview(declared(toAll));
      expect(checked.failures.map(({ reason }) => reason).join()).to.contain(
        'Deployment "prod" lacks the provider package for it; add apache-airflow-providers-postgres',
      );
      const error = await stack.refusal(stack.process().handlers.connection.create(declared(toAll)));
      expect(error.code).to.equal("input");
      expect(stack.world.document(KEY)).to.equal(undefined);
      const restricted = await stack.resource("connection").preview(declared());
      expect(restricted.checked.failures).to.deep.equal([]);
    });

    it("is warned about elsewhere", async () => {
      const stack = new Stack();
      await stack.createWorkspace();
      await stack.create("deployment", inputs.deployment("prod", http));
      const { checked, process } = await stack.resource("connection").preview(declared(toAll));
      expect(checked.failures).to.deep.equal([]);
      expect(process.warnings.join()).to.contain("apache-airflow-providers-postgres");
      expect(stack.world.document<DeploymentDocument>(documentKeys.deployment("data", "prod"))?.strict).to.equal(
        undefined,
      );
    });
  });

  it("warns of what is missing in one line per Deployment and type, in every preview the same", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const http = { providers: ["apache-airflow-providers-http"] };
    for (const name of ["prod", "dev"]) await stack.create("deployment", inputs.deployment(name, http));
    const three = ["a", "b", "c"].map((id) => inputs.connection(id, { connType: "postgres", ...toAll }));
    const lines = ["dev", "prod"].map(
      (name) =>
        `Deployment "${name}" lacks the provider package for its connections of type "postgres"; add ` +
        "apache-airflow-providers-postgres to its image and to its providers",
    );
    const preview = stack.process();
    for (const news of three) await preview.handlers.connection.check({}, news);
    expect(new Set(preview.warnings)).to.deep.equal(new Set(lines));
    for (const news of three) await stack.create("connection", news);
    const later = stack.process();
    for (const name of ["prod", "dev"])
      await later.handlers.deployment.check(inputs.deployment(name, http), inputs.deployment(name, http));
    expect(new Set(later.warnings)).to.deep.equal(new Set(lines));
  });

  it("touches no store without live comparison, and still sees what the record says", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared({ ...toAll, password: CANARY }));
    const offline = (more: object) => declared({ ...toAll, password: CANARY, liveDiff: false, ...more });
    const same = await connection.preview(offline({}));
    expect([same.diff?.changes, same.process.calls]).to.deep.equal([false, []]);
    expect(same.checked.inputs["fingerprints"]).to.deep.equal(connection.inputs["fingerprints"]);
    const changed = await connection.preview(offline({ password: `${CANARY}2` }));
    expect([changed.diff?.changes, changed.process.calls]).to.deep.equal([true, []]);
    expect(changed.checked.inputs["fingerprints"]).to.not.deep.equal(connection.inputs["fingerprints"]);
  });

  it("takes unknown values as good and as changed", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const connection = await stack.create("connection", declared(toAll));
    for (const more of [
      { host: UNKNOWN },
      { port: UNKNOWN },
      { password: UNKNOWN },
      { extra: { sslmode: UNKNOWN } },
      { extra: UNKNOWN },
      { exclude: [UNKNOWN] },
      { connType: UNKNOWN },
      { workspace: UNKNOWN },
      { workspace: { ...WORKSPACE, store: UNKNOWN } },
      { connId: UNKNOWN },
    ]) {
      const what = Object.keys(more).join();
      const { checked, diff, process } = await connection.preview(declared({ ...toAll, ...more }));
      expect(checked.failures, what).to.deep.equal([]);
      expect(diff?.changes, what).to.equal(true);
      expect(writesOf(process), what).to.deep.equal([]);
    }
    const wrong = await connection.preview(declared({ host: UNKNOWN, port: "54x" }));
    expect(wrong.checked.failures.map(({ reason }) => reason)).to.deep.equal(["port: must be a number, not a string"]);
  });

  for (const [what, more, reason] of [
    ["a text for a port", { port: CANARY }, "port: must be a number, not a string"],
    ["a broken port", { port: 1.5 }, "port: must be a whole number"],
    ["a text for extra", { extra: CANARY }, "extra: is text, but not that of a JSON object"],
    ["a list for extra", { extra: [CANARY] }, "extra: must be an object of Airflow extra fields, not a list"],
    [
      "a number for a password",
      { password: 123456789 },
      "password: must be a string or a value reference, not a number",
    ],
    [
      "an object for a password",
      { password: { v: CANARY } },
      "password: must be a string or a value reference, not an object",
    ],
    ["an unknown sharing", { sharing: CANARY }, 'sharing: must be "Restricted" or "LinkedToAll"'],
    ["no type", { connType: "" }, 'connType: is needed: a connection type, for example "postgres"'],
    ["a misspelt field", { pasword: CANARY }, "pasword: is not a field of this resource"],
    ["exclude without sharing", { exclude: ["prod"] }, 'exclude: needs sharing: "LinkedToAll"'],
    ["a shared private one", { deployment: "prod", ...toAll }, "sharing: a Deployment-level connection cannot"],
    ["a bad id", { connId: "a b" }, "connId: use 1 to 200 letters"],
  ] as const)
    it(`fails the preview for ${what}`, async () => {
      const stack = new Stack();
      const { checked, process } = await stack.resource("connection").preview(declared(more));
      expect(checked.failures).to.have.length(1);
      expect(checked.failures[0]?.property).to.equal("");
      expect(checked.failures[0]?.reason).to.contain(reason);
      expect(checked.failures[0]?.reason).to.not.contain(CANARY).and.not.contain("123456789");
      expect(process.calls).to.deep.equal([]);
    });
});
