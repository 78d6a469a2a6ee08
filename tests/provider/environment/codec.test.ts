import { expect } from "chai";
import fc from "fast-check";
import { UnsupportedError } from "../../../provider/errors";
import {
  SCHEMA_VERSION,
  type ConnectionDocument,
  type Document,
  type SharedDocument,
} from "../../../provider/environment/documents";
import { validConnections } from "../projection/arbitraries";
import { decodeDocument, encodeDocument } from "../../../provider/environment/codec";

const CANARY = "canary-5d1f";
const connection = (changes: Partial<ConnectionDocument> = {}): ConnectionDocument => ({
  kind: "connection",
  id: "warehouse",
  owner: "acme/data/prod::warehouse",
  base: { connType: "postgres", host: "db", password: CANARY, extra: { private_key: CANARY, sslmode: CANARY } },
  sharing: "LinkedToAll",
  exclude: ["dev"],
  links: { prod: { owner: "o", overrides: { password: CANARY, login: null } } },
  overrides: { prod: { owner: "o", fields: { extra: { token: CANARY } } } },
  ...changes,
});
const variable = (changes: object = {}): SharedDocument => ({
  kind: "variable",
  id: "greeting",
  owner: "acme/data/prod::greeting",
  base: { value: CANARY, description: "shown to all" },
  sharing: "LinkedToAll",
  exclude: [],
  links: { prod: { owner: "o", overrides: { value: CANARY } } },
  overrides: {},
  ...changes,
});
const documents: Document[] = [
  variable(),
  variable({ deployment: "prod", instance: "i", links: {}, sharing: "Restricted" }),
  connection(),
  connection({ deployment: "prod", sharing: "Restricted", exclude: [] }),
  {
    kind: "deployment",
    name: "prod",
    owner: "o",
    target: { directory: { path: "/tmp/x" } },
    retired: [{ directory: { path: "/tmp/y" } }],
    airflowVersion: "3.1.8",
    providers: ["apache-airflow-providers-postgres"],
    strict: true,
  },
  { kind: "workspace", name: "data", uid: "u", owner: "o", fingerprintKey: CANARY, secretsFetching: false },
  { kind: "value", name: "token", owner: "o", value: CANARY },
];

describe("stored documents", () => {
  for (const document of documents)
    it(`of kind ${document.kind} come back as they were`, () => {
      expect(decodeDocument("k", encodeDocument(document))).to.deep.equal(document);
    });

  it("come back as they were, for any connection that Airflow takes", () => {
    fc.assert(
      fc.property(validConnections, ({ connId: id, ...base }) => {
        const document = connection({
          id,
          base,
          links: { prod: { owner: "o", overrides: { extra: base.extra } } },
        });
        const text = encodeDocument(document);
        // Through JSON, which is what a store keeps: it knows no -0.
        expect(decodeDocument("k", text)).to.deep.equal(JSON.parse(JSON.stringify(document)));
        expect(encodeDocument(decodeDocument("k", text))).to.equal(text);
      }),
    );
  });

  it("are equal texts when equal, whatever order their keys were set in", () => {
    const reversed = Object.fromEntries(Object.entries(connection()).reverse()) as unknown as ConnectionDocument;
    reversed.base = Object.fromEntries(Object.entries(reversed.base).reverse()) as unknown as typeof reversed.base;
    expect(encodeDocument(reversed)).to.equal(encodeDocument(connection()));
  });

  it("of a newer release are refused with the way out, without a value", () => {
    const text = JSON.stringify({ schemaVersion: SCHEMA_VERSION + 1, kind: "connection", base: { password: CANARY } });
    expect(() => decodeDocument("data/connections/warehouse", text))
      .to.throw(
        UnsupportedError,
        'document "data/connections/warehouse" has schema version 3, this release reads up to 2',
      )
      .with.property("message")
      .that.contains("upgrade the npm package")
      .and.does.not.contain(CANARY);
  });

  it("of version 0 are upgraded", () => {
    const text = JSON.stringify({
      schemaVersion: 0,
      kind: "connection",
      connId: "c",
      owner: "o",
      base: { connType: "http" },
    });
    expect(decodeDocument("k", text)).to.deep.equal({
      kind: "connection",
      id: "c",
      owner: "o",
      base: { connType: "http" },
      sharing: "Restricted",
      exclude: [],
      links: {},
      overrides: {},
    });
  });

  it("of version 1 are upgraded: a connection's id was called connId", () => {
    for (const document of documents.filter(({ kind }) => kind !== "variable")) {
      const { id, ...rest } = { id: undefined, ...document };
      const text = JSON.stringify({ schemaVersion: 1, ...rest, ...(id !== undefined && { connId: id }) });
      const read = decodeDocument("k", text);
      expect(read).to.deep.equal(document);
      expect(JSON.parse(encodeDocument(read)))
        .to.include({ schemaVersion: 2 })
        .and.not.to.have.property("connId");
    }
  });

  it("keep what a later release of the same schema version has added, through a change by this one", () => {
    const later = { later: { deep: [1, null] } };
    for (const document of documents) {
      const text = JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...document, ...later });
      const rewritten = encodeDocument({ ...decodeDocument("k", text), owner: "changed" });
      expect(JSON.parse(rewritten)).to.deep.equal({ ...(JSON.parse(text) as object), owner: "changed" });
    }
    const shared = connection();
    const text = JSON.stringify({
      schemaVersion: SCHEMA_VERSION,
      ...shared,
      base: { ...shared.base, ...later },
      links: { prod: { ...shared.links["prod"], ...later, overrides: { login: null, ...later } } },
      overrides: { prod: { ...shared.overrides["prod"], ...later, fields: { port: 1, ...later } } },
    });
    expect(JSON.parse(encodeDocument(decodeDocument("k", text)))).to.deep.equal(JSON.parse(text));
    const stored = variable({ base: { value: "v", ...later }, links: { prod: { owner: "o", overrides: later } } });
    expect(decodeDocument("k", encodeDocument(stored))).to.deep.equal(stored);
  });

  it("keep members that are called like those of Object", () => {
    const text = `{"schemaVersion":2,"kind":"connection","id":"c","owner":"o","sharing":"Restricted","exclude":[],
      "base":{"connType":"http","extra":{"__proto__":{"a":1},"constructor":2}},
      "links":{"constructor":{"owner":"o","overrides":{"extra":{"__proto__":null}}}},
      "overrides":{"toString":{"owner":"o","fields":{"extra":{"__proto__":{"b":2}}}}}}`;
    const rewritten = encodeDocument(decodeDocument("k", text));
    expect(JSON.parse(rewritten)).to.deep.equal(JSON.parse(text));
    expect(rewritten.match(/__proto__/g)).to.have.length(3);
    expect(({} as { a?: number }).a).to.equal(undefined);
  });

  it("of a kind that this release does not know are refused, without naming it by what may be a value", () => {
    const text = JSON.stringify({ schemaVersion: SCHEMA_VERSION, kind: CANARY, id: "x" });
    expect(() => decodeDocument("data/pools/x", text))
      .to.throw(UnsupportedError, 'document "data/pools/x" is of a kind that this release does not know')
      .with.property("message")
      .that.contains("upgrade the npm package")
      .and.does.not.contain(CANARY);
    const known = encodeDocument(variable());
    expect(() => decodeDocument("k", known, new Map())).to.throw(UnsupportedError, "a kind that this release");
  });

  describe("that are damaged are refused, naming key and field and never a value", () => {
    type Damage = [what: string, damaged: object, fields: string];
    const [workspace, deployment, value] = [
      documents.find(({ kind }) => kind === "workspace")!,
      documents.find(({ kind }) => kind === "deployment")!,
      documents.find(({ kind }) => kind === "value")!,
    ];
    const table: Damage[] = [
      ["a Workspace without key", { ...workspace, fingerprintKey: undefined }, "fingerprintKey"],
      ["a Workspace whose switch is text", { ...workspace, secretsFetching: CANARY }, "secretsFetching"],
      ["a Deployment whose target is text", { ...deployment, target: CANARY }, "target"],
      ["a Deployment with a target of text", { ...deployment, target: { directory: CANARY } }, "target.directory"],
      ["a Deployment with a list of numbers", { ...deployment, providers: ["a", 1] }, "providers[1]"],
      ["a value that is a number", { ...value, value: 1 }, "value"],
      ["a connection without fields", { ...connection(), base: undefined }, "base"],
      ["a connection without type", { ...connection(), base: { password: CANARY } }, "base.connType"],
      ["a host that is a list", { ...connection(), base: { connType: "x", host: [CANARY] } }, "base.host"],
      ["a port that is text", { ...connection(), base: { connType: "x", port: CANARY } }, "base.port"],
      ["extra that is text", { ...connection(), base: { connType: "x", extra: CANARY } }, "base.extra"],
      ["extra that is a list", { ...connection(), base: { connType: "x", extra: [CANARY] } }, "base.extra"],
      ["an unknown sharing", { ...connection(), sharing: CANARY }, "sharing"],
      ["an exclude list that is text", { ...connection(), exclude: CANARY }, "exclude"],
      ["links that are a list", { ...connection(), links: [CANARY] }, "links"],
      ["a link that is text", { ...connection(), links: { prod: CANARY } }, "links.prod"],
      ["a link of nobody", { ...connection(), links: { prod: { overrides: {} } } }, "links.prod.owner"],
      [
        "a link without overrides, in a Deployment with a dot",
        { ...connection(), links: { "a.b": { owner: "o" } } },
        'links["a.b"].overrides',
      ],
      [
        "an Override's field of another type",
        { ...connection(), overrides: { prod: { owner: "o", fields: { login: { x: CANARY } } } } },
        "overrides.prod.fields.login",
      ],
      ["a Variable whose value is an object", variable({ base: { value: { x: CANARY } } }), "base.value"],
      [
        "a Variable's link with null",
        variable({ links: { prod: { owner: "o", overrides: { value: null } } } }),
        "links.prod.overrides.value",
      ],
      ["several fields", { ...connection(), id: 1, owner: null, base: [CANARY] }, "owner, id, base"],
    ];
    for (const [what, damaged, fields] of table)
      it(what, () => {
        const text = JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...damaged });
        expect(() => decodeDocument("data/x", text))
          .to.throw(UnsupportedError, `document "data/x" is damaged (${fields} is missing or of another type)`)
          .that.satisfies((error: Error) => !`${error.message}${error.stack}${String(error.cause)}`.includes(CANARY));
      });

    it("many fields: the first few", () => {
      const links = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`d${at}`, CANARY]));
      const text = JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...connection(), links });
      expect(() => decodeDocument("k", text)).to.throw("(links.d0, links.d1, links.d2, links.d3, links.d4 is");
    });

    it("a connection of an earlier release", () => {
      const { id: _, ...rest } = connection();
      const text = JSON.stringify({ schemaVersion: 1, ...rest });
      expect(() => decodeDocument("k", text)).to.throw("(id is missing");
    });
  });

  for (const [what, text] of [
    ["not JSON", `{"password": "${CANARY}`],
    ["JSON with the secret where V8 quotes it", `${CANARY}`],
    ["a list", `["${CANARY}"]`],
    ["a string", `"${CANARY}"`],
    ["null", "null"],
    ["an object without a version", `{"kind": "connection", "password": "${CANARY}"}`],
    ["an object without a kind", `{"schemaVersion": 1, "password": "${CANARY}"}`],
    ["a version that is no number", `{"schemaVersion": "${CANARY}", "kind": "connection"}`],
  ] as const)
    it(`that are ${what} are refused by name, without a value`, () => {
      expect(() => decodeDocument("data/x", text))
        .to.throw(UnsupportedError, 'document "data/x"')
        .that.satisfies((error: Error) => !`${error.message}${error.stack}${String(error.cause)}`.includes(CANARY));
    });
});
