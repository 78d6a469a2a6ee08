import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { StoreCapabilities } from "../../provider/stores/store";

const root = join(__dirname, "..", "..");
const stores = join(root, "provider", "stores");
const page = () => readFileSync(join(root, "docs", "stores", "README.md"), "utf8");

const load = () => import("../../tools/store-capabilities.mjs");

/** From the sources, so that the test needs no build. */
async function fromSources() {
  const folders = readdirSync(stores).filter((name) => existsSync(join(stores, name, "capabilities.ts")));
  return Promise.all(
    folders.map(async (store) => {
      const loaded = (await import(join(stores, store, "capabilities.ts"))) as Record<string, StoreCapabilities>;
      const name = Object.keys(loaded).find((key) => key.endsWith("Capabilities")) ?? "";
      return { store, capabilities: loaded[name] as StoreCapabilities };
    }),
  );
}

describe("table of store capabilities", () => {
  it("on the page says what the code says", async () => {
    const { capabilitiesTable, withTable } = await load();
    expect(withTable(page(), capabilitiesTable(await fromSources()))).to.equal(page());
  });

  it("changes with a capability", async () => {
    const { capabilitiesTable } = await load();
    const capabilities: StoreCapabilities = {
      maxBytes: 65_536,
      separateMetadata: true,
      history: false,
      listing: "index",
    };
    expect(capabilitiesTable([{ store: "x", capabilities }])).to.contain(
      "| [x](x.md) | 64 KiB | yes | no | an index document |",
    );
  });

  it("refuses a page without markers", async () => {
    const { withTable } = await load();
    expect(() => withTable("no markers", "table")).to.throw("no block");
  });
});
