import { expect } from "chai";
import type { ConnectionDocument, Document, SharedDocument } from "../../../provider/environment/documents";
import { isObjectMetadata, metadataOf, readMetadata } from "../../../provider/environment/metadata";

const CANARY = "canary-5d1f";
const connection = (changes: Partial<ConnectionDocument> = {}): ConnectionDocument => ({
  kind: "connection",
  id: "warehouse",
  owner: "acme/data/prod::warehouse",
  base: { connType: "postgres", host: "db", password: CANARY, extra: { private_key: CANARY, sslmode: CANARY } },
  sharing: "LinkedToAll",
  exclude: ["dev"],
  links: { prod: { owner: "o", overrides: { password: CANARY, login: null } } },
  overrides: { prod: { owner: "o", fields: { port: undefined, extra: { token: CANARY, a: null } } } },
  ...changes,
});
const variable: SharedDocument = {
  kind: "variable",
  id: "greeting",
  owner: "o",
  base: { value: CANARY, description: CANARY },
  sharing: "Restricted",
  exclude: [],
  links: { prod: { owner: "o", overrides: { value: CANARY } }, dev: { owner: "o", overrides: {} } },
  overrides: {},
};
const documents: Document[] = [
  connection(),
  connection({ deployment: "prod", sharing: "Restricted", exclude: [] }),
  variable,
  {
    kind: "deployment",
    name: "prod",
    owner: "o",
    target: { directory: { path: CANARY } },
    retired: [{ directory: { path: CANARY } }],
    airflowVersion: "3.1.8",
    runtimeVersion: "3.1-2",
    providers: ["apache-airflow-providers-postgres"],
    strict: true,
    secretsFetching: false,
  },
  { kind: "workspace", name: "data", uid: "u", owner: "o", fingerprintKey: CANARY, secretsFetching: false },
  { kind: "value", name: "token", owner: "o", value: CANARY },
];
const [workspace, deployment, value] = ["workspace", "deployment", "value"].map((kind) =>
  documents.find((document) => document.kind === kind)!,
) as [Document, Document, Document];

describe("metadata", () => {
  for (const document of documents)
    it(`of kind ${document.kind} has no value and no key`, () => {
      expect(metadataOf(document)).to.not.contain(CANARY);
    });

  it("of a connection says type, sharing, which fields are set, who is attached and with which fields", () => {
    expect(JSON.parse(metadataOf(connection()))).to.deep.equal({
      metadataVersion: 2,
      kind: "connection",
      owner: "acme/data/prod::warehouse",
      connType: "postgres",
      sharing: "LinkedToAll",
      exclude: ["dev"],
      fields: ["extra", "host", "password"],
      links: { prod: ["login", "password"] },
      overrides: { prod: ["extra.a", "extra.token"] },
    });
  });

  it("of a Variable says the same, and nothing of its kind", () => {
    expect(JSON.parse(metadataOf(variable))).to.deep.equal({
      metadataVersion: 2,
      kind: "variable",
      owner: "o",
      sharing: "Restricted",
      fields: ["description", "value"],
      links: { prod: ["value"], dev: [] },
      overrides: {},
    });
  });

  it("of a Deployment says the kind of its target, and what it runs", () => {
    expect(JSON.parse(metadataOf(deployment))).to.deep.equal({
      metadataVersion: 2,
      kind: "deployment",
      owner: "o",
      target: "directory",
      airflowVersion: "3.1.8",
      runtimeVersion: "3.1-2",
      secretsFetching: false,
    });
  });

  it("of a shared object of a kind that is not known says the names of all its fields", () => {
    const metadata = readMetadata(metadataOf({ ...variable, kind: "pool" }));
    expect(metadata)
      .to.include({ kind: "pool" })
      .and.deep.include({ fields: ["description", "value"] });
  });

  for (const document of documents)
    it(`of kind ${document.kind} is read as it was written`, () => {
      const text = metadataOf(document);
      const read = readMetadata(text);
      expect(JSON.parse(JSON.stringify(read))).to.deep.include(JSON.parse(text));
      expect(read && isObjectMetadata(read)).to.equal("links" in document);
    });

  it("keeps the names of Deployments called like members of Object", () => {
    const links = JSON.parse('{"constructor":{"owner":"o","overrides":{"host":"x"}}}') as ConnectionDocument["links"];
    expect(readMetadata(metadataOf(connection({ links })))).to.deep.include({ links: { constructor: ["host"] } });
  });
});

describe("metadata of release 0.1.0", () => {
  it("is read: of a connection it named the Deployments only", () => {
    const text = JSON.stringify({
      kind: "connection",
      owner: "o",
      connType: "postgres",
      sharing: "LinkedToAll",
      exclude: ["dev"],
      fields: ["host"],
      links: ["prod", "test"],
      overrides: ["prod"],
    });
    expect(readMetadata(text)).to.deep.equal({
      kind: "connection",
      owner: "o",
      connType: "postgres",
      sharing: "LinkedToAll",
      exclude: ["dev"],
      fields: ["host"],
      links: { prod: [], test: [] },
      overrides: { prod: [] },
    });
  });

  it("is read where parts are missing", () => {
    expect(readMetadata('{"kind":"connection","owner":"o","connType":"http"}')).to.deep.equal({
      kind: "connection",
      owner: "o",
      connType: "http",
      exclude: [],
      fields: [],
      links: {},
      overrides: {},
    });
    for (const { kind } of [workspace, deployment, value])
      expect(readMetadata(JSON.stringify({ kind }))).to.deep.equal({ kind });
  });
});

describe("text that is no metadata", () => {
  for (const text of [
    "",
    "text",
    "null",
    "[]",
    '"connection"',
    "{}",
    '{"kind":1}',
    '{"kind":"connection","links":"prod"}',
    '{"kind":"connection","links":{"prod":"host"}}',
    '{"kind":"connection","fields":[1]}',
  ])
    it(`is undefined: ${text}`, () => {
      expect(readMetadata(text)).to.equal(undefined);
    });

  it("is not taken for that of a shared object because its own kind refuses it", () => {
    for (const text of ['{"kind":"workspace","secretsFetching":"yes"}', '{"kind":"deployment","target":1}'])
      expect(readMetadata(text), text).to.equal(undefined);
  });
});
