import { expect } from "chai";
import fc from "fast-check";
import { UnsupportedError } from "../../../provider/errors";
import {
  SCHEMA_VERSION,
  decodeDocument,
  deploymentOfKey,
  documentKeys,
  encodeDocument,
  metadataOf,
  type ConnectionDocument,
  type Document,
} from "../../../provider/model/documents";
import { validConnections } from "../projection/arbitraries";

const CANARY = "canary-5d1f";
const connection = (changes: Partial<ConnectionDocument> = {}): ConnectionDocument => ({
  kind: "connection",
  connId: "warehouse",
  owner: "acme/data/prod::warehouse",
  base: { connType: "postgres", host: "db", password: CANARY, extra: { private_key: CANARY, sslmode: CANARY } },
  sharing: "LinkedToAll",
  exclude: ["dev"],
  links: { prod: { owner: "o", overrides: { password: CANARY, login: null } } },
  overrides: { prod: { owner: "o", fields: { extra: { token: CANARY } } } },
  ...changes,
});
const documents: Document[] = [
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
      fc.property(validConnections, ({ connId, ...base }) => {
        const document = connection({
          connId,
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
      .to.throw(UnsupportedError, 'document "data/connections/warehouse" has schema version 2')
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
      connId: "c",
      owner: "o",
      base: { connType: "http" },
      sharing: "Restricted",
      exclude: [],
      links: {},
      overrides: {},
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

describe("metadata", () => {
  for (const document of documents)
    it(`of kind ${document.kind} has no value and no key`, () => {
      expect(metadataOf(document)).to.not.contain(CANARY);
    });

  it("of a connection says type, sharing, which fields are set and who is attached", () => {
    expect(JSON.parse(metadataOf(connection()))).to.deep.equal({
      kind: "connection",
      owner: "acme/data/prod::warehouse",
      connType: "postgres",
      sharing: "LinkedToAll",
      exclude: ["dev"],
      fields: ["extra", "host", "password"],
      links: ["prod"],
      overrides: ["prod"],
    });
  });
});

describe("documentKeys", () => {
  it("keep Workspace-level and Deployment-level connections apart", () => {
    expect(documentKeys.connection("data", "x")).to.equal("data/connections/x");
    expect(documentKeys.connection("data", "x", "prod")).to.equal("data/deployments/prod/connections/x");
  });

  it("tell a Deployment's own document from those below it", () => {
    expect(deploymentOfKey("data", documentKeys.deployment("data", "prod"))).to.equal("prod");
    expect(deploymentOfKey("data", documentKeys.connection("data", "x", "prod"))).to.equal(undefined);
  });
});
