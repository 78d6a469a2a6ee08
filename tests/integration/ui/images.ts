import { join } from "node:path";
import { namedStore } from "../../cli/harness";
import { serve } from "../../cli/ui/served";
import { launch, Tab, VIEWPORTS } from "./browser";
import { Gallery } from "./gallery";

/** Makes the pictures of docs/ui.md anew: npm run docs:images */
async function main(): Promise<void> {
  const folder = join(__dirname, "..", "..", "..", "docs", "images");
  const gallery = new Gallery();
  const store = { ...namedStore("page"), address: "vault://secret/airflow" };
  await gallery.fill(store);
  const [browser, served] = await Promise.all([launch(), serve({ store })]);
  try {
    for (const colorScheme of ["light", "dark"] as const)
      for (const [width, viewport] of Object.entries(VIEWPORTS)) {
        const { page, context } = await Tab.open(browser, served, { colorScheme, viewport });
        // Of the other pages one width and theme each says enough.
        const isKept = (name: string) => name === "matrix" || (colorScheme === "light") === (width === "wide");
        const picture = async (name: string) =>
          isKept(name) &&
          page.screenshot({ path: join(folder, `ui-${name}-${width}-${colorScheme}.png`), animations: "disabled" });
        const at = (path: string) => page.goto(`${served.origin}/w/data${path}`);
        if (colorScheme === "light" && width === "wide") await page.getByRole("button", { name: "Compare" }).click();
        await picture("matrix");
        await at("/connection/warehouse");
        await picture("connection");
        await at("/new/postgres");
        await page.getByLabel("Connection id").fill("reports");
        await page.getByLabel("Host", { exact: true }).first().fill("db.internal");
        await page.getByRole("checkbox", { name: "Password (secret)" }).first().check();
        await page.getByRole("checkbox", { name: "Link to prod" }).check();
        if (width === "wide") await page.getByRole("button", { name: "Write the code" }).click();
        await picture("form");
        await context.close();
      }
  } finally {
    served.page.close();
    await browser.close();
    gallery.dispose();
  }
}

void main();
