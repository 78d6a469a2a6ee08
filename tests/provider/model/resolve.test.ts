import { expect } from "chai";
import fc from "fast-check";
import type { ConnectionDocument } from "../../../provider/model/documents";
import { effectiveConnection, reachOf, receives, receivers, resolveDeployment } from "../../../provider/model/resolve";

const document = (changes: Partial<ConnectionDocument> = {}): ConnectionDocument => ({
  kind: "connection",
  connId: "warehouse",
  owner: "acme/data/prod::warehouse",
  base: { connType: "postgres", host: "db", login: "etl" },
  sharing: "Restricted",
  exclude: [],
  links: {},
  overrides: {},
  ...changes,
});
const link = (overrides = {}) => ({ owner: "acme/team/prod::link", overrides });
const override = (fields = {}) => ({ owner: "acme/team/prod::override", fields });

describe("which Deployments get a connection", () => {
  const table: [string, Partial<ConnectionDocument>, boolean][] = [
    ["Restricted without a link", {}, false],
    ["Restricted with a link", { links: { prod: link() } }, true],
    ["Restricted with a link to another", { links: { dev: link() } }, false],
    ["Restricted with an Override only", { overrides: { prod: override({ host: "x" }) } }, false],
    ["LinkedToAll", { sharing: "LinkedToAll" }, true],
    ["LinkedToAll that excludes it", { sharing: "LinkedToAll", exclude: ["prod"] }, false],
    ["LinkedToAll that excludes another", { sharing: "LinkedToAll", exclude: ["dev"] }, true],
    ["LinkedToAll, excluded but linked", { sharing: "LinkedToAll", exclude: ["prod"], links: { prod: link() } }, true],
    ["its own", { deployment: "prod" }, true],
    ["another's own", { deployment: "dev" }, false],
    ["another's own, even LinkedToAll", { deployment: "dev", sharing: "LinkedToAll" }, false],
  ];
  for (const [what, changes, expected] of table)
    it(`${what}: ${expected ? "gets it" : "does not get it"}`, () => {
      expect(receives(document(changes), "prod")).to.equal(expected);
    });

  it("is not confused by Deployments called like members of Object", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"])
      expect(receives(document({ links: { dev: link() } }), name), name).to.equal(false);
  });

  it("lists receivers sorted, and none of nothing", () => {
    const shared = document({ sharing: "LinkedToAll", exclude: ["b"] });
    expect(receivers(shared, ["c", "b", "a"])).to.deep.equal(["a", "c"]);
    expect(receivers(undefined, ["a"])).to.deep.equal([]);
  });

  it("keeps links and overrides through both switches of sharing", () => {
    const restricted = document({ links: { prod: link({ host: "p" }) }, overrides: { prod: override({ port: 1 }) } });
    const shared: ConnectionDocument = { ...restricted, sharing: "LinkedToAll" };
    expect(receivers(shared, ["prod", "dev"])).to.deep.equal(["dev", "prod"]);
    expect(effectiveConnection(shared, "prod")).to.deep.equal(effectiveConnection(restricted, "prod"));
    expect(receivers({ ...shared, sharing: "Restricted" }, ["prod", "dev"])).to.deep.equal(["prod"]);
  });
});

describe("what a Deployment gets", () => {
  const layered = document({
    base: { connType: "postgres", host: "base", login: "base", schema: "base", extra: { a: "base", b: "base", c: 0 } },
    links: { prod: link({ host: "link", login: "link", schema: null, extra: { a: "link", c: null } }) },
    overrides: { prod: override({ host: "override", schema: "override", extra: { a: null, c: 1 } }) },
  });

  it("is base, then the link's overrides, then the Override's fields", () => {
    expect(effectiveConnection(layered, "prod")).to.deep.equal({
      connId: "warehouse",
      connType: "postgres",
      host: "override",
      login: "link",
      schema: "override",
      extra: { b: "base", c: 1 },
    });
  });

  it("takes an Override into account without a link, for LinkedToAll", () => {
    const shared = document({ sharing: "LinkedToAll", overrides: { prod: override({ login: null }) } });
    expect(effectiveConnection(shared, "prod")).to.deep.equal({
      connId: "warehouse",
      connType: "postgres",
      host: "db",
    });
  });

  it("is sorted by id in whatever order the documents come", () => {
    const documents = ["b", "a", "C"].map((connId) => document({ connId, sharing: "LinkedToAll" }));
    fc.assert(
      fc.property(fc.shuffledSubarray(documents, { minLength: 3 }), (shuffled) => {
        expect(resolveDeployment("prod", shuffled).map(({ connId }) => connId)).to.deep.equal(["C", "a", "b"]);
      }),
    );
  });

  it("leaves the documents as they are", () => {
    const before = structuredClone(layered);
    resolveDeployment("prod", [layered]);
    expect(layered).to.deep.equal(before);
  });
});

describe("two connections with one id in one Deployment", () => {
  const own = document({ deployment: "prod", owner: "acme/team/prod::own" });

  it("are refused, naming both owners and the way out of a share", () => {
    const shared = document({ sharing: "LinkedToAll" });
    for (const documents of [
      [own, shared],
      [shared, own],
    ])
      expect(() => resolveDeployment("prod", documents))
        .to.throw('Deployment "prod" would get two connections "warehouse"')
        .with.property("message")
        .that.contains("acme/team/prod::own")
        .and.contains("acme/data/prod::warehouse")
        .and.contains('add "prod" to its exclude list');
  });

  it("are refused, naming the link to remove", () => {
    expect(() => resolveDeployment("prod", [own, document({ links: { prod: link() } })])).to.throw(
      'remove its ConnectionLink to "prod"',
    );
  });

  it("are fine in two Deployments, or when excluded", () => {
    const shared = document({ sharing: "LinkedToAll", exclude: ["prod"] });
    expect(resolveDeployment("prod", [own, shared])).to.have.length(1);
    expect(resolveDeployment("dev", [own, shared])).to.have.length(1);
  });
});

describe("whom a change affects", () => {
  const deployments = ["prod", "dev", "test"];

  it("a new connection: those that get it", () => {
    expect(reachOf(undefined, document({ links: { prod: link() } }), deployments)).to.deep.equal({
      changed: ["prod"],
      unchanged: [],
      lost: [],
    });
  });

  it("a field that one Deployment overrides: all others", () => {
    const before = document({ sharing: "LinkedToAll", overrides: { prod: override({ host: "mine" }) } });
    const after: ConnectionDocument = { ...before, base: { ...before.base, host: "new" } };
    expect(reachOf(before, after, deployments)).to.deep.equal({
      changed: ["dev", "test"],
      unchanged: ["prod"],
      lost: [],
    });
  });

  it("back to Restricted: those without a link lose it", () => {
    const before = document({ sharing: "LinkedToAll", links: { prod: link() } });
    expect(reachOf(before, { ...before, sharing: "Restricted" }, deployments)).to.deep.equal({
      changed: [],
      unchanged: ["prod"],
      lost: ["dev", "test"],
    });
  });
});
