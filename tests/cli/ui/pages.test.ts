import { expect } from "chai";
import type { Document } from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { StoreUnavailableError } from "../../../provider/errors";
import { fill, namedStore, sampleDocuments } from "../harness";
import { serve, type Served } from "./served";

/** Text of a page, without marks. */
function textOf(html: string): string {
  return html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
}

/** The row of the matrix for an id: type, then a text for each Deployment. */
function rowOf(html: string, id: string): string[] {
  const row = [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].find(([, cells]) => cells?.includes(`title="${id}"`))?.[1] ?? "";
  return [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell = ""]) => textOf(cell).trim());
}

const owner = "acme/platform/prod::api";
const ownApi: [string, Document] = [
  documentKeys.connection("data", "api", "dev"),
  {
    kind: "connection",
    id: "api",
    owner,
    deployment: "dev",
    base: { connType: "http" },
    sharing: "Restricted",
    exclude: [],
    links: {},
    overrides: {},
  },
];

describe("pages", () => {
  let served: Served;
  const open = async (options: Parameters<typeof serve>[0]) => {
    served = await serve(options);
    await served.enter();
  };
  afterEach(() => served.page.close());

  it("the start leads to the only Workspace, and lists several", async () => {
    await open({});
    expect((await served.ask("/")).headers.location).to.equal("/w/data");
    served.page.close();
    const other = structuredClone(sampleDocuments()[0]) as [string, Document];
    await open({ documents: [...sampleDocuments(), ["more/workspace", { ...other[1], name: "more" } as Document]] });
    expect(textOf((await served.ask("/")).body)).to.contain("data : 3 connections, 2 Deployments more : 0 connections");
  });

  it("the matrix says who gets what, and how", async () => {
    await open({ documents: [...sampleDocuments(), ownApi] });
    const { body } = await served.ask("/w/data");
    expect(rowOf(body, "warehouse")).to.deep.equal(["postgres", "", "link 2 fields"]);
    expect(rowOf(body, "local")).to.deep.equal(["sqlite", "own", ""]);
    expect(rowOf(body, "api")).to.deep.equal(["http", "all collision", "excluded"]);
    expect(textOf(body)).to.contain("4 objects, 2 Deployments");
  });

  const filters: [query: string, ids: string[]][] = [
    ["q=WARE", ["warehouse"]],
    ["type=sqlite", ["local"]],
    ["deployment=prod", ["api", "warehouse"]],
    ["owner=acme%2Fplatform%2Fprod&q=l", ["local"]],
    ["owner=nobody", []],
    ["deployment=none", []],
  ];
  for (const [query, ids] of filters)
    it(`the matrix shows, for ${query}, ${ids.join(" and ") || "nothing"}`, async () => {
      await open({});
      const { body } = await served.ask(`/w/data?${query}`);
      const shown = [...body.matchAll(/<th scope="row" title="([^"]*)"/g)].map(([, id]) => id);
      expect(shown).to.deep.equal(ids);
      expect(textOf(body)).to.contain(ids.length === 0 ? "Nothing to show." : `${ids.length} of 3 objects`);
    });

  it("a connection's page says which layer gives each field, and what holds it", async () => {
    await open({});
    const text = textOf((await served.ask("/w/data/connection/warehouse")).body);
    expect(text).to.contain("Owner acme/platform/prod::warehouse");
    expect(text).to.contain("Fields set extra, host, login, password");
    expect(text).to.contain("Deployment Through extra host login password prod link base link Override base");
    expect(text).to.contain("A delete is refused while these are there.");
    expect(text).to.contain("the link to prod the Override in prod");
  });

  it("a Deployment's page says what it gets, and how Airflow is set up", async () => {
    await open({});
    const { body } = await served.ask("/w/data/deployment/prod");
    expect(textOf(body)).to.contain("warehouse postgres link host, login");
    expect(textOf(body)).to.contain("Target directory");
    expect(body).to.contain("backend = airflow.secrets.local_filesystem.LocalFilesystemBackend");
    expect(textOf(body)).to.contain("Override of connection warehouse");
  });

  it("what is not there is said to be so", async () => {
    await open({ workspace: "data" });
    for (const path of [
      "/w/none",
      "/w/data/connection/none",
      "/w/data/variable/warehouse",
      "/w/data/deployment/none",
    ]) {
      const { status, body } = await served.ask(path);
      expect([status, /has no (Workspace|connection|Variable|Deployment)/.test(textOf(body))], path).to.deep.equal([
        404,
        true,
      ]);
    }
    expect((await served.ask("/w/data/nothing")).status).to.equal(404);
  });

  it("a store that refuses is quoted, and nothing else", async () => {
    const store = namedStore("page");
    await fill(store, sampleDocuments());
    await open({
      store: {
        ...store,
        listMetadata: () =>
          Promise.reject(new StoreUnavailableError("denied", "the store refused the login; check VAULT_TOKEN")),
      },
    });
    const { status, body } = await served.ask("/w/data");
    expect(status).to.equal(502);
    expect(textOf(body)).to.contain("the store refused the login; check VAULT_TOKEN");
  });

  it("reads metadata alone, until a comparison is asked for", async () => {
    const store = namedStore("page");
    await fill(store, sampleDocuments());
    const denied = () => Promise.reject(new StoreUnavailableError("denied", "reading secrets is denied"));
    await open({ store: { ...store, find: denied, list: denied } });
    for (const path of ["/w/data", "/w/data/connection/warehouse", "/w/data/deployment/prod"])
      expect((await served.ask(path)).status, path).to.equal(200);
    const { status, body } = await served.ask("/w/data/check", { form: {} });
    expect([status, textOf(body).includes("reading secrets is denied")]).to.deep.equal([502, true]);
  });

  it("whatever a name says stays text", async () => {
    const hostile = `<img src=x onerror="alert(1)">'"&amp;\u202e\u0000😀${"x".repeat(3000)}`;
    const store = namedStore("page");
    await fill(store, sampleDocuments());
    const metadata = (kind: object) => JSON.stringify({ metadataVersion: 2, owner: `${hostile}::x`, ...kind });
    const found = [
      { key: `data/connections/${hostile}`, kind: { kind: "connection", connType: hostile, fields: [hostile] } },
      { key: `data/deployments/${hostile}`, kind: { kind: "deployment", target: hostile, airflowVersion: hostile } },
    ].map(({ key, kind }) => ({ key, metadata: metadata(kind), version: "1" }));
    await open({
      store: { ...store, listMetadata: async (prefix) => [...(await store.listMetadata(prefix)), ...found] },
    });
    const name = encodeURIComponent(hostile);
    for (const path of ["/w/data", `/w/data/connection/${name}`, `/w/data/deployment/${name}`]) {
      const { status, body } = await served.ask(path);
      expect([status, body.includes("&lt;img")], path).to.deep.equal([200, true]);
      expect(body).to.not.match(/<script(?! src="\/page\.js")|<img|onerror="/);
    }
    const { body } = await served.ask(`/w/${name}`);
    expect(body).to.not.match(/<img/);
  });
});
