import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { targetsOfThisProcess } from "../../../provider/context";
import type { Document } from "../../../provider/environment/documents";
import { Projector } from "../../../provider/projection/projector";
import type { SecretsStore } from "../../../provider/stores/store";
import { WorkspaceStore } from "../../../provider/workspace/workspace-store";
import { CANARY, fill, namedStore, run, sampleDocuments } from "../harness";
import { serve, type Served } from "./served";

describe("what only documents and targets can tell", () => {
  let folder: string;
  let store: SecretsStore;

  /** Targets in a folder of the test; prod names its provider packages. */
  function documents(): [string, Document][] {
    return sampleDocuments().map(([key, document]) => {
      if (document.kind !== "deployment" || !("name" in document)) return [key, document];
      const target = { directory: { path: join(folder, document.name) } };
      return [key, { ...document, target, ...(document.name === "prod" && { providers: ["apache-airflow"] }) }];
    });
  }

  /** prod's file has another password, and an entry of somebody else's; dev's is missing. */
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cli-ui-"));
    store = namedStore("a");
    await fill(store, documents());
    const read = new WorkspaceStore("data", store);
    await read.snapshot();
    expect(await new Projector(read, targetsOfThisProcess()).projectAll(["prod"])).to.deep.equal([]);
    const file = join(folder, "prod", "connections.json");
    const content = JSON.parse(await readFile(file, "utf8")) as Record<string, Record<string, unknown>>;
    content["warehouse"] = { ...content["warehouse"], password: `${CANARY}-other` };
    content["stray"] = { conn_type: "http" };
    await writeFile(file, JSON.stringify(content));
  });
  afterEach(() => rm(folder, { recursive: true }));

  describe("on the page", () => {
    let served: Served;
    beforeEach(async () => {
      served = await serve({ store });
      await served.enter();
    });
    afterEach(() => served.page.close());

    it("is in the matrix when it was asked for", async () => {
      expect((await served.ask("/w/data")).body).to.not.match(/<td[^>]*>[^/]*(drifted|no package)/);
      const { status, headers } = await served.ask("/w/data/check", { form: {} });
      expect([status, headers.location]).to.deep.equal([303, "/w/data"]);
      const { body } = await served.ask("/w/data");
      expect(body).to.contain(
        `<td class="link" title="link, drifted, no package, 2 fields">link <b class="bad">drifted</b> <b class="bad">no package</b> <b>2 fields</b></td>`,
      );
    });

    it("is on a Deployment's page: what differs, the size, the packages", async () => {
      const { headers } = await served.ask("/w/data/check", { form: { deployment: "prod" } });
      expect(headers.location).to.equal("/w/data/deployment/prod");
      const { body } = await served.ask("/w/data/deployment/prod");
      for (const part of [
        `directory:${join(folder, "prod", "connections.json")}`,
        "connection &quot;warehouse&quot; differs: password",
        "connection &quot;stray&quot; is there alone",
        "bytes; the target has no limit",
        "<li>apache-airflow</li>",
        "lacks apache-airflow-providers-postgres",
      ])
        expect(body).to.contain(part);
      expect((await served.ask("/w/data/deployment/dev")).body).to.not.contain("Compared");
    });

    it("names a target that cannot be told of", async () => {
      await served.ask("/w/data/check", { form: {} });
      const { body } = await served.ask("/w/data/deployment/dev");
      expect(body).to.match(/Compared [^<]*(missing|not there|does not exist|no mark|own stack)/);
    });
  });

  describe("in a file", () => {
    const cli = (...args: string[]) => run([store], ["ui", "--store", "memory:a", ...args]);
    const report = () => join(folder, "report.html");

    it("stands alone: no script, nothing to load, no value", async () => {
      const { code, stdout } = await cli("--output", report());
      expect([code, stdout]).to.deep.equal([0, `3 objects of Workspace "data" written to ${report()}\n`]);
      const text = await readFile(report(), "utf8");
      expect(text).to.not.contain(CANARY);
      expect(text).to.not.match(/<script|<link|<form|<img|src=|url\(|https?:|drifted<\/b>/);
      expect(text).to.match(/default-src &#39;none&#39;; style-src &#39;sha256-/);
      const places = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id = ""]) => `#${encodeURIComponent(id)}`));
      const links = [...text.matchAll(/ href="([^"]+)"/g)].map(([, link = ""]) => link);
      expect(links).to.have.length.above(5);
      expect(links.filter((link) => !places.has(link))).to.deep.equal([]);
    });

    it("says what differs, when it is to compare", async () => {
      const { code, stdout } = await cli("--output", report(), "--compare", "--json");
      expect([code, JSON.parse(stdout)]).to.deep.equal([0, { workspace: "data", output: report() }]);
      const text = await readFile(report(), "utf8");
      expect(text).to.not.contain(CANARY);
      expect(text).to.contain("drifted</b>").and.to.contain("connection &quot;warehouse&quot; differs: password");
    });

    it("is replaced by the next, and replaces nobody else's", async () => {
      expect((await cli("--output", report())).code).to.equal(0);
      expect((await cli("--output", report())).code).to.equal(0);
      await writeFile(report(), "mine");
      expect((await cli("--output", report())).code).to.equal(3);
      expect(await readFile(report(), "utf8")).to.equal("mine");
    });

    it("is asked for in full", async () => {
      expect((await cli("--compare")).code).to.equal(2);
      expect((await cli("--output", join(folder, "none", "x.html"))).code).to.equal(2);
      expect((await cli("--output", report(), "--workspace", "none")).code).to.equal(1);
    });
  });
});
