import { expect } from "chai";
import fc from "fast-check";
import type { ConnectionDocument, SharedDocument } from "../../../provider/environment/documents";
import {
  effectiveObject,
  reachOf,
  receives,
  receivers,
  resolveDeployment,
} from "../../../provider/environment/receive";
import { connectionKind } from "../../../provider/objects/connection/kind";
import { objectKinds } from "../../../provider/objects/registry";
import type { VariableFields, VariablePatch } from "../../../provider/objects/variable/kind";
import { spyingKind } from "../../fakes/spying-kind";

const document = (changes: Partial<ConnectionDocument> = {}): ConnectionDocument => ({
  kind: "connection",
  id: "warehouse",
  owner: "acme/data/prod::warehouse",
  base: { connType: "postgres", host: "db", login: "etl" },
  sharing: "Restricted",
  exclude: [],
  links: {},
  overrides: {},
  ...changes,
});
const link = (overrides = {}) => ({ owner: "acme/team/prod::link", overrides });
const variable = (
  changes: Partial<SharedDocument<VariableFields, VariablePatch>> = {},
): SharedDocument<VariableFields, VariablePatch> => ({
  kind: "variable",
  id: "warehouse",
  owner: "acme/data/prod::variable",
  base: { value: "base" },
  sharing: "LinkedToAll",
  exclude: [],
  links: {},
  overrides: {},
  ...changes,
});
const effective = (document: SharedDocument, deployment: string) => {
  const { id, value } = effectiveObject(objectKinds.get(document.kind)!, document, deployment);
  return { id, ...value };
};
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
    expect(effective(shared, "prod")).to.deep.equal(effective(restricted, "prod"));
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
    expect(effective(layered, "prod")).to.deep.equal({
      id: "warehouse",
      connType: "postgres",
      host: "override",
      login: "link",
      schema: "override",
      extra: { b: "base", c: 1 },
    });
  });

  it("takes an Override into account without a link, for LinkedToAll", () => {
    const shared = document({ sharing: "LinkedToAll", overrides: { prod: override({ login: null }) } });
    expect(effective(shared, "prod")).to.deep.equal({
      id: "warehouse",
      connType: "postgres",
      host: "db",
    });
  });

  it("is sorted by id in whatever order the documents come", () => {
    const documents = ["b", "a", "C"].map((id) => document({ id, sharing: "LinkedToAll" }));
    fc.assert(
      fc.property(fc.shuffledSubarray(documents, { minLength: 3 }), (shuffled) => {
        expect(resolveDeployment(objectKinds, "prod", shuffled).map(({ id }) => id)).to.deep.equal(["C", "a", "b"]);
      }),
    );
  });

  it("is sorted by kind, then by id", () => {
    const documents = [variable({ id: "a" }), document({ id: "b", sharing: "LinkedToAll" }), variable({ id: "A" })];
    expect(resolveDeployment(objectKinds, "prod", documents).map(({ kind, id }) => [kind.name, id])).to.deep.equal([
      ["connection", "b"],
      ["variable", "A"],
      ["variable", "a"],
    ]);
  });

  it("is a Variable's own value, or that of its link", () => {
    const shared = variable({
      base: { value: "base", description: "d" },
      links: { prod: link({ value: "link" }), dev: link({}) },
    });
    expect(effective(shared, "prod")).to.deep.equal({ id: "warehouse", value: "link", description: "d" });
    expect(effective(shared, "dev")).to.deep.equal({ id: "warehouse", value: "base", description: "d" });
  });

  it("leaves the documents as they are", () => {
    const before = structuredClone(layered);
    resolveDeployment(objectKinds, "prod", [layered]);
    expect(layered).to.deep.equal(before);
  });
});

describe("what is derived of an object", () => {
  it("is one for all Deployments that set nothing: no link, a plain link, an Override without fields", () => {
    const shared = document({
      sharing: "LinkedToAll",
      links: { plain: link({}), undef: link({ host: undefined }), other: link({ host: "mine" }) },
      overrides: { none: override({}), changed: override({ login: "mine" }) },
    });
    const of = (deployment: string) => effectiveObject(connectionKind, shared, deployment);
    for (const deployment of ["plain", "undef", "none", "dev"]) expect(of(deployment), deployment).to.equal(of("prod"));
    for (const deployment of ["other", "changed"]) expect(of(deployment), deployment).not.to.equal(of("prod"));
    expect(of("prod").value, "no copy").to.equal(shared.base);
  });

  it("is another one for another document, even an equal one", () => {
    const [a, b] = [document({ links: { prod: link() } }), document({ links: { prod: link() } })];
    expect(effectiveObject(connectionKind, a, "prod")).not.to.equal(effectiveObject(connectionKind, b, "prod"));
  });

  it("is derived when it is first asked, and once for 1,000 plain links", () => {
    const { kind, calls } = spyingKind();
    const names = Array.from({ length: 1_000 }, (_, at) => `d${at}`);
    const shared = document({ links: Object.fromEntries(names.map((name) => [name, link({})])) });
    const objects = names.map((name) => effectiveObject(kind, shared, name));
    expect(calls).to.include({ render: 0, problemsOf: 0 });
    for (const object of objects) expect([object.problems, object.entry.length > 0]).to.deep.equal([[], true]);
    expect(calls).to.include({ render: 1, problemsOf: 1 });
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
      expect(() => resolveDeployment(objectKinds, "prod", documents))
        .to.throw('Deployment "prod" would get two connections "warehouse"')
        .with.property("message")
        .that.contains("acme/team/prod::own")
        .and.contains("acme/data/prod::warehouse")
        .and.contains('add "prod" to its exclude list');
  });

  it("are refused, naming the link to remove", () => {
    expect(() => resolveDeployment(objectKinds, "prod", [own, document({ links: { prod: link() } })])).to.throw(
      'remove its ConnectionLink to "prod"',
    );
  });

  it("are refused, naming the link to remove, when a share is linked as well: its exclude list would not help", () => {
    const shared = document({ sharing: "LinkedToAll", links: { prod: link() } });
    expect(() => resolveDeployment(objectKinds, "prod", [own, shared])).to.throw('remove its ConnectionLink to "prod"');
  });

  it("are refused for Variables too, in their own words", () => {
    const shared = variable({ sharing: "Restricted", links: { prod: link() } });
    expect(() => resolveDeployment(objectKinds, "prod", [variable({ deployment: "prod" }), shared])).to.throw(
      /^Deployment "prod" would get two variables "warehouse": .*; remove its VariableLink to "prod", or rename/,
    );
  });

  it("are fine when they are of different kinds", () => {
    expect(resolveDeployment(objectKinds, "prod", [own, variable()])).to.have.length(2);
  });

  it("are fine in two Deployments, or when excluded", () => {
    const shared = document({ sharing: "LinkedToAll", exclude: ["prod"] });
    expect(resolveDeployment(objectKinds, "prod", [own, shared])).to.have.length(1);
    expect(resolveDeployment(objectKinds, "dev", [own, shared])).to.have.length(1);
  });
});

describe("whom a change affects", () => {
  const deployments = ["prod", "dev", "test"];

  it("a new connection: those that get it", () => {
    expect(reachOf(connectionKind, undefined, document({ links: { prod: link() } }), deployments)).to.deep.equal({
      changed: ["prod"],
      overridden: [],
      unchanged: [],
      lost: [],
    });
  });

  it("a field that one Deployment overrides: all others", () => {
    const before = document({ sharing: "LinkedToAll", overrides: { prod: override({ host: "mine" }) } });
    const after: ConnectionDocument = { ...before, base: { ...before.base, host: "new" } };
    expect(reachOf(connectionKind, before, after, deployments)).to.deep.equal({
      changed: ["dev", "test"],
      overridden: ["prod"],
      unchanged: [],
      lost: [],
    });
  });

  it("back to Restricted: those without a link lose it", () => {
    const before = document({ sharing: "LinkedToAll", links: { prod: link() } });
    expect(reachOf(connectionKind, before, { ...before, sharing: "Restricted" }, deployments)).to.deep.equal({
      changed: [],
      overridden: [],
      unchanged: ["prod"],
      lost: ["dev", "test"],
    });
  });
});
