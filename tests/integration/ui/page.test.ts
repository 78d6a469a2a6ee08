import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import type { Browser } from "playwright-core";
import { openStore } from "../../../provider/stores/registry";
import type { SecretsStore } from "../../../provider/stores/store";
import { CANARY, namedStore, run } from "../../cli/harness";
import { serve, type Served } from "../../cli/ui/served";
import { launch, OVERFLOW, Tab, VIEWPORTS } from "./browser";
import { Gallery } from "./gallery";

/** Every kind of page. */
const PAGES = [
  "/w/data",
  "/w/data?q=warehouse&type=postgres",
  "/w/data?q=nothing",
  "/w/data/connection/warehouse",
  "/w/data/connection/api",
  "/w/data/connection/kafka",
  "/w/data/variable/threshold",
  "/w/data/deployment/prod",
  "/w/data/deployment/staging",
  "/w/data/new",
  "/w/data/new/postgres",
  "/w/data/new/kafka",
  "/w/none",
];

describe("the page in a browser", function () {
  this.timeout(180_000);
  let browser: Browser;
  let served: Served;
  let store: SecretsStore;
  const gallery = new Gallery();

  before(async () => {
    store = namedStore("page");
    await gallery.fill(store);
    [browser, served] = await Promise.all([
      launch(["--host-resolver-rules=MAP rebound.example 127.0.0.1"]),
      serve({ store }),
    ]);
  });
  after(async () => {
    served?.page.close();
    await browser?.close();
    gallery.dispose();
  });

  const tabs: Tab[] = [];
  const open = async (
    ...options: Parameters<typeof Tab.open> extends [unknown, unknown, ...infer Rest] ? Rest : never
  ) => {
    const tab = await Tab.open(browser, served, ...options);
    tabs.push(tab);
    return tab;
  };
  afterEach(async () => {
    for (const { context } of tabs.splice(0)) await context.close();
  });

  it("leads from the printed address to the matrix, and keeps the token nowhere", async () => {
    const { page, complaints, origins } = await open();
    expect(page.url()).to.equal(`${served.origin}/w/data`);
    expect(await page.locator("tbody tr").count()).to.equal(9);
    expect(await page.evaluate("document.cookie")).to.equal("");
    await page.getByRole("link", { name: "kafka" }).click();
    expect(await page.evaluate("document.referrer")).to.not.contain("token");
    expect([complaints, [...origins]]).to.deep.equal([[], [served.origin]]);
  });

  it("is a table to whoever does not see it", async () => {
    const { page } = await open();
    const table = page.getByRole("table");
    expect(await table.getByRole("columnheader").allTextContents()).to.deep.equal([
      "Object",
      "Type",
      "analytics",
      "dev",
      "prod",
      "staging",
    ]);
    const row = table.getByRole("row", { name: /^warehouse/ });
    expect(await row.getByRole("cell").allTextContents()).to.deep.equal([
      "postgres",
      "link",
      "",
      "link 2 fields",
      "link",
    ]);
    expect(await row.getByRole("rowheader").allTextContents()).to.deep.equal(["warehouse"]);
  });

  it("compares when it is asked to, and shows what differs", async () => {
    const { page, complaints } = await open();
    await page.getByRole("button", { name: "Compare with the targets" }).click();
    const cell = (id: string, column: number) =>
      page.getByRole("row", { name: id }).first().getByRole("cell").nth(column);
    expect(await cell("api", 3).textContent()).to.equal("all drifted");
    expect(await cell("snowflake_default", 1).textContent()).to.equal("link no package 1 field");
    expect(await cell("api", 4).textContent()).to.contain("collision");
    await page.getByRole("link", { name: "prod" }).click();
    expect(await page.getByRole("main").textContent()).to.contain('connection "api" differs: host');
    expect(complaints).to.deep.equal([]);
  });

  for (const colorScheme of ["light", "dark"] as const)
    for (const [width, viewport] of Object.entries(VIEWPORTS))
      it(`has no serious finding of axe on any page, ${colorScheme} and ${width}`, async () => {
        const tab = await open({ colorScheme, viewport });
        const found: string[] = [];
        for (const path of PAGES) {
          await tab.page.goto(`${served.origin}${path}`);
          found.push(...(await tab.accessibility()).map((finding) => `${path}: ${finding}`));
          const overflow = await tab.page.evaluate<number>(OVERFLOW);
          if (overflow > 0) found.push(`${path}: is ${overflow} pixels too wide`);
        }
        expect(found).to.deep.equal([]);
        expect([...tab.origins]).to.deep.equal([served.origin]);
      });

  it("can be used with the keyboard alone", async () => {
    const tab = await open();
    const { keyboard } = tab.page;
    await tab.tabTo("Skip to content", 1);
    await keyboard.press("Enter");
    await tab.tabTo("Search", 1);
    await keyboard.type("ware");
    expect(await tab.page.locator("tbody tr:visible").count()).to.equal(1);
    await keyboard.press("Enter");
    await tab.page.waitForURL(/q=ware/);
    await tab.tabTo("Objects by Deployments");
    await tab.tabTo("warehouse", 6);
    await keyboard.press("Enter");
    await tab.page.waitForURL(/connection\/warehouse/);
    await tab.tabTo("New connection");
    await keyboard.press("Enter");
    await tab.page.waitForURL(/\/new$/);
    await tab.tabTo("Search");
    await keyboard.type("postgres");
    await keyboard.press("Enter");
    await tab.page.waitForURL(/q=postgres/);
    await tab.tabTo("Postgres");
    await keyboard.press("Enter");
    await tab.page.waitForURL(/new\/postgres/);
    await tab.tabTo("id");
    await keyboard.type("reports");
    await tab.tabTo("value:host");
    await keyboard.type("db.internal");
    await tab.tabTo("secret:password");
    await keyboard.press("Space");
    await tab.tabTo("link:prod");
    await keyboard.press("Space");
    await tab.tabTo("Write the code");
    await keyboard.press("Enter");
    await tab.page.getByRole("heading", { name: "The code" }).waitFor();
    const code = await tab.page.locator("pre").first().textContent();
    expect(code).to.contain('new airflow.connections.Postgres("reports", {').and.to.contain('deployment: "prod"');
    expect(tab.complaints).to.deep.equal([]);
  });

  it("copies the code", async () => {
    const tab = await open({ permissions: ["clipboard-read", "clipboard-write"] });
    await tab.page.goto(`${served.origin}/w/data/new/http`);
    await tab.page.getByLabel("Connection id").fill("feed");
    await tab.page.getByRole("button", { name: "Write the code" }).click();
    await tab.page.getByRole("button", { name: "Copy" }).first().click();
    await tab.page.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await tab.page.evaluate("navigator.clipboard.readText()");
    expect(copied).to.contain('new airflow.connections.Http("feed", {');
    expect(tab.complaints).to.deep.equal([]);
  });

  it("is read, filtered and filled in without JavaScript", async () => {
    const { page } = await open({ javaScriptEnabled: false });
    await page.getByRole("combobox", { name: "Deployment", exact: true }).selectOption("dev");
    await page.getByRole("button", { name: "Filter" }).click();
    expect(await page.locator("tbody th").allTextContents()).to.deep.equal([
      "alerts",
      "api",
      "lake",
      "scratch only dev",
      "threshold",
    ]);
    await page.goto(`${served.origin}/w/data/new/http`);
    await page.getByLabel("Connection id").fill("feed");
    await page.getByRole("button", { name: "Write the code" }).click();
    expect(await page.locator("pre").first().textContent()).to.contain('"feed"');
  });

  it("stays open for its cookie alone, and to nobody without", async () => {
    const { context } = await open();
    const other = await (await browser.newContext()).newPage();
    expect((await other.goto(`${served.origin}/w/data`))?.status()).to.equal(403);
    await other.context().close();
    const again = await context.newPage();
    expect((await again.goto(`${served.origin}/w/data`))?.status()).to.equal(200);
  });

  it("answers no name that was made to lead here", async () => {
    const { page } = await open();
    const { port } = new URL(served.origin);
    const answer = await page.goto(`http://rebound.example:${port}/?token=${served.token}`);
    expect(answer?.status()).to.equal(403);
  });

  it("gives nothing to a page of another port of this machine, which has the same cookie", async () => {
    const { page, context } = await open();
    const foreign = createServer((_, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end(`<iframe src="${served.origin}/w/data"></iframe>
        <form method="post" action="${served.origin}/w/data/check"><button>send</button></form>`);
    });
    await listening(foreign);
    try {
      const other = await context.newPage();
      const answers: number[] = [];
      other.on("response", (response) => {
        if (response.url().startsWith(served.origin)) answers.push(response.status());
      });
      await other.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
      const read = await other.evaluate(async (address) => {
        const attempts = [
          { mode: "cors", credentials: "include" },
          { mode: "no-cors", credentials: "include" },
        ] as const;
        const texts = attempts.map((options) =>
          fetch(address, options).then(
            (answer) => answer.text(),
            () => "",
          ),
        );
        return (await Promise.all(texts)).join("");
      }, `${served.origin}/w/data`);
      expect(read).to.equal("");
      await other.getByRole("button", { name: "send" }).click();
      await other.waitForURL(`${served.origin}/**`);
      expect(answers).to.have.length.at.least(2);
      expect(new Set(answers)).to.deep.equal(new Set([403]));
      await page.goto(`${served.origin}/w/data`);
      expect(await page.getByRole("heading", { name: "Who gets what" }).count()).to.equal(1);
    } finally {
      foreign.close();
    }
  });

  it("shows a report from a file, which loads and runs nothing", async () => {
    const file = join(gallery.folder, "report.html");
    expect((await run([store], ["ui", "--store", store.address, "--output", file, "--compare"])).code).to.equal(0);
    const tab = await open();
    tab.origins.clear();
    for (const colorScheme of ["light", "dark"] as const) {
      await tab.page.emulateMedia({ colorScheme });
      await tab.page.goto(pathToFileURL(file).href);
      expect(await tab.accessibility()).to.deep.equal([]);
    }
    await tab.page.getByRole("link", { name: "warehouse" }).first().click();
    expect(await tab.page.evaluate(`document.querySelector(":target h3")?.textContent`)).to.equal("warehouse");
    const paper = await tab.page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(paper).to.equal("rgb(20, 23, 28)");
    expect([tab.complaints, [...tab.origins]]).to.deep.equal([[], ["null"]]);
  });
});

describe("the page over names of all kinds, in a browser", function () {
  this.timeout(120_000);

  it("shows them as text, and stays in its frame", async () => {
    const names = [
      `<img src=x onerror=alert(1)>`,
      `"><svg onload=alert(2)>`,
      "שלום עולם",
      "\u202egnp.elif",
      "😀👩‍👩‍👧‍👦",
      "x".repeat(3000),
      "javascript:alert(3)",
    ];
    const store = namedStore("page");
    const metadata = (of: object) => JSON.stringify({ metadataVersion: 2, ...of });
    const found = names.flatMap((name) => [
      {
        key: `data/connections/${name}`,
        metadata: metadata({
          kind: "connection",
          owner: `${name}::x`,
          connType: name,
          sharing: "LinkedToAll",
          fields: [name],
          links: { [name]: [name] },
        }),
        version: "1",
      },
      {
        key: `data/deployments/${name}`,
        metadata: metadata({ kind: "deployment", owner: name, target: name, airflowVersion: name }),
        version: "1",
      },
    ]);
    const [browser, served] = await Promise.all([
      launch(),
      serve({ store: { ...store, listMetadata: () => Promise.resolve(found) } }),
    ]);
    try {
      const tab = await Tab.open(browser, served, { viewport: VIEWPORTS.narrow });
      expect((await tab.page.locator("tbody th").allTextContents()).sort()).to.deep.equal([...names].sort());
      const links = await tab.page
        .locator("table a")
        .evaluateAll((of) => of.map((one) => (one as unknown as { href: string }).href));
      expect(links.filter((link) => !link.startsWith(`${served.origin}/w/data/`))).to.deep.equal([]);
      for (const link of links) {
        await tab.page.goto(link);
        const title = await tab.page.locator("h1").textContent();
        const overflow = await tab.page.evaluate<number>(OVERFLOW);
        expect([names.includes(title ?? ""), overflow], link).to.deep.equal([true, 0]);
      }
      expect([tab.complaints, [...tab.origins]]).to.deep.equal([[], [served.origin]]);
    } finally {
      served.page.close();
      await browser.close();
    }
  });
});

describe("airflow-env ui as a process", function () {
  this.timeout(60_000);

  it("prints the address of a page over a local store, which a browser opens, and ends with Ctrl-C", async () => {
    const gallery = new Gallery();
    const home = mkdtempSync(join(tmpdir(), "airflow-env-home-"));
    const address = `local:${join(home, "store")}`;
    const before = process.env["AIRFLOW_ENV_PASSPHRASE"];
    process.env["AIRFLOW_ENV_PASSPHRASE"] = "of the test";
    const browser = await launch();
    try {
      const store = await openStore(address);
      await gallery.fill(store);
      await store.close();
      const main = join(__dirname, "..", "..", "..", "dist", "cli", "main.js");
      const child = spawn(process.execPath, [main, "ui", "--store", address, "--json"], {
        env: { ...process.env, HOME: home },
      });
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      const { address: printed } = JSON.parse(line.toString()) as { address: string };
      const page = await browser.newPage();
      await page.goto(printed);
      await page.getByRole("button", { name: "Compare with the targets" }).click();
      const text = await page.content();
      expect(text).to.contain("drifted</b>").and.to.not.contain(CANARY);
      child.kill("SIGINT");
      expect(await once(child, "exit")).to.deep.equal([0, null]);
    } finally {
      if (before === undefined) delete process.env["AIRFLOW_ENV_PASSPHRASE"];
      else process.env["AIRFLOW_ENV_PASSPHRASE"] = before;
      await browser.close();
      gallery.dispose();
      rmSync(home, { recursive: true, force: true });
    }
  });
});

async function listening(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
}
